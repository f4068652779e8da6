#include "net/capture_input.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "reactor/io.h"

namespace net {

using reactor::Result;
using reactor::Task;

CaptureInput::CaptureInput(std::string path, const CaptureReading& reading)
    : path_(std::move(path)), reading_(reading), reader_(make_reader()), piece_(reading.piece_bytes) {}

std::unique_ptr<proto::CaptureReader> CaptureInput::make_reader() {
  // A JSONL file whose first line is bad is still a JSONL file.
  const bool jsonl = path_.ends_with(".jsonl") || path_.ends_with(".json");
  // Random values are others when the file is read again.
  auto reader = std::make_unique<proto::CaptureReader>(jsonl ? proto::CaptureFormat::jsonl : proto::CaptureFormat::unknown, reading_.mode, reading_.seed++);
  if (reading_.untold_link) reader->set_untold_link(*reading_.untold_link);
  return reader;
}

Task<Result<std::unique_ptr<CaptureInput>>> CaptureInput::open(std::string path, reactor::In* standard, CaptureReading reading) {
  std::unique_ptr<CaptureInput> input(new CaptureInput(path, reading));
  if (standard != nullptr && path == "-") {
    input->standard_ = standard;
    co_return std::move(input);
  }
  auto fd = co_await reactor::open_file(path, O_RDONLY);
  if (!fd) co_return tl::unexpected(fd.error());
  struct stat s {};
  if (::fstat(fd->get(), &s) == 0 && S_ISDIR(s.st_mode)) co_return reactor::failed("open", path, EISDIR);
  input->regular_ = S_ISREG(s.st_mode);
  if (input->regular_) input->size_ = static_cast<std::uint64_t>(s.st_size);
  (void)::posix_fadvise(fd->get(), 0, 0, POSIX_FADV_SEQUENTIAL);
  input->fd_ = std::move(*fd);
  co_return std::move(input);
}

Task<Result<void>> CaptureInput::feed(proto::CaptureReader& reader) {
  Result<std::size_t> n;
  if (standard_ != nullptr)
    n = co_await standard_->read(piece_);
  else
    n = co_await reactor::read(fd_.get(), piece_);
  if (!n) {
    n.error().on = path_;
    co_return tl::unexpected(n.error());
  }
  if (*n == 0)
    reader.finish();
  else
    reader.feed({reinterpret_cast<const std::uint8_t*>(piece_.data()), *n});
  fed_ += *n;
  co_return Result<void>();
}

Result<void> CaptureInput::rewind() {
  if (::lseek(fd(), 0, SEEK_SET) < 0) return reactor::failed("rewind", path_, errno);
  reader_ = make_reader();
  fed_ = 0;
  return {};
}

}  // namespace net
