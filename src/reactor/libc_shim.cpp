// What glibc's static library brings along and no VM has: message catalogs. A failed assert() and strerror() ask for translations,
// which need character-set converters, which are loaded with dlopen(): 250 KB. Here every message is its own translation.
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

}  // extern "C"
#pragma GCC visibility pop
#endif
