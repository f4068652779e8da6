// What Debian's static libpcap asks of the linker, and what it must not do to the loop.
//
// 1. libpcap can capture from D-Bus, and its archive is built with that: it names 17 functions of libdbus, of which
//    Debian has no static library. They are reached for devices named "dbus-system" and "dbus-session" only, and no
//    code of ours opens those. Hidden: in a dynamic build libpcap.so must find the true ones.
// 2. Names of hosts in filter expressions ("host example.com") are looked up while the expression is compiled, with
//    getaddrinfo, which would stop the whole program for seconds. The linker's --wrap (CMakeLists.txt, LIBS_proto)
//    leads that call here: addresses pass, and IPv6 addresses in expressions need it; names are "unknown host".
#include <netdb.h>

#include <cstdlib>

#pragma GCC visibility push(hidden)
extern "C" {

#define UNREACHED(name) \
  [[noreturn]] void name() { std::abort(); }
UNREACHED(dbus_bus_add_match)
UNREACHED(dbus_bus_get)
UNREACHED(dbus_bus_register)
UNREACHED(dbus_connection_flush)
UNREACHED(dbus_connection_open)
UNREACHED(dbus_connection_pop_message)
UNREACHED(dbus_connection_read_write)
UNREACHED(dbus_connection_send)
UNREACHED(dbus_connection_set_max_received_size)
UNREACHED(dbus_connection_unref)
UNREACHED(dbus_error_free)
UNREACHED(dbus_error_is_set)
UNREACHED(dbus_free)
UNREACHED(dbus_message_demarshal)
UNREACHED(dbus_message_is_signal)
UNREACHED(dbus_message_marshal)
UNREACHED(dbus_message_unref)
#undef UNREACHED

int __real_getaddrinfo(const char* node, const char* service, const addrinfo* hints, addrinfo** result);

int __wrap_getaddrinfo(const char* node, const char* service, const addrinfo* hints, addrinfo** result) {
  addrinfo numeric = hints ? *hints : addrinfo{};
  if (node) numeric.ai_flags |= AI_NUMERICHOST;
  return __real_getaddrinfo(node, service, &numeric, result);
}

}  // extern "C"
#pragma GCC visibility pop
