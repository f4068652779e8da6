// TCP, RFC 9293; options of RFC 9293 section 3.2, RFC 7323 (window scale, timestamps), RFC 2018 (SACK),
// RFC 5482 (user timeout), RFC 2385 (MD5), RFC 5925 (authentication), RFC 8684 (multipath), RFC 7413 (fast open).
#include "proto/fill.h"
#include "proto/forms.h"

namespace proto {
namespace {

constexpr std::size_t fixed_size = 20;

constexpr Field timestamp_fields[] = {u32("value"), u32("echo")};

bool write_sack(Text& out, Bytes value, Dialect) {
  if (value.empty() || value.size() % 8 != 0) return false;
  static constexpr Field edges[] = {u32("left"), u32("right")};
  char separator = '[';
  for (std::size_t i = 0; i < value.size(); i += 8, separator = ',') {
    out.push(separator);
    append_fields(out, edges, value.data() + i);
  }
  out.push(']');
  return true;
}

bool read_sack(JsonIn& in, Wire& out) {
  static constexpr Field edges[] = {u32("left"), u32("right")};
  return in.array([&] { return read_fields(in, edges, out); });
}

constexpr Option options[] = {
    {.code = 2, .name = "MSS", .form = Form::number16},
    {.code = 3, .name = "WindowScale", .form = Form::number8},
    {.code = 4, .name = "SackPermitted", .form = Form::none},
    {.code = 5, .name = "Sack", .form = Form::own, .write = write_sack, .read = read_sack},
    {.code = 8, .name = "Timestamps", .form = Form::fields, .fields = timestamp_fields},
    {.code = 19, .name = "MD5", .form = Form::bytes},
    {.code = 28, .name = "UserTimeout", .form = Form::number16},
    {.code = 29, .name = "Authentication", .form = Form::bytes},
    {.code = 30, .name = "Multipath", .form = Form::bytes},
    {.code = 34, .name = "FastOpen", .form = Form::bytes},
};

constexpr Codec options_codec = {
    .extent =
        [](const Header& h, std::size_t at) noexcept {
          const std::size_t size = (h.u8(12) >> 4) * 4u;
          return size > fixed_size && size <= h.size ? size - at : 0;
        },
    .write = [](Text& out, Bytes value, const Header&) { write_header_options(out, options, value); },
    .read = [](JsonIn& in, Wire& out, std::size_t) { return read_header_options(in, options, out); },
    .form = "list of TCP options"};

constexpr Name flag_names[] = {{0x80, "CWR"}, {0x40, "ECE"}, {0x20, "URG"}, {0x10, "ACK"}, {0x08, "PSH"}, {0x04, "RST"}, {0x02, "SYN"}, {0x01, "FIN"}};
constexpr Field fields[] = {u16("sport"),
                            u16("dport"),
                            u32("seq"),
                            u32("ack"),
                            number("dataofs", 4).computed(),
                            number("reserved", 4),
                            u8("flags", 2).with_flags(flag_names),
                            u16("window", 8192),
                            u16("chksum").computed(),
                            u16("urgptr"),
                            custom("options", options_codec).only_full()};

void fill_header(Fill& fill) {
  // Options in a raw layer behind (classic dialect) belong to the header by the given offset: it is kept.
  constexpr std::size_t dataofs = index_of(fields, "dataofs");
  if (fill.wants(dataofs)) fill.pad_header(index_of(fields, "options"));
  const std::uint64_t given_words = fill.get(dataofs);
  const std::size_t words = (fill.header().size() + 3) / 4;
  if (given_words < words || given_words * 4 > fill.whole().size() || !fill.has_raw_options(fixed_size)) fill.set(dataofs, words);
  fill.set_transport_checksum(index_of(fields, "chksum"));
}

constexpr Binding bindings[] = {{"ip.proto", 6}};
constexpr Spec spec = {.tag = "Tcp",
                       .help = "TCP header",
                       .summary = "TCP {sport} -> {dport} flags {flags} seq {seq} ack {ack}",
                       .fields = fields,
                       .bindings = bindings,
                       .fill = fill_header};
const Protocol<spec> self;

}  // namespace
}  // namespace proto
