// Captures on the loop: input for proto's readers, and whole conversions.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "proto/converter.h"
#include "reactor/stream.h"

namespace net {

/// Where a CaptureReader's bytes come from: a file, or for "-" a command's input.
class CaptureInput {
 public:
  /// The stream outlives the result.
  static reactor::Task<reactor::Result<std::unique_ptr<CaptureInput>>> open(std::string path, reactor::In& standard);

  /// What the reader asks for with `need_more`: the next chunk, or the end. The reader outlives the task.
  [[nodiscard]] reactor::Task<reactor::Result<void>> feed(proto::CaptureReader& reader);

  /// Bytes fed so far, and all that there are (0: not known).
  [[nodiscard]] std::uint64_t fed() const noexcept { return fed_; }
  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
  [[nodiscard]] int fd() const noexcept { return in().fd(); }

 private:
  explicit CaptureInput(reactor::In& in) : borrowed_(&in) {}
  explicit CaptureInput(std::unique_ptr<reactor::Source> source) : owned_(std::make_unique<reactor::In>(std::move(source))) {}
  [[nodiscard]] reactor::In& in() const noexcept { return owned_ ? *owned_ : *borrowed_; }

  reactor::In* borrowed_ = nullptr;
  std::unique_ptr<reactor::In> owned_;
  std::string path_;
  std::vector<char> chunk_;
  std::uint64_t fed_ = 0;
  std::uint64_t size_ = 0;
};

struct Conversion {
  std::string command;  // in messages
  std::string from;     // paths; "-": the command's own streams
  std::string to;
  std::string filter;          // libpcap expression; empty: all packets
  bool needs_capture = false;  // an empty input is no capture
};

/// Converts, with a line on `messages` for each bad record ("json2pcap: a.jsonl: line 3: …"), a progress line if that is a
/// terminal, and at the end "Converted N packets from IN to OUT" on `out` (or on `messages` if OUT is `out`). Returns the
/// command's exit status; an error is one of the files or of the filter. All streams outlive the task.
reactor::Task<reactor::Result<int>> convert(Conversion what, proto::Converter::Options options, reactor::In& in, reactor::Out& out,
                                            reactor::Out& messages);

}  // namespace net
