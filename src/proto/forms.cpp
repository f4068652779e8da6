#include "proto/forms.h"

#include "proto/reader.h"

namespace proto {
namespace {

std::uint64_t number_of(Bytes bytes) noexcept {
  std::uint64_t value = 0;
  for (const std::uint8_t byte : bytes) value = value << 8 | byte;
  return value;
}

constexpr std::size_t number_size(Form form) noexcept {
  return form == Form::number8 ? 1 : form == Form::number16 || form == Form::list16 ? 2 : form == Form::number64 ? 8 : 4;
}

template <class F>
bool write_list(Text& out, Bytes value, std::size_t element_size, F&& element) {
  if (value.size() % element_size != 0) return false;
  out.push('[');
  for (std::size_t i = 0; i < value.size(); i += element_size) {
    if (i > 0) out.push(',');
    element(value.data() + i);
  }
  out.push(']');
  return true;
}

bool read_number(JsonIn& in, std::size_t size, Wire& out) {
  std::uint64_t value = 0;
  if (!in.number(value, size == 8 ? ~std::uint64_t{0} : (std::uint64_t{1} << size * 8) - 1)) return false;
  out.number(value, size);
  return true;
}

// Named fields as an object; the nameless ones must be zero.
bool write_named_fields(Text& out, std::span<const Field> fields, Bytes value) {
  if (value.size() != fields_size(fields)) return false;
  char separator = '{';
  unsigned at = 0;
  for (const Field& f : fields) {
    if (f.name.empty()) {
      for (unsigned bit = at; bit < at + f.bits; ++bit)
        if (get_bits(value.data(), bit, 1) != 0) return false;
    } else {
      out.push(separator);
      separator = ',';
      append_string(out, f.name);
      out.push(':');
      out.end(put_value(out.need(value_text_max(f)), f, value.data(), at));
    }
    at += f.bits;
  }
  out.push('}');
  return true;
}

}  // namespace

bool write_form(Text& out, const Option& option, Bytes value, Dialect dialect) {
  switch (option.form) {
    case Form::none:
      return value.empty();
    case Form::bytes:
      append_byte_list(out, value);
      return true;
    case Form::number8:
    case Form::number16:
    case Form::number32:
    case Form::number64:
      if (value.size() != number_size(option.form)) return false;
      append_number(out, number_of(value));
      return true;
    case Form::signed32:
      if (value.size() != 4) return false;
      append_signed(out, static_cast<std::int32_t>(number_of(value)));
      return true;
    case Form::text:
      if (!is_utf8(value)) return false;
      append_string(out, value);
      return true;
    case Form::mac:
      if (value.size() != 6) return false;
      append_mac(out, value.data());
      return true;
    case Form::ipv4:
      if (value.size() != 4) return false;
      append_ipv4(out, value.data());
      return true;
    case Form::ipv6:
      if (value.size() != 16) return false;
      append_ipv6(out, value.data());
      return true;
    case Form::ipv4_list:
      return write_list(out, value, 4, [&](const std::uint8_t* at) { append_ipv4(out, at); });
    case Form::ipv6_list:
      return write_list(out, value, 16, [&](const std::uint8_t* at) { append_ipv6(out, at); });
    case Form::ipv4_pairs:
      return write_list(out, value, 8, [&](const std::uint8_t* at) {
        out.push('[');
        append_ipv4(out, at);
        out.push(',');
        append_ipv4(out, at + 4);
        out.push(']');
      });
    case Form::list16:
    case Form::list32: {
      const std::size_t size = number_size(option.form);
      return write_list(out, value, size, [&](const std::uint8_t* at) { append_number(out, number_of({at, size})); });
    }
    case Form::fields:
      return write_named_fields(out, option.fields, value);
    case Form::own:
      return option.write(out, value, dialect);
  }
  return false;
}

bool read_form(JsonIn& in, const Option& option, Wire& out) {
  std::string_view text;
  std::int64_t value = 0;
  switch (option.form) {
    case Form::none:
      return in.skip();
    case Form::bytes:
      return in.bytes(out);
    case Form::number8:
    case Form::number16:
    case Form::number32:
    case Form::number64:
      return read_number(in, number_size(option.form), out);
    case Form::signed32:
      if (!in.integer(value, -0x80000000LL, 0x7fffffffLL)) return false;
      out.u32(static_cast<std::uint32_t>(value));
      return true;
    case Form::text:
      if (!in.string(text)) return false;
      out.text(text);
      return true;
    case Form::mac:
      return read_mac(in, out);
    case Form::ipv4:
      return read_ipv4(in, out);
    case Form::ipv6:
      return read_ipv6(in, out);
    case Form::ipv4_list:
      return in.array([&] { return read_ipv4(in, out); });
    case Form::ipv6_list:
      return in.array([&] { return read_ipv6(in, out); });
    case Form::ipv4_pairs:
      return in.array([&] { return in.tuple(2, [&](std::size_t) { return read_ipv4(in, out); }); });
    case Form::list16:
    case Form::list32:
      return in.array([&] { return read_number(in, number_size(option.form), out); });
    case Form::fields:
      return read_fields(in, option.fields, out);
    case Form::own:
      return option.read(in, out);
  }
  return false;
}

const Option* find_option(std::span<const Option> options, std::uint32_t code) noexcept {
  for (const Option& option : options)
    if (option.code == code) return &option;
  return nullptr;
}

const Option* find_option(std::span<const Option> options, std::string_view name) noexcept {
  for (const Option& option : options)
    if (option.name == name) return &option;
  return nullptr;
}

std::string no_option(std::span<const Option> options, std::string_view name) {
  std::string text = "no option is called '" + std::string(name) + "'";
  if (!options.empty()) text += "; known:";
  for (const Option& option : options) text.append(" ").append(option.name);
  return text;
}

bool write_option(Text& out, const Option& option, Bytes value, Dialect dialect) {
  if (option.full_only && dialect == Dialect::classic) return false;
  if (option.form == Form::none) {
    if (!value.empty()) return false;
    append_string(out, option.name);
    return true;
  }
  const std::size_t start = out.size();
  out.push('{');
  append_string(out, option.name);
  out.push(':');
  if (!write_form(out, option, value, dialect)) {
    out.cut(start);
    return false;
  }
  out.push('}');
  return true;
}

void write_unknown(Text& out, std::uint64_t code, Bytes value) {
  out.append(R"({"Unknown":[)");
  append_number(out, code);
  out.push(',');
  append_byte_list(out, value);
  out.append("]}");
}

bool read_unknown(JsonIn& in, std::uint64_t& code, std::uint64_t max, Wire& out) {
  return in.tuple(2, [&](std::size_t i) { return i == 0 ? in.number(code, max) : in.bytes(out); });
}

bool read_domain(JsonIn& in, Wire& out, bool final_zero) {
  constexpr std::size_t longest_label = 63;
  std::string_view name;
  if (!in.string(name)) return false;
  if (name == ".") name = {};
  while (!name.empty()) {
    const std::size_t length = std::min(name.find('.'), name.size());
    if (length == 0 || length > longest_label) return in.fail("a label of " + std::to_string(length) + " characters");
    out.u8(length);
    out.text(name.substr(0, length));
    name.remove_prefix(std::min(length + 1, name.size()));
  }
  if (final_zero) out.u8(0);
  return true;
}

bool write_texts(Text& out, Bytes value, std::size_t length_size) {
  Reader in(value);
  char separator = '[';
  while (in.left() > 0) {
    const Bytes text = in.take(in.number(length_size));
    if (in.failed() || !is_utf8(text)) return false;
    out.push(separator);
    separator = ',';
    append_string(out, text);
  }
  if (separator == '[') out.push('[');
  out.push(']');
  return true;
}

bool read_texts(JsonIn& in, Wire& out, std::size_t length_size) {
  return in.array([&] {
    const std::size_t most = (std::size_t{1} << 8 * length_size) - 1;
    std::string_view text;
    if (!in.string(text)) return false;
    if (text.size() > most) return in.fail("a text of more than " + std::to_string(most) + " bytes");
    out.number(text.size(), length_size);
    out.text(text);
    return true;
  });
}

bool write_codes(Text& out, Bytes value, std::size_t code_size, std::string_view (*name_of)(std::uint32_t), std::optional<std::uint32_t> lost) {
  if (value.size() % code_size != 0) return false;
  Reader in(value);
  char separator = '[';
  while (in.left() > 0) {
    const auto code = static_cast<std::uint32_t>(in.number(code_size));
    if (code == lost) return false;
    out.push(separator);
    separator = ',';
    append_name(out, name_of(code), code);
  }
  if (separator == '[') out.push('[');
  out.push(']');
  return true;
}

bool read_codes(JsonIn& in, Wire& out, std::size_t code_size, std::optional<std::uint32_t> (*code_of)(std::string_view)) {
  return in.array([&] {
    return in.variant([&](std::string_view name, bool has_value) {
      std::uint64_t code = 0;
      if (const auto known = code_of(name))
        code = *known;
      else if (name != "Unknown" || !has_value || !in.number(code, code_size == 1 ? 0xff : 0xffff))
        return in.fail(no_option({}, name));
      out.number(code, code_size);
      return true;
    });
  });
}

void write_header_options(Text& out, std::span<const Option> options, Bytes list) {
  char separator = '[';
  while (!list.empty()) {
    out.push(separator);
    separator = ',';
    const std::size_t length = list[0] <= 1 ? 1 : list.size() < 2 ? 0 : list[1];
    const bool alone = list[0] <= 1;
    if (!alone && (length < 2 || length > list.size())) {
      out.append(R"({"Trailing":)");
      append_byte_list(out, list);
      out.push('}');
      break;
    }
    if (list[0] == 0) {
      append_string(out, "EOL");
    } else if (list[0] == 1) {
      append_string(out, "NOP");
    } else {
      const Bytes value = list.subspan(2, length - 2);
      const Option* known = find_option(options, list[0]);
      if (known == nullptr || !write_option(out, *known, value, Dialect::full)) write_unknown(out, list[0], value);
    }
    list = list.subspan(length);
  }
  if (separator == '[') out.push('[');
  out.push(']');
}

bool read_header_options(JsonIn& in, std::span<const Option> options, Wire& out) {
  return in.array([&] {
    return in.variant([&](std::string_view name, bool has_value) {
      if (name == "EOL" || name == "NOP") {
        out.u8(name == "NOP");
        return !has_value || in.skip();
      }
      if (name == "Trailing" && has_value) return in.bytes(out);
      const Option* known = find_option(options, name);
      if (known == nullptr && name != "Unknown") return in.fail(no_option(options, name) + " NOP EOL");
      const std::size_t start = out.size();
      out.u16(0);
      std::uint64_t code = known != nullptr ? known->code : 0;
      if (known != nullptr ? has_value && !read_form(in, *known, out) : !has_value || !read_unknown(in, code, 255, out))
        return in.fail("an option without its value");
      if (out.size() - start > 255) return in.fail("an option of more than 255 bytes");
      out.patch(start, code, 1);
      out.patch(start + 1, out.size() - start, 1);
      return true;
    });
  });
}

}  // namespace proto
