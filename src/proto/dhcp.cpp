// BOOTP, RFC 951, and DHCP, RFC 2131; options RFC 2132. What the ancestor drops or misreads is raw in the classic
// dialect (jsonl.md section 11); the full one writes such options as `{"Unknown":[code,[bytes]]}`.
// An End is there when the list says so, and only then: the ancestor appended one to every list without it, and so changed the
// packets that have none.
#include "proto/fill.h"
#include "proto/forms.h"

namespace proto {
namespace {

constexpr std::uint32_t magic_cookie = 0x63825363;
constexpr std::size_t vendor_area = 60;

constexpr Codec vend_codec = {
    .extent = [](const Header&, std::size_t) noexcept { return std::size_t{0}; },
    .write = [](Text& out, Bytes, const Header&) { append_string(out, "Unset"); },
    // The ancestor reads `{"Set":[…]}` and never encodes it; the bytes come in the layer behind.
    .read = [](JsonIn& in, Wire&, std::size_t) { return in.skip(); },
    .form = "\"Unset\""};

constexpr Name bootp_flags[] = {{0x8000, "broadcast"}};
constexpr Field bootp_fields[] = {u8("op", 1),       u8("htype"),      u8("hlen"),       u8("hops"),
                                  u32("xid"),        u16("secs"),      u16("flags").with_flags(bootp_flags), ipv4("ciaddr"),
                                  ipv4("yiaddr"),    ipv4("siaddr"),   ipv4("giaddr"),   bytes("chaddr", 16),
                                  bytes("sname", 64), bytes("file", 128), u32("cookie", 1193046).selector("bootp.cookie"),
                                  custom("vend", vend_codec)};
constexpr Binding bootp_bindings[] = {{"udp.port", 67}, {"udp.port", 68}};
constexpr Spec bootp_spec = {
    .tag = "Bootp",
    .help = "BOOTP header, below DHCP",
    .summary = "BOOTP op {op} xid {xid}",
    .fields = bootp_fields,
    .bindings = bootp_bindings,
    .accepts = [](const Header& h, std::size_t size) noexcept { return h.u32(236) == magic_cookie || h.size - size >= vendor_area; },
    .fill = [](Fill& fill) {
      // A server's answer goes to the client's port.
      if (fill.below() == nullptr || fill.below()->tag() != "Udp" || fill.get(index_of(bootp_fields, "op")) != 2) return;
      Fill udp = fill.lower();
      if (udp.wants(1) && udp.get(1) == 67) udp.put(1, 68);
    }};
const Protocol<bootp_spec> bootp;

constexpr Name message_types[] = {{1, "DhcpDiscover"}, {2, "DhcpOffer"}, {3, "DhcpRequest"}, {4, "DhcpDecline"},
                                  {5, "DhcpAck"},      {6, "DhcpNak"},   {7, "DhcpRelease"}, {8, "DhcpInform"}};

bool write_message_type(Text& out, Bytes value, Dialect dialect) {
  if (value.size() != 1 || value[0] < 1 || value[0] > (dialect == Dialect::full ? 8 : 7)) return false;
  append_name(out, message_types, value[0]);
  return true;
}

bool read_message_type(JsonIn& in, Wire& out) {
  std::uint64_t value = 0;
  if (!read_name(in, message_types, 255, value)) return false;
  out.u8(value);
  return true;
}

bool write_identifier(Text& out, Bytes value, Dialect) {
  if (value.empty()) return false;
  out.push('[');
  append_number(out, value[0]);
  out.push(',');
  append_byte_list(out, value.subspan(1));
  out.push(']');
  return true;
}

bool read_identifier(JsonIn& in, Wire& out) {
  return in.tuple(2, [&](std::size_t i) {
    std::uint64_t type = 0;
    if (i == 1) return in.bytes(out);
    if (!in.number(type, 255)) return false;
    out.u8(type);
    return true;
  });
}

bool write_parameters(Text& out, Bytes value, Dialect dialect);
bool read_parameters(JsonIn& in, Wire& out);
bool write_vendor(Text& out, Bytes value, Dialect);
bool read_vendor(JsonIn& in, Wire& out);

constexpr Option options[] = {
    {1, "SubnetMask", Form::ipv4},
    {2, "TimeOffset", Form::signed32},
    {3, "Router", Form::ipv4_list},
    {4, "TimeServer", Form::ipv4_list},
    {5, "NameServer", Form::ipv4_list},
    {6, "DnsServer", Form::ipv4_list},
    {7, "LogServer", Form::ipv4_list},
    {8, "CookieServer", Form::ipv4_list},
    {9, "LprServer", Form::ipv4_list},
    {10, "ImpressServer", Form::ipv4_list},
    {11, "RlocServer", Form::ipv4_list},
    {12, "HostName", Form::text},
    {13, "BootFileSize", Form::number16},
    {14, "MeritDumpFile", Form::text},
    {15, "DomainName", Form::text},
    {16, "SwapServer", Form::ipv4},
    {17, "RootPath", Form::text},
    {18, "ExtensionsPath", Form::text},
    {19, "IpForwarding", Form::number8},
    {20, "NonLocalSrcRouting", Form::number8},
    {21, "PolicyFilter", Form::ipv4_pairs},
    {22, "MaxReassemblySize", Form::number16},
    {23, "DefaultTTL", Form::number8},
    {24, "PmtudAgingTimeout", Form::number32},
    {25, "PmtudPlateauTable", Form::list16},
    {26, "InterfaceMtu", Form::number16},
    {27, "AllSubnetsAreLocal", Form::number8},
    {28, "BroadcastAddress", Form::ipv4},
    {29, "PerformMaskDiscovery", Form::number8},
    {30, "MaskSupplier", Form::number8},
    {31, "PerformRouterDiscovery", Form::number8},
    {32, "RouterSolicitationAddress", Form::ipv4},
    {33, "StaticRoute", Form::ipv4_pairs},
    {34, "TrailerEncapsulation", Form::number8},
    {35, "ArpCacheTimeout", Form::number32},
    {36, "EthernetEncapsulation", Form::number8},
    {37, "TcpDefaultTtl", Form::number8},
    {38, "TcpKeepaliveInterval", Form::number32},
    {39, "TcpKeepaliveGarbage", Form::number8},
    {40, "NisDomain", Form::text},
    {41, "NisServers", Form::ipv4_list},
    {42, "NtpServers", Form::ipv4_list},
    {43, "VendorSpecific", Form::own, {}, false, write_vendor, read_vendor},
    {44, "NetBiosNameServer", Form::ipv4_list},
    {45, "NetBiosDatagramServer", Form::ipv4_list},
    {46, "NetBiosNodeType", Form::number8},
    {47, "NetBiosScope", Form::text},
    {48, "XWindowsFontServer", Form::ipv4_list},
    {49, "XWindowsDisplayManager", Form::ipv4_list},
    {50, "RequestedIpAddress", Form::ipv4},
    {51, "AddressLeaseTime", Form::number32},
    {52, "OptionOverload", Form::number8},
    {53, "DhcpMessageType", Form::own, {}, false, write_message_type, read_message_type},
    {54, "ServerIdentifier", Form::ipv4},
    {55, "ParameterRequestList", Form::own, {}, false, write_parameters, read_parameters},
    {56, "NakMessage", Form::text},
    {57, "MaxDhcpMessageSize", Form::number16},
    {58, "RenewalT1Value", Form::number32},
    {59, "RebindT2Value", Form::number32},
    {60, "ClientClass", Form::bytes},
    {61, "ClientIdentifier", Form::own, {}, false, write_identifier, read_identifier},
};

// Names of options. The ancestor turns a requested 62 into 0, and stops at a list of fewer than two.
bool write_parameters(Text& out, Bytes value, Dialect dialect) {
  const bool classic = dialect == Dialect::classic;
  if (classic && value.size() < 2) return false;
  const auto name_of = [](std::uint32_t code) {
    const Option* known = find_option(options, code);
    return known != nullptr ? known->name : std::string_view();
  };
  return write_codes(out, value, 1, name_of, classic ? std::optional(62u) : std::nullopt);
}

bool read_parameters(JsonIn& in, Wire& out) {
  return read_codes(in, out, 1, [](std::string_view name) {
    const Option* known = find_option(options, name);
    return known != nullptr ? std::optional(known->code) : std::nullopt;
  });
}

// One element of an option list: Pad and End are alone, all others have a length. Returns its bytes, 0 if it cannot be written.
std::size_t write_element(Text& out, std::span<const Option> known_options, Bytes list, Dialect dialect) {
  if (list.empty()) return 0;
  if (list[0] == 0 || list[0] == 255) {
    append_string(out, list[0] == 0 ? "Pad" : "End");
    return 1;
  }
  if (list.size() < 2 || list.size() - 2 < list[1]) return 0;
  const Bytes value = list.subspan(2, list[1]);
  const Option* known = find_option(known_options, list[0]);
  if (known != nullptr) {
    if (write_option(out, *known, value, dialect)) return 2 + value.size();
    if (dialect == Dialect::classic) return 0;
  }
  write_unknown(out, list[0], value);
  return 2 + value.size();
}

bool read_element(JsonIn& in, std::span<const Option> known_options, Wire& out) {
  return in.variant([&](std::string_view name, bool has_value) {
    if (name == "Pad" || name == "End") {
      out.u8(name == "Pad" ? 0 : 255);
      return !has_value || in.skip();
    }
    const Option* known = find_option(known_options, name);
    if (known == nullptr && name != "Unknown") return in.fail(no_option(known_options, name));
    if (!has_value) return in.fail("an option without its value");
    const std::size_t start = out.size();
    out.u16(0);
    std::uint64_t code = known != nullptr ? known->code : 0;
    if (!(known != nullptr ? read_form(in, *known, out) : read_unknown(in, code, 255, out))) return false;
    if (out.size() - start - 2 > 255) return in.fail("an option of more than 255 bytes");
    out.patch(start, code, 1);
    out.patch(start + 1, out.size() - start - 2, 1);
    return true;
  });
}

bool write_vendor(Text& out, Bytes value, Dialect) {
  char separator = '[';
  while (!value.empty()) {
    out.push(separator);
    separator = ',';
    const std::size_t size = write_element(out, {}, value, Dialect::full);
    if (size == 0) return false;
    value = value.subspan(size);
  }
  if (separator == '[') out.push('[');
  out.push(']');
  return true;
}

bool read_vendor(JsonIn& in, Wire& out) {
  return in.array([&] { return read_element(in, {}, out); });
}

// An option that the ancestor loses makes all of them raw; an unfinished one ends the list.
constexpr Codec options_codec = {
    .extent =
        [](const Header& h, std::size_t at) noexcept {
          Text scratch;
          const std::size_t start = at;
          while (at < h.size) {
            const Bytes list = h.from(at);
            const std::size_t size = write_element(scratch, options, list, h.dialect);
            const bool unfinished = list.size() < 2 || list.size() - 2 < list[1];
            if (size == 0 && unfinished) break;
            if (size == 0) return refused;
            at += size;
            if (list[0] == 255) break;
          }
          return at - start;
        },
    .write =
        [](Text& out, Bytes list, const Header& h) {
          char separator = '[';
          while (!list.empty()) {
            out.push(separator);
            separator = ',';
            const std::size_t size = write_element(out, options, list, h.dialect);
            if (size == 0) break;
            list = list.subspan(size);
          }
          if (separator == '[') out.push('[');
          out.push(']');
        },
    .read = [](JsonIn& in, Wire& out, std::size_t) { return in.array([&] { return read_element(in, options, out); }); },
    .form = "list of DHCP options"};

constexpr Field dhcp_fields[] = {custom("options", options_codec)};
constexpr Binding dhcp_bindings[] = {{"bootp.cookie", magic_cookie}};
constexpr Spec dhcp_spec = {
    .tag = "Dhcp", .help = "DHCP options", .summary = "DHCP {options}", .fields = dhcp_fields, .bindings = dhcp_bindings};
const Protocol<dhcp_spec> dhcp;

}  // namespace
}  // namespace proto
