// Bare loops of sending, and of asking:
//   traffic-send-peer flood IFACE COUNT [bypass]   sendmmsg of 64-byte frames, 64 a call; prints packets/s
//   traffic-send-peer timed IFACE COUNT GAP_NS     frames of 100 bytes, each at its time, spinning on the clock
//   traffic-send-peer tap NAME COUNT               write(2)s into a TAP of its own; prints packets/s
//   traffic-send-peer arp IFACE TARGET COUNT       requests, one after the other; prints the median answer time in microseconds
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

namespace {

constexpr unsigned kBatch = 64;

std::int64_t now() {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1'000'000'000LL + t.tv_nsec;
}

// UDP from 192.0.2.1 to 192.0.2.2, without checksums.
unsigned char frame[100] = {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0, 0x45, 0, 0, 50, 0, 0, 0, 0, 64, 17, 0xf6, 0xb7, 192, 0, 2, 1, 192, 0, 2, 2,
                            0x13, 0x88, 0x13, 0x89, 0, 30};

int packet_socket(const char* interface, unsigned protocol) {
  const int fd = socket(AF_PACKET, SOCK_RAW, 0);
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(static_cast<std::uint16_t>(protocol));
  address.sll_ifindex = static_cast<int>(if_nametoindex(interface));
  return fd >= 0 && bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 ? fd : -1;
}

int flood(const char* interface, long count, bool bypass) {
  const int fd = packet_socket(interface, 0);
  const int on = 1, room = 4 << 20;
  if (fd < 0) return 1;
  setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof room);
  if (bypass) setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof on);
  iovec part{frame, 64};
  mmsghdr messages[kBatch] = {};
  for (mmsghdr& message : messages) {
    message.msg_hdr.msg_iov = &part;
    message.msg_hdr.msg_iovlen = 1;
  }
  const std::int64_t begin = now();
  for (long sent = 0; sent < count;) {
    const int n = sendmmsg(fd, messages, static_cast<unsigned>(std::min<long>(kBatch, count - sent)), 0);
    if (n > 0) sent += n;
  }
  std::printf("%.0f\n", static_cast<double>(count) * 1e9 / static_cast<double>(now() - begin));
  return 0;
}

int timed(const char* interface, long count, long gap_ns) {
  const int fd = packet_socket(interface, 0);
  if (fd < 0) return 1;
  const std::int64_t begin = now();
  for (long i = 0; i < count; ++i) {
    while (now() < begin + i * gap_ns) {
    }
    if (send(fd, frame, sizeof frame, 0) < 0) return 1;
  }
  return 0;
}

int tap(const char* name, long count) {
  const int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK);
  ifreq request{};
  std::strncpy(request.ifr_name, name, IFNAMSIZ - 1);
  request.ifr_flags = IFF_TAP | IFF_NO_PI;
  const int control = socket(AF_INET, SOCK_DGRAM, 0);
  if (fd < 0 || ioctl(fd, TUNSETIFF, &request) < 0) return 1;
  request.ifr_flags = IFF_UP;
  if (ioctl(control, SIOCSIFFLAGS, &request) < 0) return 1;
  const std::int64_t begin = now();
  for (long i = 0; i < count; ++i)
    if (write(fd, frame, 64) != 64) return 1;
  std::printf("%.0f\n", static_cast<double>(count) * 1e9 / static_cast<double>(now() - begin));
  return 0;
}

int arp(const char* interface, const char* target, long count) {
  const int fd = packet_socket(interface, ETH_P_ARP);
  if (fd < 0) return 1;
  unsigned char ask[42] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 0xaa, 8, 6, 0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 0xaa, 192, 0, 2, 1};
  if (inet_pton(AF_INET, target, ask + 38) != 1) return 2;
  std::vector<std::int64_t> times;
  for (long i = 0; i < count; ++i) {
    unsigned char answer[128];
    const std::int64_t begin = now();
    if (send(fd, ask, sizeof ask, 0) < 0) return 1;
    do {
      if (now() - begin > 1'000'000'000) return 1;
    } while (recv(fd, answer, sizeof answer, MSG_DONTWAIT) < 42 || answer[21] != 2);
    times.push_back(now() - begin);
    const timespec pause{0, 1'000'000};
    nanosleep(&pause, nullptr);
  }
  std::sort(times.begin(), times.end());
  std::printf("%.1f\n", static_cast<double>(times[times.size() / 2]) / 1e3);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) return 2;
  const char* const what = argv[1];
  if (std::strcmp(what, "flood") == 0) return flood(argv[2], std::atol(argv[3]), argc > 4);
  if (std::strcmp(what, "timed") == 0 && argc > 4) return timed(argv[2], std::atol(argv[3]), std::atol(argv[4]));
  if (std::strcmp(what, "tap") == 0) return tap(argv[2], std::atol(argv[3]));
  if (std::strcmp(what, "arp") == 0 && argc > 4) return arp(argv[2], argv[3], std::atol(argv[4]));
  return 2;
}
