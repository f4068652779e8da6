#pragma once
#include "proto/values.h"

// DHCPv6 options, RFC 8415 section 21; numbers from the IANA registry. The message around them is in dhcpv6.cpp.
namespace proto::dhcpv6 {

inline constexpr Name message_types[] = {{1, "Solicit"}, {2, "Advertise"}, {3, "Request"},  {4, "Confirm"},      {5, "Renew"},
                                  {6, "Rebind"},  {7, "Reply"},     {8, "Release"},  {9, "Decline"},      {10, "Reconfigure"},
                                  {11, "InformationRequest"},       {12, "RelayForw"}, {13, "RelayRepl"}};

/// How an object goes on behind its fixed fields.
enum class Tail : std::uint8_t { none, bytes, text, options, bytes16, code_bytes16, code_bytes8 };

/// Writes one option as `"Name"` or `{"Name":value}`; returns its bytes, or 0 if it cannot be written. `depth`: options around it.
std::size_t write_element(Text& out, Bytes list, Dialect dialect, int depth);
/// A list of options; false if one cannot be written.
bool write_options(Text& out, Bytes list, Dialect dialect, int depth);
bool read_options(JsonIn& in, Wire& out);
/// An object of fixed fields and a tail, whose key may come first.
bool read_object(JsonIn& in, std::span<const Field> fields, Tail tail, std::string_view tail_name, Wire& out);

}  // namespace proto::dhcpv6
