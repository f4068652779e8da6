// DNS, RFC 1035 section 4; AAAA, RFC 3596; SRV, RFC 2782; OPT, RFC 6891.
// The JSON form does not say how names were compressed. The standard way is: every name, as early as its longest suffix occurred.
// A message that was written otherwise is raw in the classic dialect; the full one says it in the field `compression`.
#include <algorithm>

#include "proto/dns_message.h"
#include "proto/fill.h"
#include "proto/forms.h"

namespace proto {
namespace {

using namespace dns;

constexpr Name types[] = {{1, "A"},    {2, "NS"},    {5, "CNAME"}, {6, "SOA"},   {12, "PTR"},
                          {15, "MX"},  {16, "TXT"},  {28, "AAAA"}, {33, "SRV"},  {41, "OPT"},
                          // from here on in the full dialect only
                          {13, "HINFO"}, {17, "RP"}, {18, "AFSDB"}, {29, "LOC"}, {35, "NAPTR"}, {36, "KX"}, {37, "CERT"}, {39, "DNAME"}, {43, "DS"},
                          {44, "SSHFP"}, {45, "IPSECKEY"}, {46, "RRSIG"}, {47, "NSEC"}, {48, "DNSKEY"}, {50, "NSEC3"}, {51, "NSEC3PARAM"},
                          {52, "TLSA"}, {59, "CDS"}, {60, "CDNSKEY"}, {64, "SVCB"}, {65, "HTTPS"}, {99, "SPF"}, {249, "TKEY"}, {250, "TSIG"},
                          {251, "IXFR"}, {252, "AXFR"}, {255, "ANY"}, {256, "URI"}, {257, "CAA"}};
constexpr std::size_t classic_types = 10;
constexpr Name classes[] = {{1, "IN"}, {2, "CS"}, {3, "CH"}, {4, "HS"}, {254, "NONE"}, {255, "ANY"}};

bool classic_knows(std::uint16_t type, std::uint16_t klass) noexcept {
  return !name_of(std::span(types).first(classic_types), type).empty() && klass >= 1 && klass <= 4;
}

// --- bytes to JSON

void write_name(Text& out, Bytes message, std::size_t at) {
  Text name;
  read_name_at(message, at, &name);
  append_string(out, name.view());
}

void write_type(Text& out, std::uint16_t type) { append_name(out, types, type); }

void write_rdata(Text& out, Bytes message, const RecordView& r) {
  const Bytes data = message.subspan(r.data, r.end - r.data);
  if (!fits_type(message, r.data, data.size(), r.type)) {
    out.append(R"({"Unknown":)");
    append_byte_list(out, data);
    out.push('}');
    return;
  }
  Reader in(data);
  out.append("{\"");
  out.append(name_of(types, r.type));
  out.append("\":");
  auto member = [&](std::string_view key, std::uint64_t value) {
    out.append(key);
    append_number(out, value);
  };
  switch (r.type) {
    case type_a:
      append_ipv4(out, data.data());
      break;
    case type_aaaa:
      append_ipv6(out, data.data());
      break;
    case type_opt:
      append_byte_list(out, data);
      break;
    case type_txt:
      write_texts(out, data, 1);
      break;
    case type_soa: {
      const std::size_t second = read_name_at(message, r.data, nullptr);
      out.append(R"({"mname":)");
      write_name(out, message, r.data);
      out.append(R"(,"rname":)");
      write_name(out, message, second);
      Reader numbers(data.last(20));
      for (const char* key : {",\"serial\":", ",\"refresh\":", ",\"retry\":", ",\"expire\":", ",\"minimum\":"}) member(key, numbers.u32());
      out.push('}');
      break;
    }
    case type_mx:
      member("{\"preference\":", in.u16());
      out.append(R"(,"exchange":)");
      write_name(out, message, r.data + 2);
      out.push('}');
      break;
    case type_srv:
      member("{\"priority\":", in.u16());
      member(",\"weight\":", in.u16());
      member(",\"port\":", in.u16());
      out.append(R"(,"target":)");
      write_name(out, message, r.data + 6);
      out.push('}');
      break;
    default:
      write_name(out, message, r.data);
  }
  out.push('}');
}

void write_questions(Text& out, Bytes value, const Header& h) {
  const Bytes message{h.data, h.size};
  const std::size_t end = static_cast<std::size_t>(value.data() - h.data) + value.size();
  char separator = '[';
  for (std::size_t at = header_size; at < end;) {
    out.push(separator);
    separator = ',';
    out.append(R"({"qname":)");
    write_name(out, message, at);
    at = read_name_at(message, at, nullptr);
    if (at == refused) break;
    Reader in(message.subspan(at));
    out.append(R"(,"qtype":)");
    write_type(out, in.u16());
    out.append(R"(,"qclass":)");
    append_name(out, classes, in.u16());
    out.push('}');
    at += 4;
  }
  if (separator == '[') out.push('[');
  out.push(']');
}

void write_records(Text& out, Bytes value, const Header& h) {
  const Bytes message{h.data, h.size};
  std::size_t at = static_cast<std::size_t>(value.data() - h.data);
  const std::size_t end = at + value.size();
  char separator = '[';
  RecordView r;
  for (; at < end && read_record(message, at, r) == Found::yes; at = r.end) {
    out.push(separator);
    separator = ',';
    out.append(R"({"name":)");
    write_name(out, message, r.at);
    out.append(R"(,"type_":)");
    write_type(out, r.type);
    out.append(R"(,"class":)");
    append_name(out, classes, r.klass);
    out.append(R"(,"ttl":)");
    append_number(out, Header{h.data, h.size, h.dialect}.u32(r.fixed + 4));
    out.append(R"(,"rdata":)");
    write_rdata(out, message, r);
    out.push('}');
  }
  if (separator == '[') out.push('[');
  out.push(']');
}

// --- lengths

std::size_t questions_size(const Header& h, std::size_t at) noexcept {
  const Bytes message{h.data, h.size};
  const std::size_t start = at;
  for (unsigned i = h.u16(4); i > 0; --i) {
    if (at >= h.size) break;
    const std::size_t end = read_name_at(message, at, nullptr);
    if (end == refused) return refused;
    if (h.size - end < 4) break;
    if (!h.full() && !classic_knows(h.u16(end), h.u16(end + 2))) return refused;
    at = end + 4;
  }
  return at - start;
}

std::size_t records_size(const Header& h, std::size_t at, unsigned count) noexcept {
  const Bytes message{h.data, h.size};
  const std::size_t start = at;
  RecordView r;
  for (; count > 0; --count, at = r.end) {
    const Found found = read_record(message, at, r);
    if (found == Found::bad_name) return refused;
    if (found == Found::short_of_bytes) break;
    if (!h.full() && !classic_knows(r.type, r.klass)) return refused;
  }
  return at - start;
}

// --- JSON to bytes: names are written in full first; what reads the layer's end lays them out.

// What the fields' readers leave for later ones: elements in each section, then the policy.
enum Note : std::size_t { note_policy = 4 };
constexpr std::uint32_t said_standard = 3;  // a policy that was given, while 0 is none given

bool read_dns_name(JsonIn& in, Wire& out) {
  const std::size_t start = out.size();
  return read_domain(in, out) && (out.size() - start <= 256 || in.fail("a name of more than 255 bytes"));
}

bool read_u16_name(JsonIn& in, std::span<const Name> names, Wire& out) {
  std::uint64_t value = 0;
  if (!read_name(in, names, 0xffff, value)) return false;
  out.u16(value);
  return true;
}

// An object of numbers and names, in this order on the wire; '#' 16 bits, '%' 32 bits, '.' a name.
bool read_parts(JsonIn& in, Wire& out, std::span<const std::string_view> keys, std::string_view kinds) {
  std::array<Wire, 8> parts;
  const bool good = in.object([&](std::string_view key) {
    for (std::size_t i = 0; i < keys.size(); ++i) {
      if (key != keys[i]) continue;
      parts[i].clear();
      if (kinds[i] == '.') return read_dns_name(in, parts[i]);
      std::uint64_t value = 0;
      if (!in.number(value, kinds[i] == '#' ? 0xffff : 0xffffffff)) return false;
      parts[i].number(value, kinds[i] == '#' ? 2 : 4);
      return true;
    }
    return in.skip();
  });
  for (std::size_t i = 0; good && i < keys.size(); ++i) {
    if (parts[i].empty()) return in.fail("no " + std::string(keys[i]));
    out.append(parts[i].span());
  }
  return good;
}

bool read_rdata(JsonIn& in, Wire& out) {
  static constexpr std::string_view soa[] = {"mname", "rname", "serial", "refresh", "retry", "expire", "minimum"};
  static constexpr std::string_view mx[] = {"preference", "exchange"};
  static constexpr std::string_view srv[] = {"priority", "weight", "port", "target"};
  return in.variant([&](std::string_view kind, bool has_value) {
    if (!has_value) return in.fail("record data without its value");
    if (kind == "A") return read_ipv4(in, out);
    if (kind == "AAAA") return read_ipv6(in, out);
    if (kind == "NS" || kind == "CNAME" || kind == "PTR") return read_dns_name(in, out);
    if (kind == "SOA") return read_parts(in, out, soa, "..%%%%%");
    if (kind == "MX") return read_parts(in, out, mx, "#.");
    if (kind == "SRV") return read_parts(in, out, srv, "###.");
    if (kind == "TXT") return read_texts(in, out, 1);
    if (kind == "OPT" || kind == "Unknown") return in.bytes(out);
    return in.fail("'" + std::string(kind) + "' is no kind of record data");
  });
}

bool read_question(JsonIn& in, Wire& out) {
  Wire name, type, klass;
  const bool good = in.object([&](std::string_view key) {
    if (key == "qname") return name.clear(), read_dns_name(in, name);
    if (key == "qtype") return type.clear(), read_u16_name(in, types, type);
    if (key == "qclass") return klass.clear(), read_u16_name(in, classes, klass);
    return in.skip();
  });
  if (!good) return false;
  if (name.empty()) return in.fail("a question without qname");
  out.append(name.span());
  out.u16(type.empty() ? 1u : type[0] << 8 | type[1]);
  out.u16(klass.empty() ? 1u : klass[0] << 8 | klass[1]);
  return true;
}

bool read_record_object(JsonIn& in, Wire& out) {
  Wire name, type, klass, data;
  std::uint64_t ttl = 0;
  const bool good = in.object([&](std::string_view key) {
    if (key == "name") return name.clear(), read_dns_name(in, name);
    if (key == "type_") return type.clear(), read_u16_name(in, types, type);
    if (key == "class") return klass.clear(), read_u16_name(in, classes, klass);
    if (key == "ttl") return in.number(ttl, 0xffffffff);
    if (key == "rdata") return data.clear(), read_rdata(in, data);
    return in.skip();
  });
  if (!good) return false;
  if (name.empty()) return in.fail("a record without name");
  if (data.size() > 0xffff) return in.fail("record data of more than 65535 bytes");
  out.append(name.span());
  out.u16(type.empty() ? 1u : type[0] << 8 | type[1]);
  out.u16(klass.empty() ? 1u : klass[0] << 8 | klass[1]);
  out.u32(ttl);
  out.u16(data.size());
  out.append(data.span());
  return true;
}

template <std::size_t section>
bool read_section(JsonIn& in, Wire& out, std::size_t) {
  out.notes[section] = 0;
  return in.array([&] {
    ++out.notes[section];
    return section == 0 ? read_question(in, out) : read_record_object(in, out);
  });
}

template <std::size_t section>
std::size_t section_size(const Header& h, std::size_t at) noexcept {
  return section == 0 ? questions_size(h, at) : records_size(h, at, h.u16(4 + 2 * section));
}

// Lays the names of the layer at `layer` out anew; the counts are those of the lists.
bool relayout(Wire& out, std::size_t layer, Policy policy, std::span<const NameLayout> given = {}) {
  Wire result;
  Relayout work(out.span_from(layer), policy, given);
  if (!work.run({out.notes.data(), 4}, result)) return false;
  out.cut(layer);
  out.append(result.span());
  return true;
}

using Counts = std::array<std::uint32_t, 4>;

// The questions and records that a message really has.
Counts count_elements(const Header& h) noexcept {
  const Bytes message{h.data, h.size};
  Counts counts;
  std::size_t at = header_size;
  RecordView r;
  for (std::size_t section = 0; section < 4; ++section) {
    counts[section] = 0;
    for (unsigned i = h.u16(4 + 2 * section); i > 0 && at < h.size; --i) {
      if (section == 0) {
        const std::size_t end = read_name_at(message, at, nullptr);
        if (end == refused || h.size - end < 4) break;
        at = end + 4;
      } else {
        if (read_record(message, at, r) != Found::yes) break;
        at = r.end;
      }
      ++counts[section];
    }
  }
  return counts;
}

// How the names of a decoded message are laid out, as the value of `compression`.
void write_compression(Text& out, Bytes, const Header& h) {
  const Bytes message{h.data, h.size};
  const Counts counts = count_elements(h);
  Wire result;
  auto same = [&] { return result.size() == message.size() && std::equal(message.begin(), message.end(), result.data()); };
  Relayout standard(message, Policy::standard, {});
  if (standard.run(counts, result) && same()) return append_string(out, "standard");
  result.clear();
  Relayout none(message, Policy::none, {});
  if (none.run(counts, result) && same()) return append_string(out, "none");
  char separator = '[';
  for (const NameLayout& layout : none.found()) {
    out.push(separator);
    separator = ',';
    out.push('[');
    append_number(out, layout.labels);
    if (layout.pointer >= 0) {
      out.push(',');
      append_number(out, static_cast<std::uint64_t>(layout.pointer));
    }
    out.push(']');
  }
  if (separator == '[') out.push('[');
  out.push(']');
}

bool read_compression(JsonIn& in, Wire& out, std::size_t layer) {
  if (in.peek() == '"') {
    std::string_view text;
    if (!in.string(text)) return false;
    if (text == "standard") {
      out.notes[note_policy] = said_standard;
      return true;
    }
    if (text != "none") return in.fail("neither standard nor none nor a list");
    out.notes[note_policy] = static_cast<std::uint32_t>(Policy::none);
    return true;
  }
  Buffer<NameLayout> layouts;
  const bool good = in.array([&] {
    NameLayout layout;
    std::size_t i = 0;
    const bool parts = in.array([&] {
      std::uint64_t value = 0;
      if (i > 1 || !in.number(value, pointer_reach - 1)) return in.fail("not [labels] or [labels,pointer]");
      if (i++ == 0)
        layout.labels = value;
      else
        layout.pointer = static_cast<int>(value);
      return true;
    });
    layouts.push(layout);
    return parts;
  });
  if (!good) return false;
  out.notes[note_policy] = static_cast<std::uint32_t>(Policy::given);
  return relayout(out, layer, Policy::given, layouts.span()) || in.fail("does not fit the names");
}

bool finish(JsonIn&, Wire& out, std::size_t layer) {
  if (out.notes[note_policy] == 0 || out.notes[note_policy] == said_standard) relayout(out, layer, Policy::standard);
  return true;
}

// A UDP length that fits the message not as it is, but with all names in full.
bool is_length_of_plain(Bytes message, std::uint64_t udp_length, std::span<const std::uint32_t> counts, Wire& plain) {
  if (udp_length == udp_header + message.size()) return false;
  Relayout work(message, Policy::none, {});
  return work.run(counts, plain) && udp_length == udp_header + plain.size();
}

constexpr Codec questions_codec = {section_size<0>, write_questions, read_section<0>, "list of {qname, qtype, qclass}"};
constexpr Codec answers_codec = {section_size<1>, write_records, read_section<1>, "list of {name, type_, class, ttl, rdata}"};
constexpr Codec authorities_codec = {section_size<2>, write_records, read_section<2>, "list of {name, type_, class, ttl, rdata}"};
constexpr Codec additionals_codec = {section_size<3>, write_records, read_section<3>, "list of {name, type_, class, ttl, rdata}"};
constexpr Codec compression_codec = {[](const Header&, std::size_t) noexcept { return std::size_t{0}; }, write_compression, read_compression,
                                     "\"standard\", \"none\" or, for each name, [labels] or [labels, pointer]"};

// Between them: opcode (0x7800) and response code (0x000f), RFC 1035 section 4.1.1, RFC 2535 section 6.1.
constexpr Name flag_names[] = {{0x8000, "response"}, {0x0400, "authoritative"}, {0x0200, "truncated"}, {0x0100, "recursion desired"},
                               {0x0080, "recursion available"}, {0x0020, "authentic data"}, {0x0010, "checking disabled"}};
constexpr Field fields[] = {u16("id"),
                            u16("flags").with_flags(flag_names),
                            u16("qdcount").computed(),
                            u16("ancount").computed(),
                            u16("nscount").computed(),
                            u16("arcount").computed(),
                            custom("questions", questions_codec),
                            custom("answers", answers_codec),
                            custom("authorities", authorities_codec),
                            custom("additionals", additionals_codec),
                            custom("compression", compression_codec).only_full()};

// The classic form does not say how names are laid out; where the length below would make the reader take them for
// names in full (see fill_header), it must not be used.
bool tells_its_layout(const Header& h, std::size_t size) noexcept {
  if (h.full() || h.before != udp_header) return true;
  const Header udp{h.data - udp_header, udp_header, h.dialect};
  Wire plain;
  return !is_length_of_plain({h.data, size}, udp.u16(4), count_elements({h.data, size, h.dialect}), plain);
}

void fill_header(Fill& fill) {
  const auto* notes = fill.notes();
  if (notes == nullptr) return;
  for (std::size_t i = 0; i < 4; ++i) fill.set(index_of(fields, "qdcount") + i, (*notes)[i]);
  // The ancestor's lines do not say how names were laid out; but a length that was given with them may.
  const Layer* below = fill.below();
  if (below == nullptr || below->tag() != "Udp" || fill.above() != nullptr || (*notes)[note_policy] != 0) return;
  constexpr std::size_t udp_length = 2;
  const Fill udp = fill.lower();
  Wire plain;
  if (!udp.wants(udp_length) && is_length_of_plain(fill.header(), udp.get(udp_length), {notes->data(), 4}, plain))
    fill.replace_header(plain.span());
}

constexpr Binding bindings[] = {{"udp.port", 53}, {"udp.port", 5353, true}, {"udp.port", 5355, true}};
constexpr Spec spec = {.tag = "Dns",
                       .help = "DNS message",
                       .summary = "DNS id {id} {questions}",
                       .fields = fields,
                       .bindings = bindings,
                       .accepts = tells_its_layout,
                       .fill = fill_header,
                       .finish = finish};
const Protocol<spec> self;

}  // namespace
}  // namespace proto
