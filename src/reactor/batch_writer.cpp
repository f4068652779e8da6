#include "reactor/batch_writer.h"

#include <liburing.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "reactor/error.h"
#include "reactor/loop.h"
#include "reactor/require.h"

namespace reactor {

struct BatchWriter::Ring {
  io_uring uring{};
  bool ready = false;

  Ring() {
    for (const unsigned flags : {IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN, 0U}) {
      ready = io_uring_queue_init(kMost, &uring, flags) == 0;
      if (ready) break;
    }
  }
  Ring(const Ring&) = delete;
  ~Ring() {
    if (ready) io_uring_queue_exit(&uring);
  }
};

BatchWriter::BatchWriter() {
  if (!Loop::current().may_have_uring()) return;
  ring_ = std::make_unique<Ring>();
  if (!ring_->ready) ring_.reset();
}

BatchWriter::~BatchWriter() = default;

BatchWriter::Done BatchWriter::write(int fd, std::span<const std::span<const std::uint8_t>> buffers) noexcept {
  buffers = buffers.first(std::min(buffers.size(), kMost));
  if (!ring_ || buffers.size() == 1) {
    for (std::size_t i = 0; i < buffers.size(); ++i)
      if (::write(fd, buffers[i].data(), buffers[i].size()) < 0) return {i, errno};
    return {buffers.size(), 0};
  }
  io_uring* const uring = &ring_->uring;
  for (std::size_t i = 0; i < buffers.size(); ++i) {
    io_uring_sqe* sqe = io_uring_get_sqe(uring);  // there is one: the ring is empty between two batches
    io_uring_prep_write(sqe, fd, buffers[i].data(), static_cast<unsigned>(buffers[i].size()), static_cast<std::uint64_t>(-1));
    // Linked: the next one starts when this one has succeeded, so that none overtakes another and none follows a failure.
    if (i + 1 < buffers.size()) sqe->flags |= IOSQE_IO_LINK;
    io_uring_sqe_set_data64(sqe, i);
  }
  Done done{buffers.size(), 0};
  for (unsigned left = static_cast<unsigned>(buffers.size()); left != 0;) {
    const int entered = io_uring_submit_and_wait(uring, left);
    if (entered < 0 && entered != -EINTR && entered != -EAGAIN && entered != -EBUSY)
      broken("io_uring_submit_and_wait", errno_text(-entered).c_str());
    io_uring_cqe* cqe = nullptr;
    unsigned head = 0, seen = 0;
    io_uring_for_each_cqe(uring, head, cqe) {
      ++seen;
      if (cqe->res < 0 && cqe->user_data < done.count) done = {cqe->user_data, -cqe->res};
    }
    io_uring_cq_advance(uring, seen);
    left -= seen;
  }
  return done;
}

}  // namespace reactor
