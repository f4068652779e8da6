// Debian's static c-ares names glibc's tables of services, which bring the name service switch (200 KB) into the binary. They
// are reached for a service by name, and resolve() passes none. Hidden: in a dynamic build libcares.so must find the true ones.
#include <netdb.h>

#include <cerrno>
#include <cstddef>

#pragma GCC visibility push(hidden)
extern "C" {

servent* getservbyname(const char*, const char*) { return nullptr; }

int getservbyport_r(int, const char*, servent*, char*, std::size_t, servent** result) {
  *result = nullptr;
  return ENOENT;
}

}  // extern "C"
#pragma GCC visibility pop
