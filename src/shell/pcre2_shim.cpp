// Debian's static PCRE2 names its JIT compiler wherever a pattern is matched or freed, which brings 240 KB of it into the
// binary. No pattern of ours is compiled by it, so none of these is ever called with anything to do. Hidden: in a dynamic
// build libpcre2-8.so must find its own.
#include <cstddef>
#include <cstdlib>

#pragma GCC visibility push(hidden)
extern "C" {

void _pcre2_jit_free_8(void*, void*) {}
void _pcre2_jit_free_rodata_8(void*, void*) {}
std::size_t _pcre2_jit_get_size_8(void*) { return 0; }
const char* _pcre2_jit_get_target_8() { return "none"; }
[[noreturn]] int _pcre2_jit_check_exec_8() { std::abort(); }
[[noreturn]] int pcre2_jit_match_8() { std::abort(); }

}  // extern "C"
#pragma GCC visibility pop
