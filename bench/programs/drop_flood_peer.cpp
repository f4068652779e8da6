// Makes drops: drop-flood-peer udp|otherhost RATE SECONDS [IFACE]
//   udp        datagrams to a closed port of 127.0.0.1
//   otherhost  IPv4 frames out of IFACE to a MAC address that is nobody's
// RATE a second, 0 for as many as it goes. Prints how many were sent.
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sys/socket.h>
#include <time.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

constexpr unsigned kBatch = 20;

double now() {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) return 2;
  const bool udp = std::strcmp(argv[1], "udp") == 0;
  const double rate = std::atof(argv[2]), seconds = std::atof(argv[3]);
  // dst, src, EtherType, IPv4 header without a right checksum: the address is looked at first.
  unsigned char frame[60] = {2, 0, 0, 0, 0x99, 0x99, 2, 0, 0, 0, 0, 1, 8, 0, 0x45, 0, 0, 46, 0, 0, 0, 0, 64, 17};
  sockaddr_in closed{};
  closed.sin_family = AF_INET;
  closed.sin_port = htons(9);
  closed.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  sockaddr_ll link{};
  link.sll_family = AF_PACKET;
  if (!udp) link.sll_ifindex = static_cast<int>(if_nametoindex(argc > 4 ? argv[4] : ""));
  const int fd = udp ? socket(AF_INET, SOCK_DGRAM, 0) : socket(AF_PACKET, SOCK_RAW, 0);
  if (fd < 0) return 1;
  iovec part{frame, udp ? 18 : sizeof frame};
  mmsghdr messages[kBatch] = {};
  for (mmsghdr& message : messages) {
    message.msg_hdr.msg_iov = &part;
    message.msg_hdr.msg_iovlen = 1;
    message.msg_hdr.msg_name = udp ? static_cast<void*>(&closed) : static_cast<void*>(&link);
    message.msg_hdr.msg_namelen = udp ? sizeof closed : sizeof link;
  }
  const double begin = now();
  unsigned long sent = 0;
  for (double t = begin; t < begin + seconds; t = now()) {
    if (rate != 0 && static_cast<double>(sent) > (t - begin) * rate) {
      const timespec pause{0, 100'000};
      nanosleep(&pause, nullptr);
      continue;
    }
    const int n = sendmmsg(fd, messages, kBatch, 0);
    if (n > 0) sent += static_cast<unsigned long>(n);
  }
  std::printf("%lu\n", sent);
  return 0;
}
