// The limit for a capture to pcap: a bare loop over a TPACKET_V3 ring, no filter, no options.
//   traffic-capture-peer IFACE FILE COUNT     ends after COUNT packets, or by SIGINT; prints what was captured and dropped
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

constexpr std::size_t kBlock = 256 * 1024, kBlocks = 128, kBuffer = 1 << 20;
char buffer[kBuffer + 65536];
volatile sig_atomic_t interrupted = 0;

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  struct sigaction action {};
  action.sa_handler = [](int) { interrupted = 1; };
  sigaction(SIGINT, &action, nullptr);
  const long count = std::atol(argv[3]);
  const int fd = socket(AF_PACKET, SOCK_RAW, 0), out = open(argv[2], O_WRONLY | O_CREAT | O_TRUNC, 0666);
  const int version = TPACKET_V3;
  tpacket_req3 request{};
  request.tp_block_size = kBlock;
  request.tp_block_nr = kBlocks;
  request.tp_frame_size = 2048;
  request.tp_frame_nr = kBlocks * (kBlock / 2048);
  request.tp_retire_blk_tov = 4;
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(ETH_P_ALL);
  address.sll_ifindex = static_cast<int>(if_nametoindex(argv[1]));
  if (fd < 0 || out < 0 || setsockopt(fd, SOL_PACKET, PACKET_VERSION, &version, sizeof version) < 0 ||
      setsockopt(fd, SOL_PACKET, PACKET_RX_RING, &request, sizeof request) < 0)
    return 1;
  void* const memory = mmap(nullptr, kBlock * kBlocks, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (memory == MAP_FAILED || bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) < 0) return 1;
  char* const map = static_cast<char*>(memory);
  const std::uint32_t head[6] = {0xa1b23c4d, 2 | 4 << 16, 0, 0, 262144, 1};
  std::memcpy(buffer, head, sizeof head);
  std::size_t used = sizeof head;
  std::puts("ready");
  std::fflush(stdout);
  long seen = 0;
  for (std::size_t b = 0; seen < count; b = (b + 1) % kBlocks) {
    auto* const block = reinterpret_cast<tpacket_block_desc*>(map + b * kBlock);
    const auto ready = [block] { return (__atomic_load_n(&block->hdr.bh1.block_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER) != 0; };
    while (!ready() && interrupted == 0) {
      pollfd p{fd, POLLIN, 0};
      poll(&p, 1, -1);
    }
    if (!ready()) break;
    const char* at = reinterpret_cast<char*>(block) + block->hdr.bh1.offset_to_first_pkt;
    for (unsigned i = 0; i < block->hdr.bh1.num_pkts && seen < count; ++i, ++seen) {
      const auto* const packet = reinterpret_cast<const tpacket3_hdr*>(at);
      const std::uint32_t record[4] = {packet->tp_sec, packet->tp_nsec, packet->tp_snaplen, packet->tp_len};
      std::memcpy(buffer + used, record, sizeof record);
      std::memcpy(buffer + used + sizeof record, at + packet->tp_mac, packet->tp_snaplen);
      used += sizeof record + packet->tp_snaplen;
      if (used >= kBuffer) {
        if (write(out, buffer, used) != static_cast<ssize_t>(used)) return 1;
        used = 0;
      }
      at += packet->tp_next_offset;
    }
    __atomic_store_n(&block->hdr.bh1.block_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
  }
  if (write(out, buffer, used) != static_cast<ssize_t>(used)) return 1;
  tpacket_stats_v3 statistics{};
  socklen_t length = sizeof statistics;
  getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, &statistics, &length);
  std::printf("%ld captured, %u dropped\n", seen, statistics.tp_drops);
  return 0;
}
