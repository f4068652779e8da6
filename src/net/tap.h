// TAP and TUN interfaces whose descriptors this program holds: what it writes there the kernel receives, what the kernel
// transmits there it reads. One registry for everyone: tap, inject, fakehost, netcat.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "net/attributes.h"
#include "proto/address.h"
#include "reactor/error.h"
#include "reactor/fd.h"
#include "reactor/job.h"
#include "reactor/task.h"

namespace net {

using reactor::Result;
using reactor::Task;

struct TapSettings {
  std::string name;
  bool tun = false;        // no Ethernet header
  unsigned queues = 1;     // descriptors; more than one: IFF_MULTI_QUEUE
  std::optional<proto::Mac> mac;
  bool persist = false;    // stays when its descriptors are closed
};

/// An interface and its descriptors, which are non-blocking: a frame is written with write(2), without waiting.
class Tap {
 public:
  Tap(TapSettings settings, int link, std::vector<reactor::Fd> queues)
      : settings_(std::move(settings)), link_(link), queues_(std::move(queues)) {}

  [[nodiscard]] const TapSettings& settings() const noexcept { return settings_; }
  [[nodiscard]] const std::string& name() const noexcept { return settings_.name; }
  [[nodiscard]] int link() const noexcept { return link_; }  // interface index
  [[nodiscard]] std::size_t queue_count() const noexcept { return queues_.size(); }
  [[nodiscard]] int fd(std::size_t queue = 0) const noexcept { return queues_[queue].get(); }

  /// Frames; whoever uses a descriptor counts here.
  struct Counters {
    std::uint64_t read = 0;     // by a reader
    std::uint64_t unread = 0;   // drained, because there was none
    std::uint64_t written = 0;
  };
  Counters counters;

  /// Writes one frame: the kernel receives it on this interface. ENOBUFS, EIO (the interface is down): not taken.
  Result<void> write(Bytes frame);
  /// Who reads now; empty: nobody, frames are drained.
  [[nodiscard]] const std::string& reader() const noexcept { return reader_; }

 private:
  friend class Taps;
  friend class TapReader;
  TapSettings settings_;
  int link_;
  std::vector<reactor::Fd> queues_;
  std::string reader_;
  std::vector<std::shared_ptr<reactor::Job>> drains_;
};

/// The one reader of a TAP; while it lives, nothing is drained.
class TapReader {
 public:
  TapReader(std::shared_ptr<Tap> tap, reactor::JobScope& background) : tap_(std::move(tap)), background_(&background) {}
  TapReader(TapReader&& other) noexcept : tap_(std::move(other.tap_)), background_(other.background_) {}
  TapReader& operator=(TapReader&&) = delete;
  ~TapReader();

  [[nodiscard]] Tap& tap() noexcept { return *tap_; }
  /// The next frame, of the queue. An error that is not "cancelled": the interface is gone.
  [[nodiscard]] Task<Result<std::size_t>> read(std::span<char> buffer, std::size_t queue = 0);

 private:
  std::shared_ptr<Tap> tap_;
  reactor::JobScope* background_;
};

class Taps {
 public:
  /// Makes the interface, and the device node or the module when they are missing. Frames that nobody reads are drained by a
  /// job in `background`, which must live as long as the registry is used. Fails without leaving anything behind.
  [[nodiscard]] Task<Result<std::shared_ptr<Tap>>> add(reactor::JobScope& background, TapSettings settings);
  /// Returns when the interface is gone. One that another program left behind (persist) is removed, too.
  [[nodiscard]] Task<Result<void>> remove(std::string name);
  /// nullptr: not one of ours.
  [[nodiscard]] std::shared_ptr<Tap> find(std::string_view name) const;
  [[nodiscard]] const std::map<std::string, std::shared_ptr<Tap>, std::less<>>& all() const noexcept { return taps_; }
  /// Becomes the reader under the name `who`; fails when there is one already.
  [[nodiscard]] Task<Result<TapReader>> take(reactor::JobScope& background, std::string name, std::string who);

 private:
  std::map<std::string, std::shared_ptr<Tap>, std::less<>> taps_;
};

}  // namespace net
