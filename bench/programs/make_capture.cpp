// bench-make-capture FILE PACKETS mixed|small: the pcap files that bench/convert measures with.
//   mixed: IPv4 and IPv6, TCP and UDP; half of the frames 64 to 128 bytes, a fifth 576, the rest 1500
//   small: frames of 64 bytes
// Checksums are right, payloads are random bytes; the same arguments make the same file.
#include <fmt/format.h>

#include <cstdio>
#include <string>
#include <string_view>

#include "proto/capture_writer.h"
#include "proto/checksum.h"
#include "proto/values.h"

namespace {

using namespace proto;

void put16(Wire& out, std::size_t at, std::uint32_t value) { out.patch(at, value, 2); }

void make_frame(Wire& out, Random& random, std::size_t size) {
  constexpr std::size_t smallest_v6_tcp = 14 + 40 + 20;
  const bool v6 = random.next() % 2 != 0 && size >= smallest_v6_tcp;
  const bool tcp = random.next() % 2 != 0;
  out.clear();
  out.text(std::string_view("\x02\0\0\0\0\x01\x02\0\0\0\0\x02", 12));
  out.u16(v6 ? 0x86dd : 0x0800);
  const std::uint64_t host = random.next();
  const std::size_t ip = out.size();
  if (v6) {
    out.u32(0x60000000);
    out.u16(size - ip - 40);
    out.u8(tcp ? 6 : 17);
    out.u8(64);
    for (const std::uint64_t side : {host >> 8 & 255, host & 255}) {
      out.u32(0x20010db8);
      out.u64(side);
      out.u32(1);
    }
  } else {
    out.u16(0x4500);
    out.u16(size - ip);
    out.u16(host >> 16);
    out.u16(0x4000);
    out.u8(64);
    out.u8(tcp ? 6 : 17);
    out.u16(0);
    out.u32(0xc0000200 | (host & 255));
    out.u32(0xc6336400 | (host >> 8 & 255));
    put16(out, ip + 10, internet_checksum(out.span_from(ip)));
  }
  const std::size_t transport = out.size();
  out.u16(1024 + (host >> 32) % 60000);
  out.u16(1024 + (host >> 48) % 3000);  // below the ports that are decoded
  if (tcp) {
    out.u64(random.next());
    out.u16(0x5018);
    out.u16(8192);
  } else {
    out.u16(size - transport);
  }
  const std::size_t checksum = out.size();
  out.u16(0);
  if (tcp) out.u16(0);
  while (out.size() < size) out.u8(random.next() >> 40 & 255);
  Sum sum;
  const auto length = static_cast<std::uint32_t>(size - transport);
  const std::uint8_t protocol = tcp ? 6 : 17;
  if (v6) sum.add_pseudo_header6(out.data() + ip + 8, out.data() + ip + 24, protocol, length);
  else sum.add_pseudo_header4(out.data() + ip + 12, out.data() + ip + 16, protocol, length);
  put16(out, checksum, sum.add(out.span_from(transport)).checksum());
}

std::size_t mixed_size(Random& random) {
  const std::uint64_t draw = random.next() % 10;
  return draw < 5 ? 64 + random.next() % 65 : draw < 7 ? 576 : 1500;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view kind = argc == 4 ? argv[3] : "";
  std::FILE* const file = kind == "mixed" || kind == "small" ? std::fopen(argv[1], "wb") : nullptr;
  if (file == nullptr) {
    fmt::print(stderr, "usage: bench-make-capture FILE PACKETS mixed|small\n");
    return 2;
  }
  Random random(1);
  CaptureWriter writer({});
  Text out;
  Wire frame;
  Record record;
  const long packets = std::stol(argv[2]);
  for (long i = 0; i < packets; ++i) {
    make_frame(frame, random, kind == "small" ? 64 : mixed_size(random));
    record.data = frame.span();
    record.original_length = static_cast<std::uint32_t>(frame.size());
    record.time_ns = 1700000000'000000000 + i * 1000;
    if (!writer.append(out, record)) return 1;
    if (out.size() > 1 << 20) {
      if (std::fwrite(out.data(), 1, out.size(), file) != out.size()) return 1;
      out.clear();
    }
  }
  writer.finish(out);
  if (std::fwrite(out.data(), 1, out.size(), file) != out.size() || std::fclose(file) != 0) return 1;
  return 0;
}
