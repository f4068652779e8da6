// A packet for the eye: layer by layer, a field a line; its bytes in hex, its time. For `packet`, `pcapinfo` and the editor.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "proto/dissect.h"

namespace proto {

struct OutlineField {
  std::string name;
  std::string value;  // JSON, but plain strings without their quotes and lists of bytes in hex
};

/// The fields of one layer, in the order of its declaration.
[[nodiscard]] std::vector<OutlineField> outline_fields(const Dissection& packet, const Part& part);

/// The layer's summary line: "UDP 5000 -> 53 len 8".
[[nodiscard]] std::string outline_summary(const Layer& layer, std::span<const OutlineField> fields);

/// "0010  c0 00 02 01 …  ......" lines of 16 bytes.
[[nodiscard]] std::string hex_dump(Bytes bytes);

/// "2023-11-14 22:13:20.000017000 UTC".
[[nodiscard]] std::string utc_text(std::int64_t time_ns);

/// "Ethernet", "raw IP", …, else "link type 147".
[[nodiscard]] std::string link_text(LinkType link);

}  // namespace proto
