#pragma once
#include "proto/forms.h"

// Values of DHCPv6 options that have a form of their own. Each write is false if the bytes do not fit the form exactly (what it
// has written is cut off by the caller); each read appends bytes.
namespace proto::dhcpv6 {

/// DUIDs, RFC 8415 section 11. Other kinds only in the full dialect.
bool write_duid(Text& out, Bytes value, Dialect dialect);
bool read_duid(JsonIn& in, Wire& out);

/// Authentication, RFC 8415 section 21.11; replay detection has 8 bytes.
bool write_auth(Text& out, Bytes value, Dialect dialect);
bool read_auth(JsonIn& in, Wire& out);

/// Domain names, RFC 8415 section 10: labels, no compression; text without a final dot.
bool write_domains(Text& out, Bytes value, Dialect dialect);
bool read_domains(JsonIn& in, Wire& out);

/// Client FQDN, RFC 4704: a name that is not complete has no final zero. The ancestor's encoder never writes one.
bool write_fqdn(Text& out, Bytes value, Dialect dialect);
bool read_fqdn(JsonIn& in, Wire& out);

/// `[code,[bytes]]`, or without a code (0 bytes of it) `[bytes]`: a list of them, each with its length before it.
bool write_counted(Text& out, Bytes value, std::size_t code_size, std::size_t length_size);
bool read_counted(JsonIn& in, Wire& out, std::size_t code_size, std::size_t length_size);

/// Lists of bytes and of texts, with 16-bit lengths.
bool write_parts(Text& out, Bytes value, Dialect dialect);
bool read_parts(JsonIn& in, Wire& out);
bool write_texts(Text& out, Bytes value, Dialect dialect);
bool read_texts(JsonIn& in, Wire& out);

}  // namespace proto::dhcpv6
