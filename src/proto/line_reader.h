#pragma once
#include <optional>

#include "proto/error.h"
#include "proto/fill.h"

namespace proto {

/// What one JSONL line says. `packet` and `length_notice` are borrowed from the reader until its next call.
struct PacketLine {
  std::optional<std::uint64_t> time_us;    // absent: the line had none that is a whole number
  Direction direction = Direction::unknown;
  std::optional<LinkType> link;            // from the first layer; absent for hex data and for layers without a link type
  Bytes packet;
  std::string_view length_notice;          // the first given length that does not fit the packet; empty: all fit
};

/// JSONL lines to packets (jsonl.md sections 1 to 6 and 11), both dialects, keys in any order.
/// Keeps its memory from line to line.
class LineReader {
public:
  enum class Mode { as_given, fix };  // fix: every computed field is computed anew

  /// `seed` is what "<random>" values are drawn from: of the caller's making, since nothing here knows the time or the system.
  static constexpr std::uint64_t fixed_seed = 0x6d79696e6974;
  explicit LineReader(Mode mode = Mode::as_given, std::uint64_t seed = fixed_seed) : mode_(mode), random_(seed) {}

  /// The error says what is wrong and where, e.g. "layer 2 (Tcp): ttl: 300 is out of range 0-255".
  Result<PacketLine> read(std::string_view line);
  /// One layer object, e.g. from the editor, appended to a draft that is not filled yet.
  static bool read_layer(JsonIn& in, Draft& draft, Random& random, const Layer* guess = nullptr);
  /// The JSON value of "data", which counts where a line has no "layers"; and what to say of a bad one.
  static bool read_data(std::string_view value, Wire& out);
  static constexpr char data_problem[] = "data: not an even number of hex digits";

  Mode mode() const noexcept { return mode_; }
  /// The layers of the last line that was read.
  const Draft& draft() const noexcept { return draft_; }

private:
  bool read_layers(JsonIn& in);

  Mode mode_;
  Random random_;
  Draft draft_;
  Wire data_;
  std::vector<const Layer*> guesses_;  // the layers of the line before: mostly the next line has the same
};

/// The link type of packets that begin with this layer; none for those that begin no packet on a wire (raw, UDP).
[[nodiscard]] std::optional<LinkType> link_of(const Layer& layer);

}  // namespace proto
