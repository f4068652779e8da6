// SCTP, RFC 9260 section 3: a header, then chunks, each padded to 4 bytes. DATA chunks have a layer of their own.
#include "proto/fill.h"
#include "proto/registry.h"
#include "proto/text.h"

namespace proto {
namespace {

constexpr std::uint8_t data_type = 0;

// CRC32c (RFC 9260 appendix A), a byte at a time: it is computed for packets that are written by hand.
constexpr auto crc_table = [] {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78u : 0);
    table[i] = crc;
  }
  return table;
}();

std::uint32_t crc32c(std::uint32_t crc, Bytes bytes) noexcept {
  for (const std::uint8_t byte : bytes) crc = crc >> 8 ^ crc_table[(crc ^ byte) & 255];
  return crc;
}

const Layer* chunk_at(const Header& h, std::size_t at) noexcept {
  if (at + 4 > h.size) return nullptr;
  return Registry::get().find(h.u8(at) == data_type ? "SctpData" : "SctpChunk");
}
const Layer* next_chunk(const Header& h, std::size_t size) noexcept { return chunk_at(h, size); }

constexpr Field fields[] = {u16("sport"), u16("dport"), u32("tag"), u32("chksum").computed()};

void fill_checksum(Fill& fill) {
  constexpr std::size_t chksum = index_of(fields, "chksum");
  constexpr std::size_t at = 8;
  if (!fill.wants(chksum)) return;
  constexpr std::uint8_t zeros[4] = {};
  const Bytes whole = fill.whole();
  const std::uint32_t crc = ~crc32c(crc32c(crc32c(~0u, whole.first(at)), zeros), whole.subspan(at + sizeof zeros));
  fill.set(chksum, __builtin_bswap32(crc));  // sent lowest byte first
}

constexpr Binding bindings[] = {{"ip.proto", 132, true}};
constexpr Spec spec = {.tag = "Sctp",
                       .help = "SCTP header",
                       .summary = "SCTP {sport} -> {dport}",
                       .fields = fields,
                       .bindings = bindings,
                       .full_only = true,
                       .next = next_chunk,
                       .fill = fill_checksum};
const Protocol<spec> sctp;

// What a chunk has behind its fixed fields: bytes as many as its length says, in JSON without the padding, which is
// zero (other padding makes the chunk raw). Reading counts the bytes while it knows where the padding begins, and puts
// the length where none is given.
template <std::size_t head>
constexpr Codec content = {
    .extent = [](const Header& h, std::size_t) noexcept { return h.u16(2) < head ? refused : padded(h.u16(2)) - head; },
    .write = [](Text& out, Bytes value, const Header& h) { append_byte_list(out, value.first(std::min(value.size(), h.u16(2) - head))); },
    .read =
        [](JsonIn& in, Wire& out, std::size_t layer) {
          if (!in.bytes(out)) return false;
          const std::size_t size = out.size() - layer;
          if (out[layer + 2] == 0 && out[layer + 3] == 0) out.patch(layer + 2, size, 2);
          out.append_zeros(padded(size) - size);
          return true;
        },
    .form = "list of bytes"};

template <std::size_t length_field>
void fill_length(Fill& fill) {
  const std::size_t size = fill.header().size();
  if (padded(fill.get(length_field)) != size) fill.set(length_field, size);
}

constexpr Name data_flags[] = {{0x08, "immediate"}, {0x04, "unordered"}, {0x02, "begin"}, {0x01, "end"}};
constexpr Field data_fields[] = {u8("type", data_type), u8("flags", 3).with_flags(data_flags), u16("length").computed(), u32("tsn"),
                                 u16("stream"),         u16("sequence"), u32("protocol"),
                                 custom("data", content<16>)};
constexpr Spec data_spec = {.tag = "SctpData",
                            .help = "SCTP user data",
                            .summary = "SCTP DATA tsn {tsn} stream {stream}",
                            .fields = data_fields,
                            .full_only = true,
                            .next = next_chunk,
                            .fill = fill_length<index_of(data_fields, "length")>};
const Protocol<data_spec> data;

constexpr Name chunk_types[] = {{1, "Init"},      {2, "InitAck"},           {3, "Sack"},         {4, "Heartbeat"},   {5, "HeartbeatAck"},
                                {6, "Abort"},     {7, "Shutdown"},          {8, "ShutdownAck"},  {9, "Error"},       {10, "CookieEcho"},
                                {11, "CookieAck"}, {14, "ShutdownComplete"}, {15, "Authentication"}, {64, "InterleavedData"}, {192, "ForwardTsn"}};
constexpr Field chunk_fields[] = {choice("type", 8, chunk_types), u8("flags"), u16("length").computed(),
                                  custom("value", content<4>)};
constexpr Spec chunk_spec = {.tag = "SctpChunk",
                             .help = "SCTP control chunk",
                             .summary = "SCTP {type}",
                             .fields = chunk_fields,
                             .full_only = true,
                             .next = next_chunk,
                             .fill = fill_length<index_of(chunk_fields, "length")>};
const Protocol<chunk_spec> chunk;

}  // namespace
}  // namespace proto
