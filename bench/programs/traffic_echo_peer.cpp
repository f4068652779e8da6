// A bare responder: every echo request that comes in on IFACE is turned round and sent back; one wake-up, one receive, one send.
//   traffic-echo-peer IFACE
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <utility>

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK, 0), poll = epoll_create1(0), on = 1;
  setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof on);
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(ETH_P_ALL);
  address.sll_ifindex = static_cast<int>(if_nametoindex(argv[1]));
  epoll_event event{};
  event.events = EPOLLIN;
  if (fd < 0 || bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) < 0 || epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event) < 0) return 1;
  std::puts("ready");
  std::fflush(stdout);
  for (;;) {
    if (epoll_wait(poll, &event, 1, -1) <= 0) continue;
    unsigned char frame[2048];
    for (;;) {
      const long n = recv(fd, frame, sizeof frame, 0);
      if (n < 0) break;
      if (n < 42 || frame[12] != 8 || frame[13] != 0 || frame[23] != 1 || frame[34] != 8) continue;
      for (int i = 0; i < 6; ++i) std::swap(frame[i], frame[i + 6]);
      for (int i = 0; i < 4; ++i) std::swap(frame[26 + i], frame[30 + i]);
      frame[34] = 0;
      unsigned sum = (frame[36] << 8 | frame[37]) + 0x0800U;  // the type was 8 and is 0
      sum = (sum & 0xffff) + (sum >> 16);
      frame[36] = static_cast<unsigned char>(sum >> 8);
      frame[37] = static_cast<unsigned char>(sum);
      send(fd, frame, static_cast<std::size_t>(n), 0);
    }
  }
}
