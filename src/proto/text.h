#pragma once
#include <cstdint>
#include <string_view>

#include "proto/buffer.h"
#include "proto/record.h"

// JSON text of single values. The caller of put_… has made room (4 characters a byte, 2 for hex).
namespace proto {

/// `[1,2,3]`
char* put_byte_list(char* out, Bytes bytes) noexcept;
/// Lower-case hex, no separators.
char* put_hex(char* out, Bytes bytes) noexcept;

void append_number(Text& out, std::uint64_t value);
void append_signed(Text& out, std::int64_t value);
void append_byte_list(Text& out, Bytes bytes);
/// Quoted, with the escapes of jsonl.md section 3; other characters as they are.
void append_string(Text& out, std::string_view text);
void append_string(Text& out, Bytes text);
/// Quoted addresses; 4 or 16 bytes.
void append_ipv4(Text& out, const std::uint8_t* bytes);
void append_ipv6(Text& out, const std::uint8_t* bytes);
void append_mac(Text& out, const std::uint8_t* bytes);

/// RFC 3629: no surrogates, no overlong forms, nothing above U+10FFFF.
bool is_utf8(Bytes bytes) noexcept;

}  // namespace proto
