// What Debian's static libpcap asks of the linker, and what it must not do to the loop.
//
// 1. libpcap can capture from D-Bus, and its archive is built with that: it names 17 functions of libdbus, of which
//    Debian has no static library. They are reached for devices named "dbus-system" and "dbus-session" only, and no
//    code of ours opens those. Hidden: in a dynamic build libpcap.so must find the true ones.
// 2. Names in filter expressions are looked up while the expression is compiled. glibc's look-ups would ask the network,
//    which stops the whole program for seconds, and bring 200 KB (the name service switch) into a static binary. Ours
//    know addresses, ports of /etc/services and protocols of /etc/protocols; a host's, a network's or an Ethernet
//    host's name is unknown. Static builds only: elsewhere libpcap.so asks glibc.
#if defined(MYINIT_STATIC)
#include <arpa/inet.h>
#include <net/ethernet.h>
#include <netdb.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#endif
#include <cstdlib>

#if defined(MYINIT_STATIC)
namespace {

// The number in the line of `path` ("http 80/tcp www") that has `name` as its first word or as an alias; with `suffix`, only
// of lines whose number has just that behind it.
std::optional<int> listed_number(const char* path, std::string_view name, std::string_view suffix) {
  std::FILE* file = std::fopen(path, "re");
  if (file == nullptr) return {};
  std::optional<int> found;
  char buffer[1024];
  while (!found && std::fgets(buffer, sizeof buffer, file) != nullptr) {
    std::string_view line(buffer);
    line = line.substr(0, line.find('#'));
    std::string_view number;
    bool named = false;
    for (int word = 0;; ++word) {
      line.remove_prefix(std::min(line.find_first_not_of(" \t\n"), line.size()));
      if (line.empty()) break;
      const std::string_view text = line.substr(0, line.find_first_of(" \t\n"));
      line.remove_prefix(text.size());
      if (word == 1)
        number = text;
      else
        named = named || text == name;
    }
    if (named && !number.empty() && number.ends_with(suffix)) found = std::atoi(std::string(number).c_str());
  }
  std::fclose(file);
  return found;
}

struct Answer {
  addrinfo info{};
  sockaddr_storage address{};
};

}  // namespace
#endif

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

#if defined(MYINIT_STATIC)
// Under names of our own: it is the linker that they are for.
int find_address(const char* node, const char* service, const addrinfo* hints, addrinfo** result) __asm__("getaddrinfo");
int find_address(const char* node, const char* service, const addrinfo* hints, addrinfo** result) {
  int port = 0;
  if (service != nullptr) {
    char* end = nullptr;
    const long number = std::strtol(service, &end, 10);
    const bool is_number = end != service && *end == '\0';
    const bool udp = hints != nullptr && (hints->ai_protocol == IPPROTO_UDP || hints->ai_socktype == SOCK_DGRAM);
    const auto known = is_number ? std::optional(static_cast<int>(number)) : listed_number("/etc/services", service, udp ? "/udp" : "/tcp");
    if (!known || *known < 0 || *known > 65535) return EAI_NONAME;
    port = *known;
  }
  auto* answer = new Answer;
  answer->info.ai_addr = reinterpret_cast<sockaddr*>(&answer->address);
  if (hints != nullptr) {
    answer->info.ai_socktype = hints->ai_socktype;
    answer->info.ai_protocol = hints->ai_protocol;
  }
  auto& v4 = *reinterpret_cast<sockaddr_in*>(&answer->address);
  auto& v6 = *reinterpret_cast<sockaddr_in6*>(&answer->address);
  const bool is_v4 = node == nullptr || ::inet_pton(AF_INET, node, &v4.sin_addr) == 1;
  if (!is_v4 && ::inet_pton(AF_INET6, node, &v6.sin6_addr) != 1) {
    delete answer;
    return EAI_NONAME;
  }
  answer->info.ai_family = answer->address.ss_family = is_v4 ? AF_INET : AF_INET6;
  answer->info.ai_addrlen = is_v4 ? sizeof v4 : sizeof v6;
  (is_v4 ? v4.sin_port : v6.sin6_port) = htons(static_cast<std::uint16_t>(port));
  *result = &answer->info;
  return 0;
}

void freeaddrinfo(addrinfo* info) { delete reinterpret_cast<Answer*>(info); }

int getprotobyname_r(const char* name, protoent* entry, char*, std::size_t, protoent** result) {
  const auto number = listed_number("/etc/protocols", name, {});
  *result = nullptr;
  if (!number) return 0;  // as glibc does; libpcap takes an error for protocol 0
  *entry = {};
  entry->p_proto = *number;
  *result = entry;
  return 0;
}

int getnetbyname_r(const char*, netent*, char*, std::size_t, netent** result, int*) {
  *result = nullptr;
  return ENOENT;
}

hostent* find_host(const char*) __asm__("gethostbyname");
hostent* find_host(const char*) { return nullptr; }

int ether_hostton(const char*, ether_addr*) { return -1; }
#endif

}  // extern "C"
#pragma GCC visibility pop
