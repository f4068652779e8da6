// Bytes that no other layer claims (jsonl.md section 8), and other ways to write bytes in JSON.
#include "proto/layer.h"

namespace proto {
namespace {

constexpr Field raw_fields[] = {bytes("data")};
constexpr Spec raw_spec = {.tag = "raw", .help = "bytes that are not decoded", .summary = "raw {data}", .fields = raw_fields};
const Protocol<raw_spec> raw;

// Bytes behind the end that a length field names: Ethernet's padding, trailers. Lengths and checksums leave them out.
constexpr Spec padding_spec = {
    .tag = "padding", .help = "bytes behind the end of the packet", .summary = "padding {data}", .fields = raw_fields, .full_only = true};
const Protocol<padding_spec> padding;

// The UTF-8 bytes of a text; only in input.
constexpr Codec text_codec = {
    .extent = nullptr,
    .write = [](Text& out, Bytes value, const Header&) { append_string(out, value); },
    .read =
        [](JsonIn& in, Wire& out, std::size_t) {
          std::string_view text;
          if (!in.string(text)) return false;
          out.text(text);
          return true;
        },
    .form = "text"};
constexpr Field string_fields[] = {custom("value", text_codec)};
constexpr Spec string_spec = {
    .tag = "String", .help = "a text as its UTF-8 bytes", .summary = "String {value}", .fields = string_fields, .input_only = true};
const Protocol<string_spec> string;

}  // namespace
}  // namespace proto
