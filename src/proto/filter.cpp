#include "proto/filter.h"

#include <fmt/core.h>
#include <pcap/pcap.h>

#include "proto/capture_format.h"

namespace proto {

struct Filter::Program {
  bpf_program code = {};
  Program() = default;
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  ~Program() { pcap_freecode(&code); }
};

namespace {

// Link types of files and of libpcap's interface are the same numbers, but for raw IP.
int dlt_of(LinkType link) { return link == LinkType::raw_ip ? DLT_RAW : static_cast<int>(link); }

}  // namespace

Result<const Filter::Program*> Filter::program_for(LinkType link) {
  for (const auto& known : programs_) {
    if (known.link == link) return known.program.get();
  }
  const std::unique_ptr<pcap_t, decltype(&pcap_close)> handle(pcap_open_dead(dlt_of(link), largest_packet_bytes), &pcap_close);
  if (!handle) throw std::bad_alloc();
  auto program = std::make_shared<Program>();
  if (pcap_compile(handle.get(), &program->code, expression_.c_str(), 1, PCAP_NETMASK_UNKNOWN) != 0) {
    // "ip6" for a link of IPv4 packets: not a fault of the expression. The program stays empty and matches nothing.
    const std::string_view why = pcap_geterr(handle.get());
    if (why != "expression rejects all packets") return fail(fmt::format("filter '{}': {}", expression_, why));
  }
  programs_.push_back({link, std::move(program)});
  return programs_.back().program.get();
}

Result<Filter> Filter::compile(std::string expression, LinkType link) {
  Filter filter(std::move(expression));
  const auto program = filter.program_for(link);
  if (!program) return tl::unexpected(program.error());
  return filter;
}

Result<bool> Filter::matches(const Record& record) {
  const auto program = program_for(record.link);
  if (!program) return tl::unexpected(program.error());
  const bpf_program& code = (*program)->code;
  if (code.bf_len == 0) return false;
  return bpf_filter(code.bf_insns, record.data.data(), record.original_length, static_cast<u_int>(record.data.size())) != 0;
}

}  // namespace proto
