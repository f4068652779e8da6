// The interface side of fake hosts: frames come in batches, answers go out in batches, delayed ones at their time.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "net/fakehost_answer.h"
#include "net/packet_sender.h"
#include "net/tap.h"
#include "reactor/event.h"
#include "reactor/poll_stream.h"
#include "reactor/timer.h"

namespace net {

/// Not a ring: it would hand a lone request over some milliseconds late.
class FakeHostPort {
 public:
  /// `tap`: of ours, whose frames it reads and writes; else a packet socket is used.
  FakeHostPort(PacketInterface interface, std::shared_ptr<Tap> tap, std::function<void(std::string)> log);
  FakeHostPort(const FakeHostPort&) = delete;
  FakeHostPort& operator=(const FakeHostPort&) = delete;
  ~FakeHostPort();

  /// Opens what it needs. `background`: for the TAP registry.
  [[nodiscard]] Task<Result<void>> open(Taps& taps, reactor::JobScope& background);
  /// Answers until the job is asked to stop or the interface is gone; the error says that.
  [[nodiscard]] Task<Result<void>> run();
  /// From here on its router advertisements go out.
  void announce(const std::shared_ptr<FakeHost>& host);
  /// Its answers that have not gone out yet are dropped.
  void forget(const FakeHost& host);

  [[nodiscard]] FakeAnswers& answers() noexcept { return answers_; }
  [[nodiscard]] const PacketInterface& interface() const noexcept { return interface_; }
  [[nodiscard]] std::uint64_t not_sent() const noexcept { return not_sent_; }
  /// Frames that came faster than they were answered.
  [[nodiscard]] std::uint64_t dropped() noexcept;

 private:
  struct Batch;
  struct Delayed {
    Nanoseconds due;
    std::uint64_t order;
    const FakeHost* host;
    std::vector<std::uint8_t> frame;
    bool operator>(const Delayed& other) const noexcept { return due != other.due ? due > other.due : order > other.order; }
  };

  [[nodiscard]] Task<int> serve(int fd, Result<void>* ended);
  [[nodiscard]] Task<Result<void>> serve_until(reactor::PollStream* ready);
  /// Takes and answers what is there; false when all of it has been.
  bool take(int fd, Result<void>& outcome);
  bool take_from_socket(Result<void>& outcome);
  bool take_from_tap(int fd, Result<void>& outcome);
  void send_answers();
  void send_now();
  void send_delayed();
  void advertise_all();
  void arm();

  PacketInterface interface_;
  std::shared_ptr<Tap> tap_;
  std::optional<TapReader> reader_;
  Fd fd_;
  std::unique_ptr<PacketSender> sender_;
  std::unique_ptr<Batch> batch_;
  FakeAnswers answers_;
  FrameList out_;
  std::vector<proto::Bytes> now_;
  std::vector<Delayed> delayed_;  // a heap, the next one in front
  std::uint64_t order_ = 0, not_sent_ = 0, dropped_ = 0;
  reactor::Timer delay_timer_, advertise_timer_;
};

}  // namespace net
