// Multicast listener discovery: version 1, RFC 2710 section 3; version 2, RFC 3810 section 5. Raw in the classic dialect.
#include "proto/fill.h"
#include "proto/forms.h"
#include "proto/reader.h"
#include "proto/registry.h"

namespace proto {
namespace {

constexpr Option address_list = {.name = "sources", .form = Form::ipv6_list};

constexpr Field message_fields[] = {u16("max_response"), u16("reserved"), ipv6("group")};
constexpr Binding query_bindings[] = {{"icmpv6.type", 130}};
constexpr Spec query_spec = {.tag = "icmpv6MldQuery",
                             .help = "multicast listener query",
                             .summary = "MLD query {group}",
                             .fields = message_fields,
                             .bindings = query_bindings,
                             .full_only = true,
                             // A query of version 2 is told by its length alone.
                             .next = [](const Header&, std::size_t) noexcept { return Registry::get().find("icmpv6MldQueryV2"); }};
const Protocol<query_spec> query;

constexpr Binding report_bindings[] = {{"icmpv6.type", 131}};
constexpr Spec report_spec = {.tag = "icmpv6MldReport",
                              .help = "multicast listener report, version 1",
                              .summary = "MLD report {group}",
                              .fields = message_fields,
                              .bindings = report_bindings,
                              .full_only = true};
const Protocol<report_spec> report;

constexpr Binding done_bindings[] = {{"icmpv6.type", 132}};
constexpr Spec done_spec = {.tag = "icmpv6MldDone",
                            .help = "multicast listener done",
                            .summary = "MLD done {group}",
                            .fields = message_fields,
                            .bindings = done_bindings,
                            .full_only = true};
const Protocol<done_spec> done;

constexpr Codec sources_codec = {
    .extent =
        [](const Header& h, std::size_t at) noexcept {
          const std::size_t size = h.u16(2) * std::size_t{16};
          return size <= h.size - at ? size : refused;
        },
    .write = [](Text& out, Bytes value, const Header&) { write_form(out, address_list, value, Dialect::full); },
    .read = [](JsonIn& in, Wire& out, std::size_t) { return read_form(in, address_list, out); },
    .form = "list of IPv6 addresses"};

constexpr Field version2_fields[] = {number("resv", 4), flag("suppress"), number("qrv", 3, 2), u8("qqic", 125), u16("sources_count").computed(),
                                     custom("sources", sources_codec)};
constexpr Spec version2_spec = {.tag = "icmpv6MldQueryV2",
                                .help = "what version 2 adds to a multicast listener query",
                                .summary = "version 2 sources {sources}",
                                .fields = version2_fields,
                                .full_only = true,
                                .fill = [](Fill& fill) { fill.set(index_of(version2_fields, "sources_count"), (fill.header().size() - 4) / 16); }};
const Protocol<version2_spec> version2;

// Multicast address records: type, auxiliary words, source count, group, sources, auxiliary data.
std::size_t record_size(Bytes list) noexcept {
  Reader in(list);
  in.u8();
  const std::size_t words = in.u8(), sources = in.u16();
  const std::size_t size = 20 + sources * 16 + words * 4;
  return list.size() >= 20 && size <= list.size() ? size : 0;
}

bool read_record(JsonIn& in, Wire& out) {
  Wire sources, aux;
  const std::size_t start = out.size();
  out.append_zeros(20);
  out.patch(start, 4, 1);
  const bool good = in.object([&](std::string_view key) {
    std::uint64_t value = 0;
    if (key == "sources") return sources.clear(), read_form(in, address_list, sources);
    if (key == "aux") return aux.clear(), in.bytes(aux);
    if (key == "group") {
      Wire group;
      if (!read_ipv6(in, group)) return false;
      std::memcpy(&out[start + 4], group.data(), 16);
      return true;
    }
    if (key != "type") return in.skip();
    if (!in.number(value, 255)) return false;
    out.patch(start, value, 1);
    return true;
  });
  if (!good) return false;
  if (aux.size() % 4 != 0 || aux.size() / 4 > 255 || sources.size() / 16 > 0xffff) return in.fail("a record of a wrong size");
  out.patch(start + 1, aux.size() / 4, 1);
  out.patch(start + 2, sources.size() / 16, 2);
  out.append(sources.span());
  out.append(aux.span());
  return true;
}

constexpr Codec records_codec = {
    .extent =
        [](const Header& h, std::size_t at) noexcept {
          const std::size_t start = at;
          for (unsigned i = h.u16(2); i > 0; --i) {
            const std::size_t size = record_size(h.from(at));
            if (size == 0) return refused;
            at += size;
          }
          return at - start;
        },
    .write =
        [](Text& out, Bytes list, const Header&) {
          char separator = '[';
          while (const std::size_t size = record_size(list)) {
            out.push(separator);
            separator = ',';
            const std::size_t sources = Reader(list.subspan(2)).u16() * std::size_t{16};
            out.append(R"({"type":)");
            append_number(out, list[0]);
            out.append(R"(,"group":)");
            append_ipv6(out, list.data() + 4);
            out.append(R"(,"sources":)");
            write_form(out, address_list, list.subspan(20, sources), Dialect::full);
            out.append(R"(,"aux":)");
            append_byte_list(out, list.subspan(20 + sources, size - 20 - sources));
            out.push('}');
            list = list.subspan(size);
          }
          if (separator == '[') out.push('[');
          out.push(']');
        },
    .read =
        [](JsonIn& in, Wire& out, std::size_t) {
          out.notes[0] = 0;
          return in.array([&] { return ++out.notes[0], read_record(in, out); });
        },
    .form = "list of {type, group, sources, aux}"};

constexpr Field report2_fields[] = {u16("reserved"), u16("records_count").computed(), custom("records", records_codec)};
constexpr Binding report2_bindings[] = {{"icmpv6.type", 143}};
constexpr Spec report2_spec = {.tag = "icmpv6MldReportV2",
                               .help = "multicast listener report, version 2",
                               .summary = "MLD report {records}",
                               .fields = report2_fields,
                               .bindings = report2_bindings,
                               .full_only = true,
                               .fill = [](Fill& fill) {
                                 if (const auto* notes = fill.notes()) fill.set(index_of(report2_fields, "records_count"), (*notes)[0]);
                               }};
const Protocol<report2_spec> report2;

}  // namespace
}  // namespace proto
