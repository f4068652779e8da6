// What all readers of capture files must hold: the same records whatever the chunks, views inside of limits.
#pragma once

#include <cstdlib>
#include <vector>

#include "proto/capture_reader.h"

namespace proto_fuzz {

inline void require(bool holds) {
  if (!holds) std::abort();
}

struct Summary {
  std::uint64_t records = 0, bad = 0, bytes = 0, mix = 0;
  std::string error;
  bool operator==(const Summary&) const = default;
};

inline Summary read_in_chunks(proto::Bytes file, std::size_t chunk) {
  using Step = proto::CaptureReader::Step;
  proto::CaptureReader reader(proto::CaptureFormat::jsonl);
  Summary summary;
  std::vector<std::uint8_t> fed;
  for (;;) {
    switch (reader.next()) {
      case Step::need_more:
        if (file.empty()) {
          reader.finish();
          break;
        } else {
          // A copy of exactly this size: what is read outside of it, or kept too long, is seen by the sanitizer.
          const auto now = file.first(std::min(chunk, file.size()));
          fed = std::vector<std::uint8_t>(now.begin(), now.end());
          reader.feed(fed);
          file = file.subspan(now.size());
        }
        break;
      case Step::record: {
        const proto::Record& record = reader.record();
        require(record.data.size() <= proto::largest_packet_bytes);
        require(record.original_length >= record.data.size());
        require(reader.interfaces().empty() || record.interface < reader.interfaces().size());
        ++summary.records;
        for (const std::uint8_t byte : record.data) summary.mix = summary.mix * 31 + byte;
        for (const char c : reader.line()) summary.mix = summary.mix * 31 + static_cast<std::uint8_t>(c);
        for (const char c : record.comment) summary.mix = summary.mix * 31 + static_cast<std::uint8_t>(c);
        summary.bytes += record.data.size() + reader.position().offset;
        break;
      }
      case Step::bad: ++summary.bad; break;
      case Step::error: summary.error = reader.error().what; return summary;
      case Step::end: return summary;
    }
  }
}

/// Whole, and in chunks of `choice` + 1 bytes.
inline void read_both_ways(proto::Bytes file, std::uint8_t choice) {
  const Summary whole = read_in_chunks(file, file.size() + 1);
  const Summary pieces = read_in_chunks(file, 1u + choice);
  // How much comes out of a damaged packed file before the damage is noticed, depends on the pieces.
  if (proto::compression_of(file) != proto::Compression::none && !whole.error.empty()) require(!pieces.error.empty());
  else require(whole == pieces);
}

}  // namespace proto_fuzz
