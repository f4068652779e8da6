#include "proto/dhcpv6_options.h"

#include "proto/forms.h"
#include "proto/reader.h"

namespace proto::dhcpv6 {
namespace {

constexpr Name hardware_types[] = {{1, "Ethernet"},      {2, "ExperimentalEthernet"}, {3, "AX25"},         {4, "ProNETTokenRing"},
                                   {5, "Chaos"},         {6, "IEEE802"},              {7, "ARCNET"},       {8, "Hyperchannel"},
                                   {9, "Lanstar"},       {10, "AutonetShortAddress"}, {11, "LocalTalk"},   {12, "LocalNet"},
                                   {13, "UltraLink"},    {14, "SMDS"},                {15, "FrameRelay"},  {16, "ATM"},
                                   {17, "HDLC"},         {18, "FibreChannel"},        {19, "ATM2"},        {20, "SerialLine"},
                                   {21, "ATM3"},         {22, "MILSTD188220"},        {23, "Metricom"},    {24, "IEEE1394"},
                                   {25, "MAPOS"},        {26, "Twinaxial"},           {27, "EUI64"},       {28, "HIPARP"},
                                   {29, "ISO7816"},      {30, "ARPSec"},              {31, "IPsecTunnel"}, {32, "InfiniBand"},
                                   {33, "TIA102"},       {34, "Wiegand"},             {35, "PureIP"},      {36, "HWEXP1"},
                                   {37, "HFI"}};

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

// `[first,[bytes]]` or a list of bytes, each with its length before it.
bool write_counted(Text& out, Bytes value, std::size_t code_size, std::size_t length_size) {
  Reader in(value);
  char separator = '[';
  while (in.left() > 0) {
    const std::uint64_t code = in.number(code_size);
    const Bytes part = in.take(in.number(length_size));
    if (in.failed()) return false;
    out.push(separator);
    separator = ',';
    if (code_size > 0) {
      out.push('[');
      append_number(out, code);
      out.push(',');
    }
    append_byte_list(out, part);
    if (code_size > 0) out.push(']');
  }
  if (separator == '[') out.push('[');
  out.push(']');
  return true;
}

bool read_counted(JsonIn& in, Wire& out, std::size_t code_size, std::size_t length_size) {
  return in.array([&] {
    auto part = [&] {
      const std::size_t at = out.size();
      out.number(0, length_size);
      if (!in.bytes(out)) return false;
      const std::size_t length = out.size() - at - length_size;
      if (length >> (8 * length_size) != 0) return in.fail("a part of " + std::to_string(length) + " bytes");
      out.patch(at, length, length_size);
      return true;
    };
    if (code_size == 0) return part();
    return in.tuple(2, [&](std::size_t i) {
      std::uint64_t code = 0;
      if (i == 1) return part();
      if (!in.number(code, code_size == 1 ? 255 : 0xffff)) return false;
      out.number(code, code_size);
      return true;
    });
  });
}

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

// --- DUIDs, section 11

constexpr Field llt_fields[] = {choice("hardware_type", 16, hardware_types), u32("time")};
constexpr Field en_fields[] = {u32("enterprise_number")};
constexpr Field ll_fields[] = {choice("hardware_type", 16, hardware_types)};

struct DuidForm {
  std::uint16_t type;
  std::string_view name;
  std::span<const Field> fields;
  std::string_view tail_name;
};
constexpr DuidForm duids[] = {{1, "Llt", llt_fields, "link_layer_addr"}, {2, "En", en_fields, "identifier"}, {3, "Ll", ll_fields, "link_layer_addr"}, {4, "Uuid", {}, "uuid"}};

bool write_duid(Text& out, Bytes value, Dialect dialect) {
  if (value.size() < 2) return false;
  const unsigned type = static_cast<unsigned>(value[0] << 8 | value[1]);
  for (const DuidForm& duid : duids) {
    if (duid.type != type) continue;
    const std::size_t fixed = 2 + fields_size(duid.fields);
    if (value.size() < fixed || (type == 4 && value.size() != 18)) return false;
    if ((type == 1 || type == 3) && name_of(hardware_types, static_cast<std::uint64_t>(value[2] << 8 | value[3])).empty()) return false;
    out.push('{');
    append_string(out, duid.name);
    out.append(":");
    if (duid.fields.empty()) {
      out.push('{');
    } else {
      append_fields(out, duid.fields, value.data() + 2);
      out.cut(out.size() - 1);
      out.push(',');
    }
    append_string(out, duid.tail_name);
    out.push(':');
    append_byte_list(out, value.subspan(fixed));
    out.append("}}");
    return true;
  }
  if (dialect == Dialect::classic) return false;
  out.append(R"({"Unknown":)");
  append_byte_list(out, value);
  out.push('}');
  return true;
}

bool read_duid(JsonIn& in, Wire& out) {
  return in.variant([&](std::string_view name, bool has_value) {
    if (!has_value) return in.fail("a DUID without its value");
    if (name == "Unknown") return in.bytes(out);
    for (const DuidForm& duid : duids) {
      if (duid.name != name) continue;
      out.u16(duid.type);
      return read_object(in, duid.fields, Tail::bytes, duid.tail_name, out);
    }
    return in.fail("'" + std::string(name) + "' is no kind of DUID");
  });
}

// --- Authentication, section 21.11: replay detection has 8 bytes.

constexpr Field auth_fields[] = {u8("protocol"), u8("algorithm"), u8("rdm"), bytes("replay_detection", 8)};

bool write_auth(Text& out, Bytes value, Dialect) {
  if (value.size() < 11) return false;
  append_fields(out, auth_fields, value.data());
  out.cut(out.size() - 1);
  out.append(R"(,"auth_info":)");
  append_byte_list(out, value.subspan(11));
  out.push('}');
  return true;
}

bool read_auth(JsonIn& in, Wire& out) { return read_object(in, auth_fields, Tail::bytes, "auth_info", out); }

// --- Domain names, section 10: labels, no compression; text without a final dot.

bool write_domain(Text& out, Reader& in, bool may_end) {
  std::string name;
  for (;;) {
    if (in.left() == 0 && may_end) break;
    const std::uint8_t length = in.u8();
    const Bytes label = in.take(length);
    if (in.failed() || length > 63 || !is_utf8(label)) return false;
    if (length == 0) break;
    if (!name.empty()) name += '.';
    for (const std::uint8_t c : label) {
      if (c == '.') return false;
      name += static_cast<char>(c);
    }
  }
  append_string(out, name);
  return true;
}

bool read_domain(JsonIn& in, Wire& out, bool final_zero) {
  std::string_view name;
  if (!in.string(name)) return false;
  if (name.ends_with('.')) name.remove_suffix(1);
  while (!name.empty()) {
    const std::size_t length = std::min(name.find('.'), name.size());
    if (length == 0 || length > 63) return in.fail("a label of " + std::to_string(length) + " characters");
    out.u8(length);
    out.text(name.substr(0, length));
    name.remove_prefix(std::min(length + 1, name.size()));
  }
  if (final_zero) out.u8(0);
  return true;
}

bool write_domains(Text& out, Bytes value, Dialect) {
  Reader in(value);
  char separator = '[';
  while (in.left() > 0) {
    out.push(separator);
    separator = ',';
    if (!write_domain(out, in, false)) return false;
  }
  if (separator == '[') out.push('[');
  out.push(']');
  return true;
}

bool read_domains(JsonIn& in, Wire& out) {
  return in.array([&] { return read_domain(in, out, true); });
}

// RFC 4704: a name that is not complete has no final zero. The ancestor's encoder never writes one.
bool write_fqdn(Text& out, Bytes value, Dialect dialect) {
  if (value.empty()) return false;
  const bool complete = value.size() > 1 && value.back() == 0;
  out.append(R"({"flags":)");
  append_number(out, value[0]);
  out.append(R"(,"fqdn":)");
  Reader in(value.subspan(1));
  if (!write_domain(out, in, true) || in.left() > 0) return false;
  if (complete && dialect == Dialect::classic) return false;
  if (complete) {
    // The final dot says that the name is complete.
    out.cut(out.size() - 1);
    out.append(".\"");
  }
  out.push('}');
  return true;
}

bool read_fqdn(JsonIn& in, Wire& out) {
  const std::size_t start = out.size();
  out.u8(0);
  return in.object([&](std::string_view key) {
    std::uint64_t flags = 0;
    if (key == "flags") {
      if (!in.number(flags, 255)) return false;
      out.patch(start, flags, 1);
      return true;
    }
    if (key != "fqdn") return in.skip();
    out.cut(start + 1);
    const char* mark = in.mark();
    std::string_view name;
    if (!in.string(name)) return false;
    const bool complete = name.ends_with('.');
    in.go_back(mark);
    return read_domain(in, out, complete);
  });
}

// --- Lists of counted parts, of texts, of option names

bool write_parts(Text& out, Bytes value, Dialect) { return write_counted(out, value, 0, 2); }
bool read_parts(JsonIn& in, Wire& out) { return read_counted(in, out, 0, 2); }

bool write_texts(Text& out, Bytes value, Dialect) {
  Reader in(value);
  char separator = '[';
  while (in.left() > 0) {
    const Bytes text = in.take(in.u16());
    if (in.failed() || !is_utf8(text)) return false;
    out.push(separator);
    separator = ',';
    append_string(out, text);
  }
  if (separator == '[') out.push('[');
  out.push(']');
  return true;
}

bool read_texts(JsonIn& in, Wire& out) {
  return in.array([&] {
    std::string_view text;
    if (!in.string(text)) return false;
    if (text.size() > 0xffff) return in.fail("a text of more than 65535 bytes");
    out.u16(text.size());
    out.text(text);
    return true;
  });
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

std::string_view option_name(std::uint16_t code) noexcept {
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

bool write_requested(Text& out, Bytes value, Dialect dialect) {
  if (value.size() % 2 != 0) return false;
  Reader in(value);
  char separator = '[';
  while (in.left() > 0) {
    const std::uint16_t code = in.u16();
    if (dialect == Dialect::classic && code == 115) return false;
    out.push(separator);
    separator = ',';
    if (const std::string_view name = option_name(code); !name.empty()) {
      append_string(out, name);
    } else {
      out.append(R"({"Unknown":)");
      append_number(out, code);
      out.push('}');
    }
  }
  if (separator == '[') out.push('[');
  out.push(']');
  return true;
}

bool read_requested(JsonIn& in, Wire& out) {
  return in.array([&] {
    return in.variant([&](std::string_view name, bool has_value) {
      std::uint64_t code = 0;
      if (const Option* option = find_option(options, name))
        code = option->code;
      else if (const Shape* shape = find_shape(name))
        code = shape->code;
      else if (const Name* other = find_name(requested_only, name))
        code = other->value;
      else if (name != "Unknown" || !has_value || !in.number(code, 0xffff))
        return in.fail("no option is called '" + std::string(name) + "'");
      out.u16(code);
      return true;
    });
  });
}

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
    if (option == nullptr && shape == nullptr && !unknown) return in.fail("no option is called '" + std::string(name) + "'");
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
