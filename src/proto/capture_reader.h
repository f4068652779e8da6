// Reads a capture of any format, pushed in chunks: pcap, pcapng or JSONL, plain or in gzip, zstd or xz. The format
// is found from the content. The caller does the input:
//
//   CaptureReader reader;
//   for (;;) {
//     switch (reader.next()) {
//       case Step::record:    use(reader.record()); break;
//       case Step::bad:       report(reader.error()); break;         // a line, or a record's time; the next one may be good
//       case Step::need_more: read a chunk; reader.feed(chunk) or, at the end of the file, reader.finish(); break;
//       case Step::end:       return;
//       case Step::error:     report(reader.error()); return;        // nothing behind it can be read
//     }
//   }
//
// Memory does not grow with the file: what is held is one record that straddles two chunks, and for packed files a
// window. Records are views into the fed chunk wherever they lie in one piece; nothing is allocated per packet.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "proto/decompress.h"
#include "proto/line_reader.h"
#include "proto/pcap_parser.h"
#include "proto/pcapng_parser.h"

namespace proto {

class CaptureReader {
 public:
  enum class Step : std::uint8_t { record, bad, need_more, end, error };

  /// Where a record stands: byte offset in the (unpacked) file; its number, for JSONL its line's number, from 1.
  struct Position {
    std::uint64_t offset = 0;
    std::uint64_t number = 1;
  };

  /// `otherwise`: what a file is taken for whose content does not tell (JSONL, whose first line may be a bad one);
  /// `unknown`: such a file is an error. `mode` and `seed`: how lines become packets, see LineReader;
  /// `fix`: the packets of captures, too, but those that were cut, which lack what lengths and checksums are of.
  explicit CaptureReader(CaptureFormat otherwise = CaptureFormat::unknown, LineReader::Mode mode = LineReader::Mode::as_given,
                         std::uint64_t seed = LineReader::fixed_seed)
      : otherwise_(otherwise), lines_(mode, seed) {}

  /// The next chunk, which must live until `next` says `need_more`. Only when it has said so, or at the start.
  void feed(Bytes chunk);
  /// No chunk follows.
  void finish();

  [[nodiscard]] Step next();

  /// The record of the last step; its views live until the next call.
  [[nodiscard]] const Record& record() const { return record_; }
  /// JSONL: the text of the last step's line; whether it had a time (else it is 0); a length in it that does not fit
  /// its packet, in words, or nothing.
  [[nodiscard]] std::string_view line() const { return line_; }
  [[nodiscard]] bool timed() const { return timed_; }
  /// JSONL: the link type of lines that do not tell theirs, before the first step. Without it, that of the lines before, or of the
  /// first behind that tells.
  void set_untold_link(LinkType link) { untold_link_ = link; }
  /// JSONL: the line told the link type; else it is that of other lines.
  [[nodiscard]] bool link_told() const { return link_told_; }
  [[nodiscard]] std::string_view length_notice() const { return length_notice_; }
  /// Of the last step's record or line.
  [[nodiscard]] Position position() const { return {offset_, number_}; }
  /// Bytes that it takes in the (unpacked) file, a line with its end.
  [[nodiscard]] std::size_t record_size() const { return used_by_record_; }
  /// What went wrong in the last step, with the number of the record or line.
  [[nodiscard]] const Error& error() const { return error_; }

  /// `unknown` until the first step but `need_more`, and for an empty file.
  [[nodiscard]] CaptureFormat format() const { return format_; }
  [[nodiscard]] Compression compression() const { return compression_; }
  /// A pcap with nanoseconds, or any pcapng.
  [[nodiscard]] bool nanoseconds() const;
  /// Those described so far; `Record::interface` is an index. None in JSONL.
  [[nodiscard]] std::span<const Interface> interfaces() const;

  /// For a file that is not packed: the next chunk fed stands at `position`, the place of a record seen before.
  void seek(Position position);

  /// pcap and pcapng: reads a record seen before again, from its bytes in the file, to which the views belong; or appends it with
  /// the packet, the length and the time of `changed`, all else as it was. How far the file has been read is not touched.
  [[nodiscard]] Result<Record> reread(std::uint64_t offset, Bytes raw);
  [[nodiscard]] Result<void> rewrite(Wire& out, std::uint64_t offset, Bytes raw, const Record& changed);
  /// pcapng: see PcapngParser::section_lengths.
  [[nodiscard]] std::span<const std::uint64_t> section_lengths() const { return pcapng_.section_lengths(); }

  /// For a file at hand: a reader that needs no more.
  [[nodiscard]] static CaptureReader over(Bytes file, CaptureFormat otherwise = CaptureFormat::unknown);

 private:
  enum class Stage : std::uint8_t { compression, format, records, over };
  enum class Supply : std::uint8_t { bytes, starved, finished, broken };

  Supply supply();
  Supply gather(std::size_t size);
  Bytes window() const { return carry_.empty() ? chunk_ : Bytes(carry_).subspan(carry_start_); }
  void consume(std::size_t size);
  std::optional<Step> skip();
  std::optional<Step> find_compression();
  std::optional<Step> find_format();
  Step next_packet();
  void fix_packet();
  Step next_line();
  Supply extend_line();
  Step read_line();
  Step without_bytes(Supply why, std::size_t have, std::size_t want);
  Step broken(std::string_view what);

  CaptureFormat otherwise_;
  CaptureFormat format_ = CaptureFormat::unknown;
  Compression compression_ = Compression::none;
  Stage stage_ = Stage::compression;
  bool last_ = false;          // `finish` was called
  bool passing_over_ = false;  // inside of a line over the limit

  Bytes chunk_;                       // plain bytes that are not used yet
  std::vector<std::uint8_t> carry_;   // a record's beginning from earlier chunks; comes before `chunk_`
  std::size_t carry_start_ = 0;       // bytes of it that are used
  std::size_t searched_ = 0;          // bytes of it that are known to hold no line end
  std::size_t used_by_record_ = 0;    // to be consumed by the next step
  std::uint64_t skip_ = 0;            // bytes to pass over
  std::uint64_t skip_size_ = 0;       // of the block that they belong to
  std::uint64_t offset_ = 0;
  std::uint64_t number_ = 0;

  std::optional<Decompressor> unpacker_;
  std::vector<std::uint8_t> packed_head_;  // first bytes of a packed file, where they came in an earlier chunk
  Bytes packed_;                           // fed, not yet given to the unpacker
  std::vector<std::uint8_t> unpacked_;     // what `chunk_` is a view of

  PcapParser pcap_;
  PcapngParser pcapng_;
  Record record_;
  LineReader lines_;
  Dissector dissector_;
  Dissection dissection_;
  Draft fixed_;  // the packet of a capture in fix mode
  std::string_view line_;
  std::string_view length_notice_;
  bool timed_ = true;
  bool link_told_ = true;
  std::optional<LinkType> untold_link_;
  bool link_known_ = false;  // record_.link is of a line before this one, or guessed
  Error error_;
};

}  // namespace proto
