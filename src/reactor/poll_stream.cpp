#include "reactor/poll_stream.h"

#include <liburing.h>
#include <poll.h>
#include <sys/utsname.h>

#include <cstdlib>

#include "reactor/job.h"
#include "reactor/loop.h"

namespace reactor {

namespace {

bool kernel_has_multishot() {
  static const bool has = [] {
    utsname kernel{};
    if (::uname(&kernel) != 0) return false;
    char* rest = nullptr;
    const long major = std::strtol(kernel.release, &rest, 10);
    const long minor = *rest == '.' ? std::strtol(rest + 1, nullptr, 10) : 0;
    return major > 5 || (major == 5 && minor >= 13);
  }();
  return has;
}

}  // namespace

PollStream::PollStream(int fd, short events) noexcept : Op("poll stream", fd, events), wanted_(events) {}

void PollStream::prep(io_uring_sqe* sqe) noexcept {
  if (kernel_has_multishot())
    io_uring_prep_poll_multishot(sqe, fd(), static_cast<unsigned>(wanted_));
  else
    io_uring_prep_poll_add(sqe, fd(), static_cast<unsigned>(wanted_));
}

int PollStream::attempt(bool may_block) noexcept {
  pollfd p{fd(), wanted_, 0};
  const int n = ::poll(&p, 1, 0);
  if (n < 0) return -errno;
  return n == 0 && !may_block ? -EAGAIN : p.revents;
}

bool PollStream::Next::await_ready() const noexcept { return stream_.pending_ != 0 || must_stop(); }

Result<short> PollStream::Next::await_resume() {
  const short events = std::exchange(stream_.pending_, short{0});
  if (events != 0) return events;
  // Ended: with an error, or (armed once only) with the events themselves.
  return result(std::exchange(stream_.res_, -ECANCELED), "poll").map([](int n) { return static_cast<short>(n); });
}

}  // namespace reactor
