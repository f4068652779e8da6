#include "net/packet_ring.h"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>

#include "reactor/blocking.h"
#include "reactor/io.h"
#include "reactor/job.h"
#include "reactor/loop.h"

namespace net {

namespace {

// Many small blocks and not few large ones: at low rates every retirement uses one up, so 128 of them ride out half a second
// in which we do not run. A block holds the largest frame there is (GSO, 64 KiB; with BIG TCP longer ones are cut).
constexpr std::size_t kBlockBytes = 256 * 1024;
constexpr std::size_t kLeastBlocks = 4;
// A block that has a packet is handed over after this long, full or not: a lone packet is seen within twice the time.
constexpr unsigned kRetireMs = 4;
// Room in front of every packet for what we put there: a cooked header and a VLAN tag.
constexpr std::size_t kCookedBytes = 20, kTagBytes = 4;
constexpr unsigned kReserveBytes = kCookedBytes + kTagBytes;

constexpr sock_filter kRejectAll[] = {BPF_STMT(BPF_RET | BPF_K, 0)};

template <class T>
int set_option(int fd, int level, int name, const T& value) noexcept {
  return ::setsockopt(fd, level, name, &value, sizeof value) < 0 ? errno : 0;
}

int attach(int fd, std::span<const sock_filter> program) noexcept {
  const sock_fprog filter{static_cast<unsigned short>(program.size()), const_cast<sock_filter*>(program.data())};
  return set_option(fd, SOL_SOCKET, SO_ATTACH_FILTER, filter);
}

void put16(std::uint8_t* at, unsigned value) noexcept {
  at[0] = static_cast<std::uint8_t>(value >> 8);
  at[1] = static_cast<std::uint8_t>(value);
}

}  // namespace

Task<Result<std::unique_ptr<PacketRing>>> PacketRing::open(Settings settings) {
  const std::string& name = settings.interface.name;
  auto fd = make_packet_socket(settings.interface.framing);
  if (!fd) {
    fd.error().on = "a packet socket";
    co_return tl::unexpected(fd.error());
  }
  const std::size_t blocks = std::max((settings.bytes + kBlockBytes - 1) / kBlockBytes, kLeastBlocks);
  std::vector<sock_filter> filter = settings.filter;
  if (filter.empty() && settings.snaplen != 0) filter.push_back(BPF_STMT(BPF_RET | BPF_K, settings.snaplen));
  // The child works on the socket that it inherits; settings of a socket belong to the socket and not to the process.
  const auto set_up = [socket = fd->get(), blocks, &filter]() -> int {
    if (!filter.empty())
      if (const int error = attach(socket, filter)) return error;
    if (const int error = set_option(socket, SOL_PACKET, PACKET_VERSION, static_cast<int>(TPACKET_V3))) return error;
    if (const int error = set_option(socket, SOL_PACKET, PACKET_RESERVE, kReserveBytes)) return error;
    tpacket_req3 request{};
    request.tp_block_size = kBlockBytes;
    request.tp_block_nr = static_cast<unsigned>(blocks);
    request.tp_frame_size = 2048;  // of no meaning in V3 but checked
    request.tp_frame_nr = static_cast<unsigned>(blocks * (kBlockBytes / 2048));
    request.tp_retire_blk_tov = kRetireMs;
    return set_option(socket, SOL_PACKET, PACKET_RX_RING, request);
  };
  auto done = co_await reactor::blocking("set up a packet ring on", set_up);
  if (!done) {
    done.error().on = name;
    co_return tl::unexpected(done.error());
  }
  void* const map = ::mmap(nullptr, blocks * kBlockBytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd->get(), 0);
  if (map == MAP_FAILED) co_return reactor::failed("map the packet ring of", name, errno);
  // A forked helper has no use for it, and copying its page tables would hold up the loop.
  ::madvise(map, blocks * kBlockBytes, MADV_DONTFORK);
  std::unique_ptr<PacketRing> ring(new PacketRing(std::move(*fd), settings));
  ring->map_ = static_cast<std::byte*>(map);
  ring->block_count_ = blocks;
  CO_TRY_VOID(bind_packet_socket(ring->fd_.get(), settings.interface, ETH_P_ALL));
  co_return std::move(ring);
}

PacketRing::PacketRing(Fd fd, const Settings& settings)
    : fd_(std::move(fd)),
      interface_(settings.interface),
      snaplen_(settings.snaplen),
      as_it_is_(interface_.framing == Framing::ethernet && snaplen_ == 0),
      // 18: an Ethernet header with one VLAN tag, the longest that comes with a frame of full size.
      longest_frame_(interface_.mtu == 0 ? UINT32_MAX : interface_.mtu + 18) {}

PacketRing::~PacketRing() {
  if (map_ != nullptr) ::munmap(map_, block_count_ * kBlockBytes);
}

std::size_t PacketRing::bytes() const noexcept { return block_count_ * kBlockBytes; }

// Goes on to a block that has packets.
bool PacketRing::next_block() noexcept {
  do {
    if (open_ != nullptr) release_block();
    auto* const block = reinterpret_cast<tpacket_block_desc*>(map_ + block_ * kBlockBytes);
    const std::atomic_ref<std::uint32_t> status(block->hdr.bh1.block_status);
    if ((status.load(std::memory_order_acquire) & TP_STATUS_USER) == 0) return false;
    open_ = block;
    left_ = block->hdr.bh1.num_pkts;
    at_ = reinterpret_cast<std::byte*>(block) + block->hdr.bh1.offset_to_first_pkt;
  } while (left_ == 0);
  return true;
}

void PacketRing::release_block() noexcept {
  const std::atomic_ref<std::uint32_t> status(open_->hdr.bh1.block_status);
  status.store(TP_STATUS_KERNEL, std::memory_order_release);
  open_ = nullptr;
  if (++block_ == block_count_) block_ = 0;
}

void PacketRing::finish(RingPacket& packet, tpacket3_hdr* header, const sockaddr_ll* from) noexcept {
  const std::uint32_t status = header->tp_status;
  const bool tagged = (status & TP_STATUS_VLAN_VALID) != 0;
  if (interface_.framing == Framing::ethernet) {
    if (tagged && packet.length >= 2 * ETH_ALEN) {
      // The kernel keeps the tag beside the packet: back between the addresses and the type.
      std::uint8_t addresses[2 * ETH_ALEN];
      std::memcpy(addresses, packet.data, sizeof addresses);
      packet.data -= kTagBytes;
      std::memcpy(packet.data, addresses, sizeof addresses);
      put16(packet.data + 12, (status & TP_STATUS_VLAN_TPID_VALID) != 0 ? header->hv1.tp_vlan_tpid : unsigned{ETH_P_8021Q});
      put16(packet.data + 14, header->hv1.tp_vlan_tci);
      packet.length += kTagBytes;
      packet.original_length += kTagBytes;
    }
  } else if (interface_.framing == Framing::cooked) {
    cook(packet, header, from);
  }
  if (snaplen_ != 0) packet.length = std::min(packet.length, snaplen_);
}

// LINKTYPE_LINUX_SLL2: protocol, zero, interface index, hardware type, packet type, address length, address (8 bytes).
void PacketRing::cook(RingPacket& packet, const tpacket3_hdr* header, const sockaddr_ll* from) noexcept {
  unsigned protocol = ntohs(from->sll_protocol);
  if ((header->tp_status & TP_STATUS_VLAN_VALID) != 0) {
    packet.data -= kTagBytes;
    packet.length += kTagBytes;
    packet.original_length += kTagBytes;
    put16(packet.data, header->hv1.tp_vlan_tci);
    put16(packet.data + 2, protocol);
    protocol = (header->tp_status & TP_STATUS_VLAN_TPID_VALID) != 0 ? header->hv1.tp_vlan_tpid : unsigned{ETH_P_8021Q};
  }
  packet.data -= kCookedBytes;
  packet.length += kCookedBytes;
  packet.original_length += kCookedBytes;
  std::uint8_t* const at = packet.data;
  const sockaddr_ll copy = *from;  // it lies next to the header that is being written
  put16(at, protocol);
  put16(at + 2, 0);
  put16(at + 4, static_cast<unsigned>(copy.sll_ifindex) >> 16);
  put16(at + 6, static_cast<unsigned>(copy.sll_ifindex));
  put16(at + 8, copy.sll_hatype);
  at[10] = copy.sll_pkttype;
  at[11] = copy.sll_halen;
  std::memset(at + 12, 0, 8);
  std::memcpy(at + 12, copy.sll_addr, std::min<std::size_t>(copy.sll_halen, 8));
}

Task<Result<void>> PacketRing::wait() {
  auto events = co_await reactor::poll(fd_.get(), POLLIN);
  if (!events) co_return tl::unexpected(events.error());
  if ((*events & POLLERR) != 0) {
    int error = 0;
    socklen_t length = sizeof error;
    ::getsockopt(fd_.get(), SOL_SOCKET, SO_ERROR, &error, &length);
    if (error != 0) co_return reactor::failed({}, interface_.name, error);
  }
  co_return Result<void>();
}

void PacketRing::read_statistics() noexcept {
  tpacket_stats_v3 statistics{};
  socklen_t length = sizeof statistics;
  if (::getsockopt(fd_.get(), SOL_PACKET, PACKET_STATISTICS, &statistics, &length) < 0) return;
  passed_ += statistics.tp_packets;  // with the dropped ones
  dropped_ += statistics.tp_drops;
}

std::uint64_t PacketRing::dropped() noexcept {
  read_statistics();
  return dropped_;
}

void PacketRing::refuse() noexcept { (void)attach(fd_.get(), kRejectAll); }

bool PacketRing::all_walked() noexcept {
  // The kernel counts a packet when it gives it its place.
  read_statistics();
  return walked_ >= passed_ - dropped_;
}

Task<void> PacketRing::close() {
  ::munmap(std::exchange(map_, nullptr), block_count_ * kBlockBytes);
  left_ = 0;
  open_ = nullptr;
  (void)co_await reactor::close(std::move(fd_));
}

}  // namespace net
