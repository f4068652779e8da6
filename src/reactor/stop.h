// Stop requests inside one thread: a source that is asked to stop once, and callbacks that run then.
// Not std::stop_source: that one pays for atomics on every operation that waits.
#pragma once

#include <utility>

namespace reactor {

class StopCallback;

class StopSource {
 public:
  StopSource() = default;
  StopSource(const StopSource&) = delete;
  StopSource& operator=(const StopSource&) = delete;

  [[nodiscard]] bool requested() const noexcept { return requested_; }
  /// Runs every callback, in the caller; a callback may remove itself or others. A second call does nothing.
  void request() noexcept;

 private:
  friend class StopCallback;
  StopCallback* first_ = nullptr;
  bool requested_ = false;
};

/// A member of whatever waits; `run` is called at most once, when the source is asked to stop after `arm`.
class StopCallback {
 public:
  using Run = void (*)(void* owner) noexcept;
  StopCallback(Run run, void* owner) noexcept : run_(run), owner_(owner) {}
  StopCallback(const StopCallback&) = delete;
  StopCallback& operator=(const StopCallback&) = delete;
  ~StopCallback() { disarm(); }

  void arm(StopSource& source) noexcept {
    next_ = source.first_;
    link_ = &source.first_;
    if (next_ != nullptr) next_->link_ = &next_;
    source.first_ = this;
  }
  void disarm() noexcept {
    if (link_ == nullptr) return;
    *link_ = next_;
    if (next_ != nullptr) next_->link_ = link_;
    link_ = nullptr;
  }

 private:
  friend class StopSource;
  Run run_;
  void* owner_;
  StopCallback* next_ = nullptr;
  StopCallback** link_ = nullptr;  // what points at us, nullptr when not armed
};

inline void StopSource::request() noexcept {
  if (std::exchange(requested_, true)) return;
  while (first_ != nullptr) {
    StopCallback* callback = first_;
    callback->disarm();
    callback->run_(callback->owner_);
  }
}

}  // namespace reactor
