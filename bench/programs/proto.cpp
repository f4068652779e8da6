// Decode and encode alone, against libtins, and the checksum against memcpy: one frame Ethernet/IPv4/TCP with options and 512
// bytes. Ours: cut into layers, read the same fields, write the bytes with all lengths and checksums computed anew. libtins: parse,
// read the same fields, serialize (which does the same).
#include <benchmark/benchmark.h>
#include <tins/tins.h>

#include <cstring>
#include <vector>

#include "proto/checksum.h"
#include "proto/dissect.h"
#include "proto/fill.h"
#include "proto/registry.h"

namespace {

std::vector<std::uint8_t> frame() {
  Tins::EthernetII packet = Tins::EthernetII("02:00:00:00:00:01", "02:00:00:00:00:02") / Tins::IP("192.0.2.2", "192.0.2.1") / Tins::TCP(80, 40000) /
                            Tins::RawPDU(std::string(512, 'x'));
  auto& tcp = packet.rfind_pdu<Tins::TCP>();
  tcp.seq(1000);
  tcp.ack_seq(2000);
  tcp.set_flag(Tins::TCP::ACK, 1);
  tcp.timestamp(1, 2);
  return packet.serialize();
}

void ours_decode(benchmark::State& state) {
  const auto bytes = frame();
  proto::Dissector dissector;
  proto::Dissection packet;
  for (auto _ : state) {
    dissector.dissect(packet, bytes, proto::LinkType::ethernet, proto::Dialect::classic);
    const proto::Header ip = packet.header(packet.parts()[1]), tcp = packet.header(packet.parts()[2]);
    std::uint64_t sum = ip.u8(8) + ip.u8(9) + ip.u16(10) + ip.u32(12);
    sum += tcp.u16(0) + tcp.u16(2) + tcp.u32(4) + tcp.u32(8) + tcp.u8(13) + tcp.u16(14);
    benchmark::DoNotOptimize(sum);
  }
}
BENCHMARK(ours_decode);

void libtins_decode(benchmark::State& state) {
  const auto bytes = frame();
  for (auto _ : state) {
    const Tins::EthernetII packet(bytes.data(), static_cast<std::uint32_t>(bytes.size()));
    const auto& ip = packet.rfind_pdu<Tins::IP>();
    const auto& tcp = packet.rfind_pdu<Tins::TCP>();
    std::uint64_t sum = ip.ttl() + ip.protocol() + ip.checksum() + std::uint32_t(ip.src_addr());
    sum += tcp.sport() + tcp.dport() + tcp.seq() + tcp.ack_seq() + tcp.flags() + tcp.window();
    benchmark::DoNotOptimize(sum);
  }
}
BENCHMARK(libtins_decode);

void ours_decode_encode(benchmark::State& state) {
  const auto bytes = frame();
  proto::Dissector dissector;
  proto::Dissection packet;
  proto::Draft draft;
  for (auto _ : state) {
    dissector.dissect(packet, bytes, proto::LinkType::ethernet, proto::Dialect::classic);
    proto::copy_to_draft(packet, draft);
    proto::want_all(draft);
    proto::fill_wanted(draft);
    benchmark::DoNotOptimize(draft.bytes.data());
  }
  if (!std::equal(bytes.begin(), bytes.end(), draft.bytes.data())) state.SkipWithError("other bytes");
}
BENCHMARK(ours_decode_encode);

void libtins_decode_encode(benchmark::State& state) {
  const auto bytes = frame();
  std::vector<std::uint8_t> out;
  for (auto _ : state) {
    Tins::EthernetII packet(bytes.data(), static_cast<std::uint32_t>(bytes.size()));
    out = packet.serialize();
    benchmark::DoNotOptimize(out.data());
  }
  if (out != bytes) state.SkipWithError("other bytes");
}
BENCHMARK(libtins_decode_encode);

void checksum_1500(benchmark::State& state) {
  std::vector<std::uint8_t> bytes(1500, 7);
  for (auto _ : state) {
    benchmark::ClobberMemory();
    benchmark::DoNotOptimize(proto::internet_checksum(bytes));
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) * 1500);
}
BENCHMARK(checksum_1500);

void memcpy_1500(benchmark::State& state) {
  std::vector<std::uint8_t> from(1500, 7), to(1500);
  for (auto _ : state) {
    benchmark::DoNotOptimize(from.data());
    std::memcpy(to.data(), from.data(), 1500);
    benchmark::DoNotOptimize(to.data());
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) * 1500);
}
BENCHMARK(memcpy_1500);

}  // namespace

BENCHMARK_MAIN();
