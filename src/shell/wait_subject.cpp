#include "shell/wait_subject.h"

#include <algorithm>

namespace shell {

namespace {

struct Registry {
  std::vector<const WaitSubject*> subjects;
  std::vector<SubSpec> forms;
  CommandSpec* wait = nullptr;

  // Static objects come in no particular order: whoever comes makes the declaration complete again.
  void renew() {
    std::sort(subjects.begin(), subjects.end(), [](const WaitSubject* a, const WaitSubject* b) { return a->name < b->name; });
    forms.clear();
    for (const WaitSubject* s : subjects) forms.push_back({.words = s->name, .args = s->args, .help = s->help});
    if (wait != nullptr) wait->subs = forms;
  }
};

Registry& registry() {
  static Registry only;
  return only;
}

}  // namespace

WaitSubjectEntry::WaitSubjectEntry(const WaitSubject& subject) {
  registry().subjects.push_back(&subject);
  registry().renew();
}

const WaitSubject* find_wait_subject(std::string_view name) {
  for (const WaitSubject* subject : registry().subjects)
    if (subject->name == name) return subject;
  return nullptr;
}

void declare_wait_subjects_in(CommandSpec& wait) {
  registry().wait = &wait;
  registry().renew();
}

}  // namespace shell
