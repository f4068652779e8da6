#include "net/relay.h"

#include <poll.h>
#include <unistd.h>

#include <vector>

#include "reactor/event.h"
#include "reactor/io.h"
#include "reactor/job.h"
#include "reactor/loop.h"
#include "reactor/socket.h"
#include "reactor/timer.h"

namespace net {

namespace {

using reactor::Error;
using reactor::failed;

// Bytes; bench/netcat has the figures.
constexpr std::size_t kStreamBuffer = 256 * 1024;
constexpr std::size_t kDatagramBuffer = 65536;
constexpr std::size_t kDatagramInput = 16384;  // what one datagram takes from the input at the most, as with other netcats

class Relay {
 public:
  Relay(int socket, reactor::In& in, reactor::Out& out, RelaySettings settings)
      : socket_(socket), in_(in), out_(out), settings_(std::move(settings)),
        direct_(out.fd() >= 0 && ::isatty(out.fd()) == 0) {}

  Task<Result<RelayCounts>> run();

 private:
  Task<void> upload();
  Task<void> download();
  Task<Result<void>> send(std::string_view data);
  Task<Result<std::size_t>> receive(std::span<char> buffer);
  Task<Result<void>> print(std::string_view data);
  void fail(Error error) {
    if (error.cancelled() || error_) return;
    error_ = std::move(error);
  }
  void busy() {
    if (settings_.idle.count() != 0) timer_.arm(reactor::monotonic_now() + settings_.idle);
  }
  [[nodiscard]] bool input_ready() const {
    pollfd p{in_.fd(), POLLIN, 0};
    return in_.fd() >= 0 && ::poll(&p, 1, 0) > 0;
  }
  void stop_all() {
    upload_->request_stop();
    download_->request_stop();
  }

  int socket_;
  reactor::In& in_;
  reactor::Out& out_;
  RelaySettings settings_;
  bool direct_;  // the output is a descriptor that takes large pieces without a copy in between
  bool reading_ = false, peer_ended_ = false;
  std::optional<Endpoint> sender_;
  reactor::Event has_sender_;
  RelayCounts counts_;
  std::optional<Error> error_;
  std::shared_ptr<reactor::Job> upload_, download_;
  reactor::Timer timer_{[](void* self) noexcept {
                          static_cast<Relay*>(self)->counts_.timed_out = true;
                          static_cast<Relay*>(self)->stop_all();
                        },
                        this};
};

Task<Result<void>> Relay::send(std::string_view data) {
  if (!settings_.datagrams) {
    while (!data.empty()) {
      auto n = co_await reactor::send(socket_, data);
      if (!n) co_return tl::unexpected(n.error());
      data.remove_prefix(*n);
      busy();
    }
    co_return Result<void>();
  }
  iovec part{const_cast<char*>(data.data()), data.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  Endpoint to;
  if (settings_.answer_last_sender) {
    auto known = co_await has_sender_.wait();
    if (!known) co_return known;
    to = *sender_;
    message.msg_name = &to.storage;
    message.msg_namelen = to.length;
  }
  auto n = co_await reactor::sendmsg(socket_, &message);
  co_return n.map([](std::size_t) {});
}

Task<Result<std::size_t>> Relay::receive(std::span<char> buffer) {
  if (!settings_.answer_last_sender) {
    auto n = co_await reactor::recv(socket_, buffer);
    co_return n;
  }
  Endpoint from;
  iovec part{buffer.data(), buffer.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_name = &from.storage;
  message.msg_namelen = sizeof from.storage;
  auto n = co_await reactor::recvmsg(socket_, &message);
  if (!n) co_return n;
  from.length = message.msg_namelen;
  const bool other = !sender_ || sender_->text() != from.text();
  sender_ = from;
  has_sender_.set();
  if (other && settings_.on_sender) settings_.on_sender(from);
  co_return n;
}

Task<Result<void>> Relay::print(std::string_view data) {
  if (direct_) {
    auto before = co_await out_.finish();
    if (!before) co_return before;
    co_return co_await reactor::write_all(out_.fd(), data);
  }
  out_.write(data);
  auto done = co_await out_.flush();
  co_return done;
}

Task<void> Relay::upload() {
  std::vector<char> buffer(settings_.datagrams ? kDatagramInput : kStreamBuffer);
  for (;;) {
    if (peer_ended_ && settings_.end_with_peer && !input_ready()) co_return;
    reading_ = true;
    auto n = co_await in_.read(buffer);
    reading_ = false;
    if (!n) {
      fail(n.error());
      // Stopped by the other direction, or the input is broken: then nothing goes on.
      if (error_) download_->request_stop();
      co_return;
    }
    if (*n == 0) break;
    busy();
    const std::string_view piece(buffer.data(), *n);
    auto sent = co_await send(piece);
    if (!sent) {
      // The peer is gone altogether: what it sent before is still read.
      if (sent.error().code == EPIPE || sent.error().code == ECONNRESET) co_return;
      fail(sent.error());
      download_->request_stop();
      co_return;
    }
    counts_.sent_bytes += *n;
  }
  if (!settings_.datagrams) {
    ::shutdown(socket_, SHUT_WR);
  } else if (settings_.linger) {
    settings_.idle = settings_.idle.count() != 0 ? std::min(settings_.idle, *settings_.linger) : *settings_.linger;
    busy();
  }
}

Task<void> Relay::download() {
  std::vector<char> buffer(settings_.datagrams ? kDatagramBuffer : kStreamBuffer);
  for (;;) {
    auto n = co_await receive(buffer);
    if (!n) {
      // A connected datagram socket tells once that nobody was there.
      fail(n.error());
      upload_->request_stop();
      co_return;
    }
    if (*n == 0 && !settings_.datagrams) break;
    busy();
    counts_.received_bytes += *n;
    const std::string_view piece(buffer.data(), *n);
    auto printed = co_await print(piece);
    if (!printed) {
      fail(printed.error());
      upload_->request_stop();
      co_return;
    }
  }
  peer_ended_ = true;
  if (settings_.end_with_peer && reading_ && !input_ready()) upload_->request_stop();
}

Task<Result<RelayCounts>> Relay::run() {
  reactor::JobScope scope;
  upload_ = scope.spawn("netcat sends", upload());
  download_ = scope.spawn("netcat receives", download());
  busy();
  co_await scope.join();
  timer_.disarm();
  if (reactor::must_stop()) co_return failed({}, {}, ECANCELED);
  if (error_) co_return tl::unexpected(*error_);
  co_return counts_;
}

}  // namespace

Task<Result<RelayCounts>> relay(int socket, reactor::In& in, reactor::Out& out, RelaySettings settings) {
  Relay both(socket, in, out, std::move(settings));
  co_return co_await both.run();
}

}  // namespace net
