#include "shell/wait_subject.h"

#include <array>
#include <cstddef>

#include "reactor/require.h"

namespace shell {

namespace {

constexpr std::size_t kMost = 32;

// Filled while static objects are made, in no particular order; in the order of their names.
constinit std::array<const WaitSubject*, kMost> subjects{};
constinit std::array<SubSpec, kMost> forms{};
constinit std::size_t count = 0;
constinit CommandSpec* declaration = nullptr;

}  // namespace

WaitSubjectEntry::WaitSubjectEntry(const WaitSubject& subject) {
  reactor::require(count < kMost, "too many subjects of wait");
  std::size_t at = count++;
  for (; at > 0 && subject.name < subjects[at - 1]->name; --at) {
    subjects[at] = subjects[at - 1];
    forms[at] = forms[at - 1];
  }
  subjects[at] = &subject;
  forms[at] = {.words = subject.name, .args = subject.args, .help = subject.help};
  if (declaration != nullptr) declare_wait_subjects_in(*declaration);
}

const WaitSubject* find_wait_subject(std::string_view name) {
  for (const WaitSubject* subject : std::span(subjects).first(count))
    if (subject->name == name) return subject;
  return nullptr;
}

void declare_wait_subjects_in(CommandSpec& wait) {
  declaration = &wait;
  wait.subs = std::span(forms).first(count);
}

}  // namespace shell
