// TFTP, RFC 1350 section 5; options, RFC 2347. Modes are written as the ancestor names them; other spellings are raw.
#include <array>

#include "proto/layer.h"
#include "proto/reader.h"

namespace proto {
namespace {

enum : std::uint16_t { read_request = 1, write_request, data, acknowledgement, error, option_acknowledgement };

constexpr Name modes[] = {{0, "Netascii"}, {1, "Octet"}, {2, "Mail"}};
constexpr std::string_view wire_modes[] = {"netascii", "octet", "mail"};
constexpr Name errors[] = {{0, "NotDefined"}, {1, "FileNotFound"}, {2, "AccessViolation"}, {3, "DiskFull"}, {4, "IllegalOperation"},
                           {5, "UnknownTransferId"}, {6, "FileAlreadyExists"}, {7, "NoSuchUser"}, {8, "OptionNegotiationFailed"}};

// Text up to a zero, which is taken too.
bool take_text(Reader& in, Bytes& text) noexcept {
  Reader probe = in;
  std::size_t length = 0;
  while (probe.left() > 0 && probe.u8() != 0) ++length;
  text = in.take(length);
  return in.left() > 0 && (in.u8(), is_utf8(text));
}

bool write_options(Text& out, Reader& in) {
  char separator = '[';
  while (in.left() > 0) {
    Bytes name, value;
    if (!take_text(in, name) || !take_text(in, value)) return false;
    out.push(separator);
    separator = ',';
    out.append(R"({"name":)");
    append_string(out, name);
    out.append(R"(,"value":)");
    append_string(out, value);
    out.push('}');
  }
  if (separator == '[') out.push('[');
  out.push(']');
  return true;
}

int mode_of(Bytes text) noexcept {
  for (int i = 0; i < 3; ++i)
    if (std::string_view(reinterpret_cast<const char*>(text.data()), text.size()) == wire_modes[i]) return i;
  return -1;
}

bool write_message(Text& out, Bytes value, Dialect dialect) {
  Reader in(value);
  const std::uint16_t opcode = in.u16();
  Bytes text, mode;
  switch (opcode) {
    case read_request:
    case write_request: {
      if (!take_text(in, text) || !take_text(in, mode)) return false;
      const int known = mode_of(mode);
      if (known < 0 && dialect == Dialect::classic) return false;
      out.append(opcode == read_request ? std::string_view(R"({"ReadRequest":{"filename":)") : std::string_view(R"({"WriteRequest":{"filename":)"));
      append_string(out, text);
      out.append(R"(,"mode":)");
      if (known >= 0)
        append_string(out, modes[known].text);
      else
        append_string(out, mode);
      out.append(R"(,"options":)");
      if (!write_options(out, in)) return false;
      break;
    }
    case data:
      out.append(R"({"Data":{"block_number":)");
      append_number(out, in.u16());
      out.append(R"(,"data":)");
      append_byte_list(out, in.rest());
      break;
    case acknowledgement:
      out.append(R"({"Acknowledgment":{"block_number":)");
      append_number(out, in.u16());
      break;
    case error: {
      const std::uint16_t code = in.u16();
      if (name_of(errors, code).empty() && dialect == Dialect::classic) return false;
      out.append(R"({"Error":{"code":)");
      append_name(out, errors, code);
      if (!take_text(in, text)) return false;
      out.append(R"(,"message":)");
      append_string(out, text);
      break;
    }
    case option_acknowledgement:
      out.append(R"({"OptionAcknowledgment":{"options":)");
      if (!write_options(out, in)) return false;
      break;
    default:
      return false;
  }
  out.append("}}");
  return !in.failed();
}

// How much of the bytes is the message: all, but for those of a fixed length.
std::size_t message_size(const Header& h, std::size_t) noexcept {
  Text scratch;
  const std::size_t size = h.u16(0) == acknowledgement ? 4 : h.size;
  return size <= h.size && write_message(scratch, {h.data, size}, h.dialect) ? size : refused;
}

// The members of a message in the order of the wire; each may come in any order.
struct Members {
  std::array<Wire, 3> parts;
  std::array<bool, 3> given{};
};

bool text_part(JsonIn& in, Wire& out) {
  std::string_view text;
  if (!in.string(text)) return false;
  if (text.find('\0') != text.npos) return in.fail("a text with a zero in it");
  out.text(text);
  out.u8(0);
  return true;
}

bool mode_part(JsonIn& in, Wire& out) {
  const char* mark = in.mark();
  std::string_view text;
  if (!in.string(text)) return false;
  if (const Name* mode = find_name(modes, text); mode != nullptr && mode->text == text) {
    out.text(wire_modes[mode->value]);
    out.u8(0);
    return true;
  }
  in.go_back(mark);
  return text_part(in, out);
}

bool options_part(JsonIn& in, Wire& out) {
  return in.array([&] {
    Wire name, value;
    const bool good = in.object([&](std::string_view key) {
      if (key == "name") return name.clear(), text_part(in, name);
      if (key == "value") return value.clear(), text_part(in, value);
      return in.skip();
    });
    if (good && (name.empty() || value.empty())) return in.fail("an option without name or value");
    out.append(name.span());
    out.append(value.span());
    return good;
  });
}

bool block_part(JsonIn& in, Wire& out) {
  std::uint64_t block = 0;
  if (!in.number(block, 0xffff)) return false;
  out.u16(block);
  return true;
}

bool code_part(JsonIn& in, Wire& out) {
  std::uint64_t code = 0;
  if (!read_name(in, errors, 0xffff, code)) return false;
  out.u16(code);
  return true;
}

bool bytes_part(JsonIn& in, Wire& out) { return in.bytes(out); }

struct Part {
  std::string_view key;
  bool (*read)(JsonIn&, Wire&);
};
struct Message {
  std::string_view name;
  std::uint16_t opcode;
  Part parts[3];
};
constexpr Message messages[] = {
    {"ReadRequest", read_request, {{"filename", text_part}, {"mode", mode_part}, {"options", options_part}}},
    {"WriteRequest", write_request, {{"filename", text_part}, {"mode", mode_part}, {"options", options_part}}},
    {"Data", data, {{"block_number", block_part}, {"data", bytes_part}, {}}},
    {"Acknowledgment", acknowledgement, {{"block_number", block_part}, {}, {}}},
    {"Error", error, {{"code", code_part}, {"message", text_part}, {}}},
    {"OptionAcknowledgment", option_acknowledgement, {{"options", options_part}, {}, {}}},
};

// The ancestor shows an opcode that it does not know as one of these names, and its payload once more in a raw layer.
constexpr Name opcodes[] = {{read_request, "Read"}, {write_request, "Write"}, {data, "Data"}, {acknowledgement, "Acknowledgment"}, {error, "Error"},
                            {option_acknowledgement, "OptionAcknowledgment"}};

bool read_raw(JsonIn& in, Wire& out) {
  std::uint64_t opcode = 0;
  Wire payload;
  const bool good = in.object([&](std::string_view key) {
    if (key == "opcode") return read_name(in, opcodes, 0xffff, opcode);
    if (key == "payload") return payload.clear(), in.bytes(payload);
    return in.skip();
  });
  out.u16(opcode);
  return good;
}

bool read_message(JsonIn& in, Wire& out, std::size_t) {
  return in.variant([&](std::string_view name, bool has_value) {
    if (name == "Raw" && has_value) return read_raw(in, out);
    for (const Message& message : messages) {
      if (message.name != name || !has_value) continue;
      std::array<Wire, 3> parts;
      const bool good = in.object([&](std::string_view key) {
        for (std::size_t i = 0; i < 3; ++i)
          if (message.parts[i].read != nullptr && message.parts[i].key == key) return parts[i].clear(), message.parts[i].read(in, parts[i]);
        return in.skip();
      });
      out.u16(message.opcode);
      for (const Wire& part : parts) out.append(part.span());
      return good;
    }
    return in.fail("'" + std::string(name) + "' is no message of TFTP");
  });
}

constexpr Codec message_codec = {message_size, [](Text& out, Bytes value, const Header& h) { write_message(out, value, h.dialect); }, read_message,
                                 "{ReadRequest: {…}}, {Data: {…}} and so on"};

constexpr Field fields[] = {custom("message", message_codec)};
constexpr Binding bindings[] = {{"udp.port", 69}};
constexpr Spec spec = {.tag = "Tftp", .help = "TFTP message", .summary = "TFTP {message}", .fields = fields, .bindings = bindings};
const Protocol<spec> self;

}  // namespace
}  // namespace proto
