#include "net/capture_file.h"

#include <fcntl.h>
#include <liburing.h>
#include <sys/stat.h>

#include <algorithm>

#include "reactor/blocking.h"
#include "reactor/io.h"
#include "reactor/loop.h"

namespace net {

using reactor::Nanoseconds;
using reactor::Result;
using reactor::Task;

namespace {

constexpr int kWriters = 4;  // in flight at once
// So little since the last pause means a low rate: a write for it costs less than the wait would annoy.
constexpr std::size_t kLittleBytes = 64 * 1024;
constexpr Nanoseconds kFlushAfter{20'000'000};

// A write in a kernel worker from the start. The kernel keeps such writes to one file in their order, so that the file grows from
// its front and is readable at any moment; tried at once, a later one could overtake one that has to wait.
class OrderedWrite final : public reactor::Op {
 public:
  OrderedWrite(int fd, std::string_view data, std::int64_t offset) noexcept
      : Op("write capture", fd, 0), data_(data), offset_(offset) {
    force_async_ = true;
  }
  void prep(io_uring_sqe* sqe) noexcept override {
    io_uring_prep_write(sqe, fd(), data_.data(), static_cast<unsigned>(data_.size()), static_cast<std::uint64_t>(offset_));
  }
  int attempt(bool) noexcept override {
    const long n = ::pwrite(fd(), data_.data(), data_.size(), offset_);
    return n < 0 ? -errno : static_cast<int>(n);
  }
  Result<std::size_t> await_resume() {
    return reactor::result(res_, "write").map([](int n) { return static_cast<std::size_t>(n); });
  }

 private:
  std::string_view data_;
  std::int64_t offset_;
};

}  // namespace

std::size_t whole_records(proto::CaptureFormat format, std::string_view bytes, bool file_start) noexcept {
  const proto::FileOrder order;
  const auto* const at = reinterpret_cast<const std::uint8_t*>(bytes.data());
  std::size_t end = 0;
  switch (format) {
    case proto::CaptureFormat::pcap:
      if (file_start) end = std::min(bytes.size(), proto::pcap_file_header_bytes);
      while (bytes.size() - end >= proto::pcap_record_header_bytes) {
        const std::size_t size = proto::pcap_record_header_bytes + order.u32(at + end + 8);
        if (size > bytes.size() - end) break;
        end += size;
      }
      return end;
    case proto::CaptureFormat::pcapng:
      while (bytes.size() - end >= 12) {
        const std::size_t size = order.u32(at + end + 4);
        if (size < 12 || size > bytes.size() - end) break;
        end += size;
      }
      return end;
    default:
      return bytes.rfind('\n') + 1;  // npos + 1 is 0
  }
}

Task<Result<std::unique_ptr<CaptureFile>>> CaptureFile::create(std::string path, proto::CaptureFormat format) {
  auto fd = co_await reactor::open_file(path, O_WRONLY | O_CREAT | O_TRUNC);
  if (!fd) co_return tl::unexpected(fd.error());
  struct stat status {};
  const bool regular = ::fstat(fd->get(), &status) == 0 && S_ISREG(status.st_mode);
  co_return std::unique_ptr<CaptureFile>(new CaptureFile(std::move(path), format, std::move(*fd), regular));
}

CaptureFile::CaptureFile(std::string path, proto::CaptureFormat format, reactor::Fd fd, bool regular)
    : path_(std::move(path)),
      format_(format),
      fd_(std::move(fd)),
      regular_(regular),
      flush_([](void* self) noexcept { static_cast<CaptureFile*>(self)->hand_over(); }, this) {
  (void)next_buffer();
  const int writers = regular_ ? kWriters : 1;
  for (int i = 0; i < writers; ++i) writers_.spawn("write " + path_, write_pieces());
}

CaptureFile::~CaptureFile() = default;

bool CaptureFile::next_buffer() noexcept {
  if (current_ && current_->size() >= kPieceBytes) hand_over();
  if (current_) return true;
  if (!free_.empty()) {
    current_ = std::move(free_.back());  // the one used last: it may still be in the cache
    free_.pop_back();
  } else if (made_ < kPieces) {
    current_ = std::make_unique<proto::Text>();
    (void)current_->need(kPieceBytes + kLittleBytes);
    ++made_;
  }
  return current_ != nullptr;
}

void CaptureFile::hand_over() {
  flush_.disarm();
  if (!current_ || current_->empty()) return;
  const std::uint64_t size = current_->size();
  queue_.push_back({std::move(current_), offset_});
  offset_ += size;
  work_.set();
}

void CaptureFile::pause() {
  if (!current_ || current_->empty()) return;
  if (current_->size() <= kLittleBytes && queue_.empty())
    hand_over();
  else if (!flush_.armed())
    flush_.arm(reactor::monotonic_now() + kFlushAfter);
}

Task<bool> CaptureFile::room() {
  while (!ready()) {
    if (broken()) co_return false;
    freed_.reset();
    auto waited = co_await freed_.wait();
    if (!waited) co_return false;
  }
  co_return !broken();
}

Task<void> CaptureFile::write_pieces() {
  const reactor::Shield shield;  // a capture that is stopped still owes its packets to the file
  for (;;) {
    if (queue_.empty()) {
      if (ending_) co_return;
      work_.reset();
      (void)co_await work_.wait();
      continue;
    }
    Piece piece = std::move(queue_.front());
    queue_.pop_front();
    if (!broken()) co_await write_piece(&piece);
    piece.text->clear();
    free_.push_back(std::move(piece.text));
    freed_.set();
  }
}

Task<void> CaptureFile::write_piece(Piece* piece) {
  std::size_t done = 0;
  while (done < piece->text->size()) {
    const std::string_view rest = piece->text->view_from(done);
    auto n = Result<std::size_t>(std::size_t{0});
    if (regular_)
      n = co_await OrderedWrite(fd_.get(), rest, static_cast<std::int64_t>(piece->offset + done));
    else
      n = co_await reactor::write(fd_.get(), rest);
    if (!n) {
      fail(*piece, done, n.error());
      co_return;
    }
    done += *n;
    written_ += *n;
  }
}

void CaptureFile::fail(const Piece& piece, std::size_t written, const reactor::Error& error) {
  good_end_ = std::min(good_end_, piece.offset + whole_records(format_, piece.text->view().substr(0, written), piece.offset == 0));
  if (!error_) {
    error_ = error;
    error_->on = path_;
  }
}

Task<Result<void>> CaptureFile::finish() {
  const reactor::Shield shield;
  hand_over();
  ending_ = true;
  work_.set();
  co_await writers_.join();
  if (error_ && regular_) {
    const auto cut = [fd = fd_.get(), end = static_cast<off_t>(good_end_)]() -> int { return ::ftruncate(fd, end) < 0 ? errno : 0; };
    (void)co_await reactor::blocking("truncate", cut);
    written_ = good_end_;
  }
  auto closed = co_await reactor::close(std::move(fd_));
  if (error_) co_return tl::unexpected(*error_);
  if (!closed) closed.error().on = path_;
  co_return closed;
}

}  // namespace net
