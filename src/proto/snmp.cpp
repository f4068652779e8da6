// SNMP version 1, RFC 1157, and 2c, RFC 1901 and 3416, in BER. The ancestor's three layers: the outer sequence with the
// version, community and PDU header, the PDU. Only the shortest form of every length and number is taken; all else is raw.
#include "proto/fill.h"
#include "proto/registry.h"
#include "proto/snmp_values.h"

namespace proto {
namespace {

using namespace snmp;

// The bytes that one element takes, or `refused`.
std::size_t element_size(const Header& h, std::size_t at, std::uint8_t wanted_tag) noexcept {
  Reader in(h.from(at));
  std::uint8_t tag = 0;
  Bytes content;
  return take_element(in, tag, content) && tag == wanted_tag ? in.at() : refused;
}

// --- Fields

// Tag and length of a sequence, ["Sequence",n]; the length is a number that limits nothing.
std::size_t sequence_head_size(const Header& h, std::size_t at) noexcept {
  Reader in(h.from(at));
  std::size_t length = 0;
  return in.u8() == sequence_tag && take_length(in, length) ? in.at() : refused;
}

constexpr Codec sequence_codec = {sequence_head_size,
                                  [](Text& out, Bytes value, const Header&) {
                                    Reader in(value);
                                    std::size_t length = 0;
                                    in.u8();
                                    take_length(in, length);
                                    write_sequence_head(out, length);
                                  },
                                  [](JsonIn& in, Wire& out, std::size_t) { return read_sequence_head(in, out); }, "[\"Sequence\", length]"};

std::size_t integer_size(const Header& h, std::size_t at) noexcept {
  Reader in(h.from(at));
  std::int64_t value = 0;
  return take_integer(in, value) && value >= -0x80000000LL && value <= 0xffffffffLL ? in.at() : refused;
}

constexpr std::uint8_t zero[] = {integer_tag, 1, 0}, no_address[] = {address_tag, 4, 0, 0, 0, 0}, no_ticks[] = {ticks_tag, 1, 0},
                       no_oid[] = {oid_tag, 1, 0},  // zeroDotZero, RFC 2578 section 10
                       public_community[] = {octets_tag, 6, 'p', 'u', 'b', 'l', 'i', 'c'};

// Request ids are shown without sign, as 32 bits.
constexpr Codec unsigned_codec = {integer_size,
                                  [](Text& out, Bytes value, const Header&) { append_number(out, static_cast<std::uint32_t>(integer_of(value))); },
                                  [](JsonIn& in, Wire& out, std::size_t) {
                                    std::uint64_t value = 0;
                                    if (!in.number(value, 0xffffffff)) return false;
                                    put_integer(out, integer_tag, static_cast<std::int32_t>(static_cast<std::uint32_t>(value)));
                                    return true;
                                  },
                                  "number", 0xffffffff, zero};

constexpr Codec signed_codec = {integer_size,
                                [](Text& out, Bytes value, const Header&) { append_signed(out, integer_of(value)); },
                                [](JsonIn& in, Wire& out, std::size_t) {
                                  std::int64_t value = 0;
                                  if (!in.integer(value, -0x80000000LL, 0xffffffffLL)) return false;
                                  put_integer(out, integer_tag, value);
                                  return true;
                                },
                                "number", 0, zero};

constexpr Codec version_codec = {[](const Header& h, std::size_t at) noexcept {
                                   const std::size_t size = integer_size(h, at);
                                   return size == 3 ? size : refused;
                                 },
                                 [](Text& out, Bytes value, const Header&) { append_number(out, value[2]); },
                                 [](JsonIn& in, Wire& out, std::size_t) {
                                   std::uint64_t value = 0;
                                   if (!in.number(value, 255)) return false;
                                   out.u8(integer_tag);
                                   out.u8(1);
                                   out.u8(value);
                                   return true;
                                 },
                                 "number", 255, zero};

constexpr Codec community_codec = {[](const Header& h, std::size_t at) noexcept { return element_size(h, at, octets_tag); },
                                   [](Text& out, Bytes value, const Header&) {
                                     Reader in(value);
                                     std::uint8_t tag = 0;
                                     Bytes content;
                                     take_element(in, tag, content);
                                     append_byte_list(out, content);
                                   },
                                   [](JsonIn& in, Wire& out, std::size_t) {
                                     Wire content;
                                     std::string_view text;
                                     if (in.peek() == '"' ? !in.string(text) : !in.bytes(content)) return false;
                                     if (content.empty()) content.text(text);
                                     out.u8(octets_tag);
                                     put_length(out, content.size());
                                     out.append(content.span());
                                     return true;
                                   },
                                   "list of bytes", 0, public_community};

constexpr Codec pdu_tag_codec = {[](const Header& h, std::size_t at) noexcept { return h.u8(at) >= 0x80 ? std::size_t{1} : refused; },
                                 [](Text& out, Bytes value, const Header&) {
                                   out.append(R"({"UnknownTag":)");
                                   append_number(out, value[0]);
                                   out.push('}');
                                 },
                                 [](JsonIn& in, Wire& out, std::size_t) {
                                   return in.variant([&](std::string_view name, bool has_value) {
                                     std::uint64_t tag = 0;
                                     if (name != "UnknownTag" || !has_value) return in.fail("not {\"UnknownTag\":n}");
                                     if (!in.number(tag, 255)) return false;
                                     out.u8(tag);
                                     return true;
                                   });
                                 },
                                 "{\"UnknownTag\": n}"};

constexpr Codec pdu_length_codec = {[](const Header& h, std::size_t at) noexcept {
                                      Reader in(h.from(at));
                                      std::size_t length = 0;
                                      return take_length(in, length) ? in.at() : refused;
                                    },
                                    [](Text& out, Bytes value, const Header&) {
                                      Reader in(value);
                                      std::size_t length = 0;
                                      take_length(in, length);
                                      append_number(out, length);
                                    },
                                    [](JsonIn& in, Wire& out, std::size_t) {
                                      std::uint64_t length = 0;
                                      if (!in.number(length, 0xffffffff)) return false;
                                      put_length(out, length);
                                      return true;
                                    },
                                    "number", 0xffffffff};

// The list takes what the sequence head just before it says.
std::size_t bindings_size(const Header& h, std::size_t at) noexcept {
  for (std::size_t head = 2; head <= 6 && head <= at; ++head) {
    Reader in({h.data + at - head, head});
    std::size_t length = 0;
    if (in.u8() != sequence_tag || !take_length(in, length) || in.left() > 0) continue;
    Text scratch;
    return length <= h.size - at && write_bindings(scratch, {h.data + at, length}) ? length : refused;
  }
  return refused;
}

constexpr Codec bindings_codec = {bindings_size, [](Text& out, Bytes value, const Header&) { write_bindings(out, value); },
                                  [](JsonIn& in, Wire& out, std::size_t) { return in.array([&] { return read_binding(in, out); }); },
                                  "list of {_bind_tag_len, name, value}"};

constexpr Codec oid_codec = {[](const Header& h, std::size_t at) noexcept { return element_size(h, at, oid_tag); },
                             [](Text& out, Bytes value, const Header&) {
                               Reader in(value);
                               std::uint8_t tag = 0;
                               Bytes content;
                               take_element(in, tag, content);
                               write_oid(out, content);
                             },
                             [](JsonIn& in, Wire& out, std::size_t) {
                               Wire content;
                               if (!read_oid(in, content)) return false;
                               out.u8(oid_tag);
                               put_length(out, content.size());
                               out.append(content.span());
                               return true;
                             },
                             "list of arcs", 0, no_oid};

constexpr Codec address_codec = {[](const Header& h, std::size_t at) noexcept {
                                   return element_size(h, at, address_tag) == 6 ? std::size_t{6} : refused;
                                 },
                                 [](Text& out, Bytes value, const Header&) { append_ipv4(out, value.data() + 2); },
                                 [](JsonIn& in, Wire& out, std::size_t) {
                                   out.u8(address_tag);
                                   out.u8(4);
                                   return read_ipv4(in, out);
                                 },
                                 "IPv4 address", 0, no_address};

constexpr Codec ticks_codec = {[](const Header& h, std::size_t at) noexcept {
                                 Text scratch;
                                 const std::size_t size = element_size(h, at, ticks_tag);
                                 return size != refused && write_value(scratch, {h.data + at, size}) ? size : refused;
                               },
                               [](Text& out, Bytes value, const Header&) {
                                 Reader number(value.subspan(2));
                                 append_number(out, number.number(std::min<std::size_t>(number.left(), 8)));
                               },
                               [](JsonIn& in, Wire& out, std::size_t) {
                                 std::uint64_t value = 0;
                                 if (!in.number(value, 0xffffffff)) return false;
                                 put_unsigned(out, ticks_tag, value);
                                 return true;
                               },
                               "number", 0, no_ticks};

// --- Layers

// Puts tag and length of a sequence over the rest of the header, and what follows, behind the first `before` bytes;
// in place of those that were given.
void fill_sequence(Fill& fill, std::size_t field, std::size_t before) {
  if (!fill.wants(field)) return;
  const Header h{fill.header().data(), fill.header().size(), Dialect::full};
  std::size_t old = fill.given(field) ? sequence_head_size(h, before) : 0;
  if (old == refused) old = 0;
  Wire header;
  header.append(fill.header().first(before));
  header.u8(sequence_tag);
  put_length(header, fill.header().size() - before - old + (field == 0 ? fill.payload().size() : 0));
  header.append(fill.header().subspan(before + old));
  fill.replace_header(header.span());
}

constexpr Field snmp_fields[] = {custom("_seq_tag_len", sequence_codec).computed(), custom("version", version_codec).computed()};
// Versions 1 and 2c have the same layers but for the trap of version 1 (RFC 1157 section 4.1.6). A given one of the two stays.
void fill_version(Fill& fill) {
  constexpr std::size_t version = index_of(snmp_fields, "version");
  const std::size_t last = fill.header().size() - 1;
  if (!fill.wants(version) || fill.above() == nullptr || fill.above()->tag() != "SnmpV2c") return;
  if (fill.given(version) && fill.header()[last] <= 1) return;
  const Layer* const pdu = fill.upper().above();
  fill.patch(last, pdu != nullptr && pdu->tag() == "SnmpTrap" ? 0 : 1, 1);
}

constexpr Binding snmp_bindings[] = {{"udp.port", 161}, {"udp.port", 162, true}};
constexpr Spec snmp_spec = {.tag = "Snmp",
                            .help = "SNMP message",
                            .summary = "SNMP version {version}",
                            .fields = snmp_fields,
                            .bindings = snmp_bindings,
                            .next = [](const Header& h, std::size_t size) noexcept -> const Layer* {
                              return h.u8(size - 1) <= 1 ? Registry::get().find("SnmpV2c") : nullptr;
                            },
                            .fill = [](Fill& fill) {
                              fill_version(fill);
                              fill_sequence(fill, 0, 0);
                            }};
const Protocol<snmp_spec> snmp;

constexpr Field v2c_fields[] = {custom("community", community_codec), custom("_pdu_tag", pdu_tag_codec).computed(),
                                custom("_pdu_len", pdu_length_codec).computed()};
constexpr Spec v2c_spec = {.tag = "SnmpV2c",
                           .help = "SNMP community and PDU header, versions 1 and 2c",
                           .summary = "SNMP community {community}",
                           .fields = v2c_fields,
                           .next = [](const Header& h, std::size_t) noexcept -> const Layer* {
                             const std::size_t community = element_size(h, 0, octets_tag);
                             return community == refused ? nullptr : Registry::get().bound("snmp.pdu", h.u8(community), h.dialect);
                           },
                           .fill = [](Fill& fill) {
                             const Header h{fill.header().data(), fill.header().size(), Dialect::full};
                             const std::size_t community = element_size(h, 0, octets_tag);
                             if (community == refused || (!fill.wants(1) && !fill.wants(2))) return;
                             Wire header;
                             std::uint64_t tag = 0;
                             header.append(fill.header().first(community));
                             std::size_t rest = community;
                             if (fill.given(1)) tag = h.u8(rest++);
                             if (fill.wants(1) && fill.above() != nullptr) Registry::selector_value(*fill.above(), "snmp.pdu", tag);
                             header.u8(tag);
                             if (fill.wants(2))
                               put_length(header, fill.payload().size());
                             else if (rest < h.size)
                               header.append(fill.header().subspan(rest));
                             fill.replace_header(header.span());
                           }};
const Protocol<v2c_spec> v2c;

// Three elements, then the head of the bindings if it was given, then the bindings.
void fill_bindings(Fill& fill, std::size_t elements) {
  Reader in(fill.header());
  std::uint8_t tag = 0;
  Bytes content;
  for (std::size_t i = 0; i < elements; ++i)
    if (!take_element(in, tag, content)) return;
  fill_sequence(fill, elements, in.at());
}

constexpr Field pdu_fields[] = {custom("request_id", unsigned_codec), custom("error_status", signed_codec), custom("error_index", signed_codec),
                                custom("_bindings_tag_len", sequence_codec).computed(), custom("var_bindings", bindings_codec)};
constexpr Field bulk_fields[] = {custom("request_id", unsigned_codec), custom("non_repeaters", signed_codec), custom("max_repetitions", signed_codec),
                                 custom("_bindings_tag_len", sequence_codec).computed(), custom("var_bindings", bindings_codec)};
constexpr Field trap_fields[] = {custom("enterprise", oid_codec),
                                 custom("agent_addr", address_codec),
                                 custom("generic_trap", signed_codec),
                                 custom("specific_trap", signed_codec),
                                 custom("time_stamp", ticks_codec),
                                 custom("_bindings_tag_len", sequence_codec).computed(),
                                 custom("var_bindings", bindings_codec)};

constexpr Spec pdu(std::string_view tag, std::string_view help, std::span<const Field> fields, std::span<const Binding> bindings) {
  return {.tag = tag,
          .help = help,
          .summary = fields.size() == 7 ? "SNMP trap {enterprise}" : "SNMP request {request_id} {var_bindings}",
          .fields = fields,
          .bindings = bindings,
          .fill = fields.size() == 7 ? +[](Fill& fill) { fill_bindings(fill, 5); } : +[](Fill& fill) { fill_bindings(fill, 3); }};
}

constexpr Binding get_bindings[] = {{"snmp.pdu", 160}}, next_bindings[] = {{"snmp.pdu", 161}}, response_bindings[] = {{"snmp.pdu", 162}},
                  set_bindings[] = {{"snmp.pdu", 163}}, trap_bindings[] = {{"snmp.pdu", 164}}, bulk_bindings[] = {{"snmp.pdu", 165}},
                  inform_bindings[] = {{"snmp.pdu", 166}}, trap2_bindings[] = {{"snmp.pdu", 167}};

constexpr Spec get_spec = pdu("SnmpGet", "SNMP get request", pdu_fields, get_bindings);
constexpr Spec next_spec = pdu("SnmpGetNext", "SNMP get-next request", pdu_fields, next_bindings);
constexpr Spec response_spec = pdu("SnmpGetResponse", "SNMP response", pdu_fields, response_bindings);
constexpr Spec set_spec = pdu("SnmpSet", "SNMP set request", pdu_fields, set_bindings);
constexpr Spec trap_spec = pdu("SnmpTrap", "SNMP version 1 trap", trap_fields, trap_bindings);
constexpr Spec bulk_spec = pdu("SnmpGetBulk", "SNMP get-bulk request", bulk_fields, bulk_bindings);
constexpr Spec inform_spec = pdu("SnmpInform", "SNMP inform request", pdu_fields, inform_bindings);
constexpr Spec trap2_spec = pdu("SnmpTrapV2", "SNMP version 2 trap", pdu_fields, trap2_bindings);
const Protocol<get_spec> get;
const Protocol<next_spec> next;
const Protocol<response_spec> response;
const Protocol<set_spec> set;
const Protocol<trap_spec> trap;
const Protocol<bulk_spec> bulk;
const Protocol<inform_spec> inform;
const Protocol<trap2_spec> trap2;

}  // namespace
}  // namespace proto
