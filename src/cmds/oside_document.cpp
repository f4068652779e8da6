#include "oside_document.h"

namespace cmds::oside {

void Document::grow(std::size_t records, std::size_t likely) {
  slots_.reserve(likely);
  while (known_ < records) slots_.push_back({known_++, 0});
}

void Document::take(Step step) {
  // A saved state that was undone cannot be come back to any more.
  if (saved_ > done_) mark_unsaved();
  steps_.resize(done_);
  steps_.push_back(step);
  ++done_;
  apply(step, true);
}

void Document::apply(const Step& step, bool forward) {
  const auto place = slots_.begin() + static_cast<std::ptrdiff_t>(step.at);
  if (step.kind == Step::Kind::replace) *place = forward ? step.after : step.before;
  else if ((step.kind == Step::Kind::insert) == forward) slots_.insert(place, step.kind == Step::Kind::insert ? step.after : step.before);
  else slots_.erase(place);
}

Document::Undone Document::undone(const Step& step, bool forward) {
  static constexpr const char* names[] = {"change", "copy", "deletion"};
  const int shift = step.kind == Step::Kind::replace ? 0 : (step.kind == Step::Kind::insert) == forward ? 1 : -1;
  return {step.at, names[static_cast<std::size_t>(step.kind)], shift};
}

void Document::replace(std::size_t at, EditedPacket packet) {
  versions_.push_back(std::make_shared<const EditedPacket>(std::move(packet)));
  take({Step::Kind::replace, at, slots_[at], {slots_[at].source, static_cast<std::uint32_t>(versions_.size())}});
}

void Document::copy(std::size_t at) { take({Step::Kind::insert, at + 1, {}, slots_[at]}); }

void Document::erase(std::size_t at) { take({Step::Kind::erase, at, slots_[at], {}}); }

std::optional<Document::Undone> Document::undo() {
  if (done_ == 0) return std::nullopt;
  const Step& step = steps_[--done_];
  apply(step, false);
  return undone(step, false);
}

std::optional<Document::Undone> Document::redo() {
  if (done_ == steps_.size()) return std::nullopt;
  const Step& step = steps_[done_++];
  apply(step, true);
  return undone(step, true);
}

}  // namespace cmds::oside
