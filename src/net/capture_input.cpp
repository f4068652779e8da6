#include "net/capture_input.h"

#include <fcntl.h>

#include "reactor/io.h"

namespace net {

using reactor::Result;
using reactor::Task;

namespace {

// Small enough that copying it out of the page cache (10 us) does not show in the timing of a replay.
constexpr std::size_t kPieceBytes = 128 * 1024;

std::unique_ptr<proto::CaptureReader> make_reader(const std::string& path) {
  // A JSONL file whose first line is bad is still a JSONL file.
  const bool jsonl = path.ends_with(".jsonl") || path.ends_with(".json");
  return std::make_unique<proto::CaptureReader>(jsonl ? proto::CaptureFormat::jsonl : proto::CaptureFormat::unknown);
}

}  // namespace

CaptureInput::CaptureInput(std::string path, reactor::Fd fd)
    : path_(std::move(path)), fd_(std::move(fd)), reader_(make_reader(path_)), piece_(kPieceBytes) {}

Task<Result<std::unique_ptr<CaptureInput>>> CaptureInput::open(std::string path) {
  auto fd = co_await reactor::open_file(path, O_RDONLY);
  if (!fd) co_return tl::unexpected(fd.error());
  (void)::posix_fadvise(fd->get(), 0, 0, POSIX_FADV_SEQUENTIAL);
  co_return std::unique_ptr<CaptureInput>(new CaptureInput(std::move(path), std::move(*fd)));
}

Task<Result<void>> CaptureInput::fill() {
  auto n = co_await reactor::read(fd_.get(), piece_);
  if (!n) {
    n.error().on = path_;
    co_return tl::unexpected(n.error());
  }
  if (*n == 0)
    reader_->finish();
  else
    reader_->feed({reinterpret_cast<const std::uint8_t*>(piece_.data()), *n});
  co_return Result<void>();
}

Result<void> CaptureInput::rewind() {
  if (::lseek(fd_.get(), 0, SEEK_SET) < 0) return reactor::failed("rewind", path_, errno);
  reader_ = make_reader(path_);
  return {};
}

}  // namespace net
