// What glibc's static library brings along and no VM has.
//   message catalogs: a failed assert() and strerror() ask for translations. Here every message is its own translation.
//   character sets other than C's: fclose() gives back converters, which are found by a configuration and loaded with dlopen().
//   Here none is found and so none is to be given back.
//   scanf: libpcap reads an interface's statistics and DECnet addresses with it, neither of which we ask it for; a scan finds nothing.
// Together 400 KB.
#if defined(MYINIT_STATIC)
#include <cstdio>
#include <cstdlib>

#pragma GCC visibility push(hidden)
extern "C" {

char* __dcgettext(const char*, const char* message, int) { return const_cast<char*>(message); }

// The libraries' asserts; ours are require().
[[noreturn]] void __assert_fail(const char* expression, const char* file, unsigned line, const char* function) {
  std::fprintf(stderr, "%s:%u: %s: assertion '%s' failed\n", file, line, function, expression);
  std::abort();
}

// iconv/gconv_int.h of glibc 2.36; what else is in its file would come with the first of these that is missing here.
int __gconv_lock[16];
int __gconv_find_transform() { return 1; }  // __GCONV_NOCONV
int __gconv_close_transform() { return 0; }
int __gconv_compare_alias() { return 1; }  // they differ
void __gconv_release_step() {}
int __gconv_transliterate() { return 6; }  // __GCONV_ILLEGAL_INPUT

int __isoc99_sscanf(const char*, const char*, ...) { return 0; }
int __isoc99_fscanf(std::FILE*, const char*, ...) { return 0; }

}  // extern "C"
#pragma GCC visibility pop
#endif
