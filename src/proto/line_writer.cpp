#include "proto/line_writer.h"

#include "proto/digits.h"
#include "proto/registry.h"

namespace proto {

void LineWriter::append(Text& out, const Record& record) {
  dissector_.dissect(packet_, record.data, record.link, options_.dialect);
  char* p = put_literal(out.need(128), R"({"timestamp_us":)");
  p = put_u64(p, record.time_ns > 0 ? static_cast<std::uint64_t>(record.time_ns) / 1000 : 0);
  if (options_.direction) {
    const bool sent = record.direction == Direction::tx;
    p = put_literal(p, sent ? std::string_view(R"(,"direction":"tx")") : std::string_view(R"(,"direction":"rx")"));
  }
  if (packet_.unreadable()) {
    p = put_literal(p, R"(,"data":")");
    out.end(p);
    out.end(put_hex(out.need(record.data.size() * 2), record.data));
    out.append("\"}\n");
    return;
  }
  out.end(put_literal(p, R"(,"layers":)"));
  append_layers(out, packet_);
  out.append("}\n");
}

void LineWriter::append_layers(Text& out, const Dissection& packet) const {
  char separator = '[';
  for (const Part& part : packet.parts()) {
    out.push(separator);
    separator = ',';
    const std::string_view tag = part.layer->tag();
    if (options_.hex && (tag == "raw" || tag == "padding")) {
      out.append(tag == "raw" ? R"({"layertype":"raw","data":")" : R"({"layertype":"padding","data":")");
      out.end(put_hex(out.need(part.size * 2), packet.bytes(part)));
      out.append("\"}");
    } else {
      part.layer->write(out, packet.header(part));
    }
  }
  if (separator == '[') out.push('[');
  out.push(']');
}

}  // namespace proto
