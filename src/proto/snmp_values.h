#pragma once
#include "proto/reader.h"
#include "proto/values.h"

// BER as SNMP uses it (X.690 section 8, RFC 1157 section 3.2.2), and the values of variable bindings in JSON.
namespace proto::snmp {

enum : std::uint8_t { integer_tag = 0x02, octets_tag = 0x04, null_tag = 0x05, oid_tag = 0x06, sequence_tag = 0x30, address_tag = 0x40, ticks_tag = 0x43 };

/// A length; false if it is not there or is the indefinite form.
bool take_length(Reader& in, std::size_t& length) noexcept;
void put_length(Wire& out, std::size_t length);
/// One element: its tag and content.
bool take_element(Reader& in, std::uint8_t& tag, Bytes& content) noexcept;
bool take_integer(Reader& in, std::int64_t& value) noexcept;
/// The number in an INTEGER that was checked.
std::int64_t integer_of(Bytes element) noexcept;
void put_integer(Wire& out, std::uint8_t tag, std::int64_t value);
void put_unsigned(Wire& out, std::uint8_t tag, std::uint64_t value);

/// `["Sequence",n]`
void write_sequence_head(Text& out, std::size_t length);
bool read_sequence_head(JsonIn& in, Wire& out);
/// A list of arcs; the first two are one number.
bool write_oid(Text& out, Bytes content);
bool read_oid(JsonIn& in, Wire& out);
/// One value with its tag: a number, `"Null"`, `{"OctetString":[…]}` and so on. False: not one of those.
bool write_value(Text& out, Bytes element);
bool read_value(JsonIn& in, Wire& out);
/// A list of variable bindings.
bool write_bindings(Text& out, Bytes list);
bool read_binding(JsonIn& in, Wire& out);

}  // namespace proto::snmp
