// The packets of the packet editor in their order: those of the file, which stay there, and those that were changed. Pure.
// A packet that was not touched costs 8 bytes; what was changed is kept for undo and redo.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "oside_packet.h"

namespace cmds::oside {

class Document {
 public:
  struct Slot {
    std::uint32_t source;   // the record of the file that it is, or was made of
    std::uint32_t version;  // 0: as it is in the file
    bool operator==(const Slot&) const = default;
  };

  /// More records of the file are known: they follow at the end. `likely`: how many there will be.
  void grow(std::size_t records, std::size_t likely = 0);

  [[nodiscard]] std::size_t size() const noexcept { return slots_.size(); }
  [[nodiscard]] Slot slot(std::size_t at) const { return slots_[at]; }
  [[nodiscard]] std::span<const Slot> slots() const noexcept { return slots_; }
  /// nullptr: as it is in the file.
  [[nodiscard]] const EditedPacket* edited(Slot slot) const { return slot.version == 0 ? nullptr : versions_[slot.version - 1].get(); }

  void replace(std::size_t at, EditedPacket packet);
  /// Behind itself.
  void copy(std::size_t at);
  void erase(std::size_t at);

  struct Undone {
    std::size_t at;     // where it was
    std::string what;   // "change", "copy", "deletion"
    int shift;          // 1: a packet came there, -1: it has gone, 0: neither
  };
  /// Nothing left: nullopt.
  std::optional<Undone> undo();
  std::optional<Undone> redo();

  [[nodiscard]] bool modified() const noexcept { return done_ != saved_; }
  void mark_saved() noexcept { saved_ = done_; }
  /// No file that is to be kept holds it, whatever is undone.
  void mark_unsaved() noexcept { saved_ = static_cast<std::size_t>(-1); }

 private:
  struct Step {
    enum class Kind : std::uint8_t { replace, insert, erase } kind;
    std::size_t at;
    Slot before, after;
  };
  static Undone undone(const Step& step, bool forward);
  void take(Step step);
  void apply(const Step& step, bool forward);

  std::vector<Slot> slots_;
  std::uint32_t known_ = 0;  // records of the file
  std::vector<std::shared_ptr<const EditedPacket>> versions_;
  std::vector<Step> steps_;
  std::size_t done_ = 0, saved_ = 0;  // steps
};

}  // namespace cmds::oside
