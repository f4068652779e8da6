#include "net/live_filter.h"

#include <linux/if_packet.h>
#include <net/if.h>
#include <pcap/pcap.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <span>

#include "proto/capture_format.h"
#include "reactor/blocking.h"

namespace net {

namespace {

constexpr std::uint32_t kCookedBytes = 20;        // a Linux cooked header v2, which libpcap thinks is in front

// What the child hands back, in memory that both see.
struct Shared {
  unsigned count;
  char message[PCAP_ERRBUF_SIZE];
  sock_filter program[BPF_MAXINSNS];
};

struct Unmap {
  void operator()(Shared* shared) const noexcept { ::munmap(shared, sizeof *shared); }
};

// A packet socket without a link-layer header has no cooked header in the kernel; its fields are found elsewhere there
// (SKF_AD_…), and all that lies behind it comes 20 bytes earlier. False for what the kernel cannot know.
bool uncook(sock_filter& instruction) noexcept {
  const unsigned kind = BPF_CLASS(instruction.code);
  const unsigned mode = BPF_MODE(instruction.code);
  if (kind != BPF_LD && kind != BPF_LDX) return true;
  if (mode != BPF_ABS && mode != BPF_IND && mode != BPF_MSH) return true;
  const auto k = static_cast<std::int32_t>(instruction.k);
  if (k < 0) return true;  // an ancillary field already
  if (instruction.k >= kCookedBytes) {
    instruction.k -= kCookedBytes;
    return true;
  }
  struct Place {
    std::uint32_t offset;
    unsigned size;
    int field;
  };
  constexpr Place places[] = {{0, BPF_H, SKF_AD_PROTOCOL}, {4, BPF_W, SKF_AD_IFINDEX}, {8, BPF_H, SKF_AD_HATYPE},
                              {10, BPF_B, SKF_AD_PKTTYPE}};
  for (const Place& place : places)
    if (mode == BPF_ABS && instruction.k == place.offset && BPF_SIZE(instruction.code) == place.size) {
      instruction.k = static_cast<std::uint32_t>(SKF_AD_OFF + place.field);
      return true;
    }
  return false;
}

// In the child. `device`: one that may stand for the interface; false when it cannot be opened.
bool compile_on(const char* device, const PacketInterface& interface, const LiveFilter& filter, Shared& shared) {
  char error[PCAP_ERRBUF_SIZE] = "";
  pcap_t* const handle = pcap_create(device, error);
  if (handle == nullptr) {
    std::memcpy(shared.message, error, sizeof error);
    return false;
  }
  pcap_set_snaplen(handle, static_cast<int>(filter.snaplen != 0 ? filter.snaplen : proto::largest_written_bytes));
  pcap_set_buffer_size(handle, 1 << 16);  // nothing is captured with it
  if (const int status = pcap_activate(handle); status < 0) {
    std::snprintf(shared.message, sizeof shared.message, "%s", *pcap_geterr(handle) != 0 ? pcap_geterr(handle) : pcap_statustostr(status));
    return false;
  }
  const int expected = interface.framing == Framing::ethernet ? DLT_EN10MB : interface.framing == Framing::network ? DLT_RAW : DLT_LINUX_SLL2;
  const bool cooked = pcap_datalink(handle) != expected || expected == DLT_LINUX_SLL2;
  if (cooked && (interface.framing == Framing::ethernet || pcap_set_datalink(handle, DLT_LINUX_SLL2) < 0)) return false;
  bpf_program program{};
  if (pcap_compile(handle, &program, filter.expression.c_str(), 1, PCAP_NETMASK_UNKNOWN) < 0) {
    std::snprintf(shared.message, sizeof shared.message, "filter: %s", pcap_geterr(handle));
    return true;
  }
  static_assert(sizeof(bpf_insn) == sizeof(sock_filter));
  if (program.bf_len > std::size(shared.program)) {
    std::snprintf(shared.message, sizeof shared.message, "filter: the kernel takes %d instructions, this one has %u", BPF_MAXINSNS, program.bf_len);
    return true;
  }
  std::memcpy(shared.program, program.bf_insns, program.bf_len * sizeof(sock_filter));
  shared.message[0] = 0;
  if (cooked)
    for (unsigned i = 0; i < program.bf_len; ++i)
      if (!uncook(shared.program[i])) {
        std::snprintf(shared.message, sizeof shared.message, "filter: it looks at link-layer bytes that the kernel does not have here");
        return true;
      }
  shared.count = program.bf_len;
  return true;
}

// A network namespace of the child's own, with a loopback interface that is up.
bool own_loopback() {
  if (::unshare(CLONE_NEWNET) < 0) return false;
  const Fd fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request{};
  std::memcpy(request.ifr_name, "lo", 3);
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  return fd && ::ioctl(fd.get(), SIOCSIFFLAGS, &request) == 0;
}

void compile(const PacketInterface& interface, const LiveFilter& filter, Shared& shared) {
  if (compile_on(interface.name.c_str(), interface, filter, shared)) return;
  // libpcap does not open an interface that is down. Its program depends on the kind of the interface only, so that one of the
  // same kind will do.
  const bool ethernet = interface.framing == Framing::ethernet;
  if (!ethernet || own_loopback()) (void)compile_on(ethernet ? "lo" : "any", interface, filter, shared);
}

}  // namespace

Task<Result<std::vector<sock_filter>>> compile_live_filter(PacketInterface interface, LiveFilter filter) {
  std::vector<sock_filter> program;
  if (filter.only != proto::Direction::unknown) {
    const bool tx = filter.only == proto::Direction::tx;
    program.push_back(BPF_STMT(BPF_LD | BPF_B | BPF_ABS, static_cast<std::uint32_t>(SKF_AD_OFF + SKF_AD_PKTTYPE)));
    program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PACKET_OUTGOING, static_cast<std::uint8_t>(tx ? 1 : 0), static_cast<std::uint8_t>(tx ? 0 : 1)));
    program.push_back(BPF_STMT(BPF_RET | BPF_K, 0));
  }
  if (filter.expression.empty()) {
    if (filter.snaplen != 0 || !program.empty())
      program.push_back(BPF_STMT(BPF_RET | BPF_K, filter.snaplen != 0 ? filter.snaplen : proto::largest_written_bytes));
    co_return program;
  }
  void* const memory = ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) co_return reactor::failed("compile", "the filter", errno);
  const std::unique_ptr<Shared, Unmap> shared(static_cast<Shared*>(memory));
  Shared* const result = shared.get();
  const auto in_child = [&interface, &filter, result]() -> int {
    compile(interface, filter, *result);
    return 0;
  };
  auto done = co_await reactor::blocking("compile the filter", in_child);
  if (!done) co_return tl::unexpected(done.error());
  if (result->message[0] != 0) co_return reactor::failed({}, interface.name, std::string_view(result->message));
  program.insert(program.end(), result->program, result->program + result->count);
  co_return program;
}

}  // namespace net
