// IGMP: version 2, RFC 2236 section 2; version 3, RFC 3376 section 4. A query is told from its versions by its length.
#include "proto/fill.h"
#include "proto/forms.h"
#include "proto/registry.h"

namespace proto {
namespace {

constexpr Option ipv4_list = {.name = "sources", .form = Form::ipv4_list};

constexpr Field fields[] = {u8("type").selector("igmp.type"), u8("max_response"), u16("chksum").computed()};
constexpr Binding bindings[] = {{"ip.proto", 2, true}};
constexpr Spec spec = {
    .tag = "Igmp",
    .help = "group membership",
    .summary = "IGMP type {type}",
    .fields = fields,
    .bindings = bindings,
    .full_only = true,
    // A query too short for version 3.
    .next = [](const Header& h, std::size_t) noexcept -> const Layer* {
      return h.u8(0) == 0x11 ? Registry::get().find("IgmpGroup") : nullptr;
    },
    .fill = [](Fill& fill) { fill.set_checksum(index_of(fields, "chksum"), Sum(), fill.whole()); }};
const Protocol<spec> igmp;

constexpr Field group_fields[] = {ipv4("group")};
constexpr Binding group_bindings[] = {{"igmp.type", 0x16, true}, {"igmp.type", 0x12, true}, {"igmp.type", 0x17, true}};
constexpr Spec group_spec = {.tag = "IgmpGroup",
                             .help = "group of an IGMP version 2 message",
                             .summary = "group {group}",
                             .fields = group_fields,
                             .bindings = group_bindings,
                             .full_only = true};
const Protocol<group_spec> group_layer;

constexpr Codec sources_codec = {
    .extent = [](const Header& h, std::size_t) noexcept { return h.u16(6) * std::size_t{4}; },
    .write = [](Text& out, Bytes value, const Header& h) { write_form(out, ipv4_list, value, h.dialect); },
    .read = [](JsonIn& in, Wire& out, std::size_t) { return read_form(in, ipv4_list, out); },
    .form = "list of addresses"};

constexpr Field query_fields[] = {ipv4("group"),
                                  number("reserved", 4),
                                  flag("suppress"),
                                  number("robustness", 3, 2),
                                  u8("query_interval", 125),
                                  u16("source_count").computed(),
                                  custom("sources", sources_codec)};
constexpr Binding query_bindings[] = {{"igmp.type", 0x11, true}};
constexpr Spec query_spec = {
    .tag = "IgmpQuery",
    .help = "IGMP version 3 membership query",
    .summary = "query for {group}",
    .fields = query_fields,
    .bindings = query_bindings,
    .full_only = true,
    .fill = [](Fill& fill) { fill.set(index_of(query_fields, "source_count"), (fill.header().size() - 8) / 4); }};
const Protocol<query_spec> query;

constexpr Name record_types[] = {{1, "IsInclude"}, {2, "IsExclude"}, {3, "ToInclude"}, {4, "ToExclude"}, {5, "Allow"}, {6, "Block"}};
constexpr Field record_head[] = {choice("type", 8, record_types), u8("aux_words"), u16("source_count"), ipv4("group")};
constexpr std::size_t record_head_size = fields_size(record_head);

// Record by record: the head, addresses as many as it says, auxiliary words.
std::size_t record_size(const Header& h, std::size_t at) noexcept {
  return record_head_size + h.u16(at + 2) * std::size_t{4} + h.u8(at + 1) * std::size_t{4};
}

void write_records(Text& out, Bytes value, const Header& h) {
  char separator = '[';
  for (std::size_t at = 0; at + record_head_size <= value.size();) {
    const Header records{value.data(), value.size(), h.dialect};
    const std::size_t sources = records.u16(at + 2) * std::size_t{4};
    const std::size_t size = record_size(records, at);
    if (size > value.size() - at) break;
    out.push(separator);
    separator = ',';
    append_fields(out, record_head, value.data() + at);
    out.cut(out.size() - 1);
    out.append(R"(,"sources":)");
    write_form(out, ipv4_list, value.subspan(at + record_head_size, sources), h.dialect);
    out.append(R"(,"aux":)");
    append_byte_list(out, value.subspan(at + record_head_size + sources, size - record_head_size - sources));
    out.push('}');
    at += size;
  }
  if (separator == '[') out.push('[');
  out.push(']');
}

bool read_record(JsonIn& in, Wire& out) {
  const std::size_t start = out.size();
  out.append_zeros(record_head_size);
  Wire sources, aux;
  bool counted = false, aux_counted = false;
  const bool good = in.object([&](std::string_view key) {
    std::uint64_t value = 0;
    if (key == "type") {
      if (!read_name(in, record_types, 255, value)) return false;
      out.patch(start, value, 1);
    } else if (key == "aux_words") {
      if (!in.number(value, 255)) return false;
      out.patch(start + 1, value, 1);
      aux_counted = true;
    } else if (key == "source_count") {
      if (!in.number(value, 0xffff)) return false;
      out.patch(start + 2, value, 2);
      counted = true;
    } else if (key == "group") {
      Wire address;
      if (!read_ipv4(in, address)) return false;
      std::memcpy(&out[start + 4], address.data(), 4);
    } else if (key == "sources") {
      return sources.clear(), read_form(in, ipv4_list, sources);
    } else if (key == "aux") {
      return aux.clear(), in.bytes(aux);
    } else {
      return in.skip();
    }
    return true;
  });
  out.append(sources.span());
  out.append(aux.span());
  if (!counted) out.patch(start + 2, sources.size() / 4, 2);
  if (!aux_counted) out.patch(start + 1, aux.size() / 4, 1);
  return good;
}

constexpr Codec records_codec = {
    .extent =
        [](const Header& h, std::size_t at) noexcept {
          const std::size_t start = at;
          for (unsigned left = h.u16(2); left > 0; --left) {
            if (at + record_head_size > h.size || record_size(h, at) > h.size - at) return refused;
            at += record_size(h, at);
          }
          return at - start;
        },
    .write = write_records,
    .read = [](JsonIn& in, Wire& out, std::size_t) { return in.array([&] { return read_record(in, out); }); },
    .form = "list of group records"};

constexpr Field report_fields[] = {u16("reserved"), u16("record_count").computed(), custom("records", records_codec)};
constexpr Binding report_bindings[] = {{"igmp.type", 0x22, true}};

void fill_report(Fill& fill) {
  const Bytes report = fill.header();
  const Header h{report.data(), report.size(), Dialect::full};
  unsigned records = 0;
  for (std::size_t at = 4; at + record_head_size <= h.size && record_size(h, at) <= h.size - at; at += record_size(h, at)) ++records;
  fill.set(index_of(report_fields, "record_count"), records);
}

constexpr Spec report_spec = {.tag = "IgmpReport",
                              .help = "IGMP version 3 membership report",
                              .summary = "report of {record_count} groups",
                              .fields = report_fields,
                              .bindings = report_bindings,
                              .full_only = true,
                              .fill = fill_report};
const Protocol<report_spec> report;

}  // namespace
}  // namespace proto
