// From one capture to another: reader, filter, writer. The caller does the input and the output, and decides how long
// a slice is.
#pragma once

#include <optional>

#include "proto/capture_reader.h"
#include "proto/capture_writer.h"
#include "proto/filter.h"

namespace proto {

class Converter {
 public:
  struct Options {
    CaptureFormat otherwise = CaptureFormat::unknown;  // see CaptureReader
    LineReader::Mode lines = LineReader::Mode::as_given;
    std::uint64_t seed = LineReader::fixed_seed;          // of "<random>" values in lines
    CaptureWriter::Options output;
    std::optional<Filter> filter;
    std::uint64_t count = ~std::uint64_t{0};  // packets written, at most
    bool strict = false;                      // the first bad record ends it
    std::optional<LinkType> untold_link;      // see CaptureReader
  };

  enum class Pause : std::uint8_t {
    go_on,       // a few records are done, or `output` has much: take it, then call again
    need_input,  // feed `reader`
    bad,         // `message` tells of a record that was left out; call again
    end,         // all is done; `output` has the rest
    broken,      // the same, but `message` tells why not all could be read
  };

  /// With so much in `output` nothing more is converted until it is taken.
  static constexpr std::size_t full_output_bytes = std::size_t{1} << 20;

  explicit Converter(Options options);

  /// Converts some records.
  [[nodiscard]] Pause run();

  [[nodiscard]] CaptureReader& reader() { return reader_; }
  /// What is to be written next; the caller takes it and clears it.
  [[nodiscard]] Text& output() { return output_; }
  [[nodiscard]] const std::string& message() const { return message_; }
  /// The first given length in JSONL that does not fit its packet, with its line; empty: none.
  [[nodiscard]] const std::string& length_notice() const { return length_notice_; }
  /// A capture was written of lines none of which tells its link type.
  [[nodiscard]] bool link_guessed() const { return options_.output.format != CaptureFormat::jsonl && untold_links_ > 0 && untold_links_ == packets_ && !options_.untold_link; }
  /// At the end: see CaptureWriter.
  [[nodiscard]] std::optional<CaptureWriter::LateHead> late_head() const { return writer_.late_head(); }
  [[nodiscard]] std::uint64_t packets() const { return packets_; }
  [[nodiscard]] std::uint64_t bad() const { return bad_; }

 private:
  Pause take_record();
  Pause refuse(std::string what);
  Pause finish(Pause how);

  Options options_;
  CaptureReader reader_;
  CaptureWriter writer_;
  Text output_;
  std::size_t described_ = 0;  // interfaces that the writer knows
  std::uint64_t packets_ = 0;
  std::uint64_t bad_ = 0;
  std::uint64_t untold_links_ = 0;  // packets of lines
  bool over_ = false;
  std::string message_;
  std::string length_notice_;
};

}  // namespace proto
