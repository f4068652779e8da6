// A capture file of any format, read on the loop piece by piece: memory does not grow with the file.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "proto/capture_reader.h"
#include "reactor/error.h"
#include "reactor/fd.h"
#include "reactor/task.h"

namespace net {

class CaptureInput {
 public:
  [[nodiscard]] static reactor::Task<reactor::Result<std::unique_ptr<CaptureInput>>> open(std::string path);

  /// Its next() says what to do; after `need_more`: fill().
  [[nodiscard]] proto::CaptureReader& reader() noexcept { return *reader_; }
  /// Reads the next piece.
  [[nodiscard]] reactor::Task<reactor::Result<void>> fill();
  /// From the start again. A pipe cannot.
  [[nodiscard]] reactor::Result<void> rewind();
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  CaptureInput(std::string path, reactor::Fd fd);
  std::string path_;
  reactor::Fd fd_;
  std::unique_ptr<proto::CaptureReader> reader_;
  std::vector<char> piece_;
};

}  // namespace net
