#include "proto/dhcpv6_forms.h"

#include "proto/dhcpv6_options.h"
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

constexpr Field llt_fields[] = {choice("hardware_type", 16, hardware_types), u32("time")};
constexpr Field en_fields[] = {u32("enterprise_number")};
constexpr Field ll_fields[] = {choice("hardware_type", 16, hardware_types)};

struct DuidForm {
  std::uint16_t type;
  std::string_view name;
  std::span<const Field> fields;
  std::string_view tail_name;
};
constexpr std::uint16_t uuid_type = 4;
constexpr std::size_t uuid_size = 2 + 16;  // with the type; RFC 8415 section 11.5
constexpr DuidForm duids[] = {{1, "Llt", llt_fields, "link_layer_addr"}, {2, "En", en_fields, "identifier"}, {3, "Ll", ll_fields, "link_layer_addr"}, {uuid_type, "Uuid", {}, "uuid"}};

constexpr Field auth_fields[] = {u8("protocol"), u8("algorithm"), u8("rdm"), bytes("replay_detection", 8)};

bool write_domain(Text& out, Reader& in, bool may_end) {
  Text name;
  for (;;) {
    if (in.left() == 0 && may_end) break;
    const std::uint8_t length = in.u8();
    const Bytes label = in.take(length);
    if (in.failed() || length > 63 || !is_utf8(label)) return false;
    if (length == 0) break;
    if (!name.empty()) name.push('.');
    for (const std::uint8_t c : label) {
      if (c == '.') return false;
      name.push(static_cast<char>(c));
    }
  }
  append_string(out, name.view());
  return true;
}

}  // namespace

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

bool write_duid(Text& out, Bytes value, Dialect dialect) {
  if (value.size() < 2) return false;
  const unsigned type = static_cast<unsigned>(value[0] << 8 | value[1]);
  for (const DuidForm& duid : duids) {
    if (duid.type != type) continue;
    const std::size_t fixed = 2 + fields_size(duid.fields);
    if (value.size() < fixed || (type == uuid_type && value.size() != uuid_size)) return false;
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
      const std::size_t start = out.size();
      out.u16(duid.type);
      if (!read_object(in, duid.fields, Tail::bytes, duid.tail_name, out)) return false;
      return duid.type != uuid_type || out.size() - start == uuid_size || in.fail("uuid: not 16 bytes");
    }
    return in.fail("'" + std::string(name) + "' is no kind of DUID");
  });
}

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
  return in.array([&] { return read_domain(in, out); });
}

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
    // A final dot says that the name is complete (RFC 4704 section 4.2). Names without one are partial here, though the ancestor writes
    // complete ones so, too: it has never put the zero, and its lines are to give its bytes.
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

bool write_parts(Text& out, Bytes value, Dialect) { return write_counted(out, value, 0, 2); }
bool read_parts(JsonIn& in, Wire& out) { return read_counted(in, out, 0, 2); }

bool write_texts(Text& out, Bytes value, Dialect) { return proto::write_texts(out, value, 2); }
bool read_texts(JsonIn& in, Wire& out) { return proto::read_texts(in, out, 2); }

}  // namespace proto::dhcpv6
