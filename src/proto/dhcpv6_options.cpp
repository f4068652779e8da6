#include "proto/dhcpv6_options.h"

#include "proto/dhcpv6_forms.h"
#include "proto/reader.h"

namespace proto::dhcpv6 {
namespace {

constexpr Name status_codes[] = {{0, "Success"},       {1, "UnspecFail"},        {2, "NoAddrsAvail"},    {3, "NoBinding"},
                                 {4, "NotOnLink"},     {5, "UseMulticast"},      {6, "NoPrefixAvail"},   {7, "UnknownQueryType"},
                                 {8, "MalformedQuery"}, {9, "NotConfigured"},    {10, "NotAllowed"},     {11, "QueryTerminated"},
                                 {12, "DataMissing"},  {13, "CatchUpComplete"},  {14, "NotSupported"},   {15, "TLSConnectionRefused"},
                                 {16, "AddressInUse"}, {17, "ConfigurationConflict"}, {18, "MissingBindingInformation"},
                                 {19, "OutdatedBindingInformation"}, {20, "ServerShuttingDown"}, {21, "DNSUpdateNotSupported"},
                                 {22, "ExcessiveTimeSkew"}};

// An object of the table below: fixed fields, then a tail.
struct Shape {
  std::uint32_t code;
  std::string_view name;
  std::span<const Field> fields;
  Tail tail;
  std::string_view tail_name;
};

constexpr Field ia_fields[] = {u32("iaid"), u32("t1"), u32("t2")};
constexpr Field ta_fields[] = {u32("iaid")};
constexpr Field address_fields[] = {ipv6("ipv6_addr"), u32("preferred_lifetime"), u32("valid_lifetime")};
constexpr Field prefix_fields[] = {u32("preferred_lifetime"), u32("valid_lifetime"), u8("prefix_length"), ipv6("prefix")};
constexpr Field status_fields[] = {choice("status", 16, status_codes)};
constexpr Field enterprise_fields[] = {u32("enterprise_number")};
constexpr Field civic_fields[] = {u8("what"), u16("country_code")};
constexpr Field query_fields[] = {u8("query_type"), ipv6("link_address")};
constexpr Field relay_data_fields[] = {ipv6("peer_address")};
constexpr Field nii_fields[] = {u8("undi_type"), u8("arch_type"), u8("undi_major"), u8("undi_minor")};

constexpr Shape shapes[] = {
    {3, "IaNa", ia_fields, Tail::options, "options"},
    {4, "IaTa", ta_fields, Tail::options, "options"},
    {5, "IaAddr", address_fields, Tail::options, "options"},
    {13, "StatusCode", status_fields, Tail::text, "message"},
    {16, "VendorClass", enterprise_fields, Tail::bytes16, "vendor_classes"},
    {17, "VendorOpts", enterprise_fields, Tail::code_bytes16, "options"},
    {25, "IaPd", ia_fields, Tail::options, "options"},
    {26, "IaPrefix", prefix_fields, Tail::options, "options"},
    {36, "GeoconfCivic", civic_fields, Tail::code_bytes8, "civic_address_elements"},
    {44, "LqQuery", query_fields, Tail::options, "query_options"},
    {47, "LqRelayData", relay_data_fields, Tail::bytes, "relay_data"},
    {62, "Nii", nii_fields, Tail::none, ""},
};

bool write_tail(Text& out, Tail tail, Bytes value, Dialect dialect, int depth) {
  switch (tail) {
    case Tail::none: return value.empty();
    case Tail::bytes: return append_byte_list(out, value), true;
    case Tail::text: return is_utf8(value) && (append_string(out, value), true);
    case Tail::options: return write_options(out, value, dialect, depth + 1);
    case Tail::bytes16: return write_counted(out, value, 0, 2);
    case Tail::code_bytes16: return write_counted(out, value, 2, 2);
    case Tail::code_bytes8: return write_counted(out, value, 1, 1);
  }
  return false;
}

bool read_tail(JsonIn& in, Tail tail, Wire& out) {
  std::string_view text;
  switch (tail) {
    case Tail::none: return in.skip();
    case Tail::bytes: return in.bytes(out);
    case Tail::text: return in.string(text) && (out.text(text), true);
    case Tail::options: return read_options(in, out);
    case Tail::bytes16: return read_counted(in, out, 0, 2);
    case Tail::code_bytes16: return read_counted(in, out, 2, 2);
    case Tail::code_bytes8: return read_counted(in, out, 1, 1);
  }
  return false;
}

bool write_shape(Text& out, const Shape& shape, Bytes value, Dialect dialect, int depth) {
  const std::size_t fixed = fields_size(shape.fields);
  if (value.size() < fixed) return false;
  if (shape.code == 13 && name_of(status_codes, static_cast<std::uint64_t>(value[0] << 8 | value[1])).empty()) return false;
  append_fields(out, shape.fields, value.data());
  if (shape.tail == Tail::none) return value.size() == fixed;
  out.cut(out.size() - 1);
  out.push(',');
  append_string(out, shape.tail_name);
  out.push(':');
  if (!write_tail(out, shape.tail, value.subspan(fixed), dialect, depth)) return false;
  out.push('}');
  return true;
}

bool write_reconfigure(Text& out, Bytes value, Dialect) {
  if (value.size() != 1 || name_of(message_types, value[0]).empty()) return false;
  append_name(out, message_types, value[0]);
  return true;
}

bool read_reconfigure(JsonIn& in, Wire& out) {
  std::uint64_t value = 0;
  if (!read_name(in, message_types, 255, value)) return false;
  out.u8(value);
  return true;
}

bool write_requested(Text& out, Bytes value, Dialect dialect);
bool read_requested(JsonIn& in, Wire& out);

constexpr Option options[] = {
    {1, "ClientId", Form::own, {}, false, write_duid, read_duid},
    {2, "ServerId", Form::own, {}, false, write_duid, read_duid},
    {6, "OptionRequest", Form::own, {}, false, write_requested, read_requested},
    {7, "Preference", Form::number8},
    {8, "ElapsedTime", Form::number16},
    {9, "RelayMessage", Form::bytes},
    {11, "Auth", Form::own, {}, false, write_auth, read_auth},
    {12, "ServerUnicast", Form::ipv6},
    {14, "RapidCommit", Form::none},
    {15, "UserClass", Form::own, {}, false, write_parts, read_parts},
    {18, "InterfaceId", Form::bytes},
    {19, "ReconfMessage", Form::own, {}, false, write_reconfigure, read_reconfigure},
    {20, "ReconfAccept", Form::none},
    {21, "SipServersDomainList", Form::own, {}, false, write_domains, read_domains},
    {22, "SipServersAddressList", Form::ipv6_list},
    {23, "DnsServers", Form::ipv6_list},
    {24, "DomainSearchList", Form::own, {}, false, write_domains, read_domains},
    {27, "NisServers", Form::ipv6_list},
    {28, "NisPlusServers", Form::ipv6_list},
    {29, "NisDomainName", Form::text},
    {30, "NisPlusDomainName", Form::text},
    {32, "InformationRefreshTime", Form::number32},
    {33, "BcmcsControllerDomainList", Form::own, {}, false, write_domains, read_domains},
    {34, "BcmcsControllerIpv6AddressList", Form::ipv6_list},
    {39, "ClientFqdn", Form::own, {}, false, write_fqdn, read_fqdn},
    {45, "ClientDataOption", Form::bytes},
    {46, "CltTime", Form::number32},
    {48, "LqClientLink", Form::ipv6_list},
    {59, "BootfileUrl", Form::text},
    {60, "BootfileParam", Form::own, {}, false, write_texts, read_texts},
    {61, "ClientArchType", Form::list16},
    {64, "AftrName", Form::text},
    {65, "EapMessage", Form::bytes},
    {67, "PrefixExclude", Form::bytes},
    {82, "SolMaxRt", Form::number32},
    {83, "InfMaxRt", Form::number32},
    {86, "PcpServer", Form::ipv6_list},
    {89, "S46Rule", Form::bytes},
    {90, "S46Br", Form::bytes},
    {91, "S46Dmr", Form::bytes},
    {92, "S46V4V6Bind", Form::bytes},
    {93, "S46PortParams", Form::bytes},
    {94, "S46ContMape", Form::bytes},
    {95, "S46ContMapt", Form::bytes},
    {96, "S46ContLw", Form::bytes},
    {97, "Ipv4Address", Form::bytes},
    {100, "Dhcpv6ActiveLeasequery", Form::bytes},
    {114, "DhcpFailoverEndpoint", Form::bytes},
};

// Options that have only a name here: they can be requested.
constexpr Name requested_only[] = {{31, "SntpServers"}, {63, "GeoLoc"}, {66, "RelaySuppliedOptions"}};

std::string_view option_name(std::uint32_t code) noexcept {
  if (const Option* option = find_option(options, code)) return option->name;
  for (const Shape& shape : shapes)
    if (shape.code == code) return shape.name;
  return name_of(requested_only, code);
}

const Shape* find_shape(std::string_view name) noexcept {
  for (const Shape& shape : shapes)
    if (shape.name == name) return &shape;
  return nullptr;
}

std::optional<std::uint32_t> option_code(std::string_view name) noexcept {
  if (const Option* option = find_option(options, name)) return option->code;
  if (const Shape* shape = find_shape(name)) return shape->code;
  if (const Name* other = find_name(requested_only, name)) return static_cast<std::uint32_t>(other->value);
  return {};
}

bool write_requested(Text& out, Bytes value, Dialect dialect) {
  return write_codes(out, value, 2, option_name, dialect == Dialect::classic ? std::optional(115u) : std::nullopt);
}

bool read_requested(JsonIn& in, Wire& out) { return read_codes(in, out, 2, option_code); }

bool read_unknown_option(JsonIn& in, std::uint64_t& code, Wire& out) {
  const std::size_t start = out.size();
  return in.object([&](std::string_view key) {
    if (key == "option_code") return in.number(code, 0xffff);
    if (key != "data") return in.skip();
    out.cut(start);
    return in.bytes(out);
  });
}

bool read_element(JsonIn& in, Wire& out) {
  return in.variant([&](std::string_view name, bool has_value) {
    const Option* option = find_option(options, name);
    const Shape* shape = find_shape(name);
    const bool unknown = name == "UnknownOption";
    if (option == nullptr && shape == nullptr && !unknown) {
      std::string problem = no_option(options, name);
      for (const Shape& other : shapes) problem.append(" ").append(other.name);
      return in.fail(std::move(problem));
    }
    if (!has_value && (option == nullptr || option->form != Form::none)) return in.fail("an option without its value");
    const std::size_t start = out.size();
    out.u32(0);
    std::uint64_t code = option != nullptr ? option->code : shape != nullptr ? shape->code : 0;
    const bool good = !has_value ? true
                      : option != nullptr ? read_form(in, *option, out)
                      : shape != nullptr ? read_object(in, shape->fields, shape->tail, shape->tail_name, out)
                                         : read_unknown_option(in, code, out);
    if (!good) return false;
    if (out.size() - start - 4 > 0xffff) return in.fail("an option of more than 65535 bytes");
    out.patch(start, code, 2);
    out.patch(start + 2, out.size() - start - 4, 2);
    return true;
  });
}

}  // namespace

bool read_object(JsonIn& in, std::span<const Field> fields, Tail tail, std::string_view tail_name, Wire& out) {
  const char* begin = in.mark();
  if (!read_fields(in, fields, out)) return false;
  if (tail == Tail::none) return true;
  const char* end = in.position();
  in.go_back(begin);
  const std::size_t fixed = out.size();
  const bool good = in.object([&](std::string_view key) {
    if (key != tail_name) return in.skip();
    out.cut(fixed);
    return read_tail(in, tail, out);
  });
  if (good) in.go_back(end);
  return good;
}

std::size_t write_element(Text& out, Bytes list, Dialect dialect, int depth) {
  constexpr int deepest = 8;
  if (list.size() < 4) return 0;
  const auto code = static_cast<std::uint16_t>(list[0] << 8 | list[1]);
  const std::size_t size = static_cast<std::size_t>(list[2] << 8 | list[3]);
  if (size > list.size() - 4) return 0;
  const Bytes value = list.subspan(4, size);
  const std::size_t start = out.size();
  bool known = false;
  if (const Option* option = find_option(options, code)) {
    known = true;
    if (write_option(out, *option, value, dialect)) return 4 + size;
  }
  for (const Shape& shape : shapes) {
    if (shape.code != code) continue;
    known = true;
    out.push('{');
    append_string(out, shape.name);
    out.push(':');
    if (depth < deepest && write_shape(out, shape, value, dialect, depth)) {
      out.push('}');
      return 4 + size;
    }
  }
  out.cut(start);
  if (known && dialect == Dialect::classic) return 0;
  out.append(R"({"UnknownOption":{"option_code":)");
  append_number(out, code);
  out.append(R"(,"data":)");
  append_byte_list(out, value);
  out.append("}}");
  return 4 + size;
}

bool write_options(Text& out, Bytes list, Dialect dialect, int depth) {
  char separator = '[';
  while (!list.empty()) {
    out.push(separator);
    separator = ',';
    const std::size_t size = write_element(out, list, dialect, depth);
    if (size == 0) return false;
    list = list.subspan(size);
  }
  if (separator == '[') out.push('[');
  out.push(']');
  return true;
}

bool read_options(JsonIn& in, Wire& out) {
  return in.array([&] { return read_element(in, out); });
}

}  // namespace proto::dhcpv6
