#pragma once
#include <optional>

#include "proto/values.h"

// Values of variable length that options and records carry, and lists of such options: what DHCP, NDP, IP, TCP and
// others have in common. Every form is exact: bytes that it could not give back are not written in it.
namespace proto {

enum class Form : std::uint8_t {
  none,        // no bytes; the name alone
  bytes,       // [1,2,3]
  number8, number16, number32, number64,
  signed32,
  text,        // UTF-8
  mac, ipv4, ipv6,
  ipv4_list, ipv4_pairs, ipv6_list,
  list16, list32,
  fields,      // an object of fixed widths; a field without name is reserved, and zero
  own,         // functions of the option
};

struct Option {
  std::uint32_t code = 0;
  std::string_view name;
  Form form = Form::bytes;
  std::span<const Field> fields = {};
  bool full_only = false;
  /// Form::own: writes the value and returns true, or returns false having written what the caller cuts off.
  bool (*write)(Text& out, Bytes value, Dialect dialect) = nullptr;
  bool (*read)(JsonIn& in, Wire& out) = nullptr;
};

/// Writes the JSON value; false (and nothing is to be kept) if the bytes do not fit the form exactly.
bool write_form(Text& out, const Option& option, Bytes value, Dialect dialect);
bool read_form(JsonIn& in, const Option& option, Wire& out);

const Option* find_option(std::span<const Option> options, std::uint32_t code) noexcept;
const Option* find_option(std::span<const Option> options, std::string_view name) noexcept;
/// What to say of a name that is none of them; without a list where there are none.
std::string no_option(std::span<const Option> options, std::string_view name);

/// Writes `"Name"` or `{"Name":value}`; false if the bytes do not fit, then nothing is written.
bool write_option(Text& out, const Option& option, Bytes value, Dialect dialect);
/// `{"Unknown":[code,[bytes]]}`
void write_unknown(Text& out, std::uint64_t code, Bytes value);
/// Reads that value, behind the name.
bool read_unknown(JsonIn& in, std::uint64_t& code, std::uint64_t max, Wire& out);

/// Reads a domain name, with or without its final dot, as labels, RFC 1035 section 3.1; `final_zero`: the root ends them.
bool read_domain(JsonIn& in, Wire& out, bool final_zero = true);

/// A list of UTF-8 texts, each behind its length of `length_size` bytes.
bool write_texts(Text& out, Bytes value, std::size_t length_size);
bool read_texts(JsonIn& in, Wire& out, std::size_t length_size);

/// A list of codes of `code_size` bytes, by what `name_of` says (empty: no name) or as `{"Unknown":code}`. Not written where `lost`,
/// a code that the ancestor cannot give back, is among them.
bool write_codes(Text& out, Bytes value, std::size_t code_size, std::string_view (*name_of)(std::uint32_t), std::optional<std::uint32_t> lost);
bool read_codes(JsonIn& in, Wire& out, std::size_t code_size, std::optional<std::uint32_t> (*code_of)(std::string_view));

/// TCP's and IPv4's option lists: kind 0 ends, kind 1 is alone, all others have a length that counts kind and length.
/// Bytes that are no such option come as `{"Trailing":[…]}`, so that every list can be written.
void write_header_options(Text& out, std::span<const Option> options, Bytes list);
bool read_header_options(JsonIn& in, std::span<const Option> options, Wire& out);

}  // namespace proto
