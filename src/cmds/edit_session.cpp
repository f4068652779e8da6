#include "edit_session.h"

#include <fmt/format.h>

#include "reactor/io.h"
#include "reactor/loop.h"
#include "shell/dialogs.h"
#include "shell/memory_limit.h"
#include "shell/text.h"

namespace cmds {
namespace {

using namespace shell;

// As much typing as one may lose in a crash.
constexpr std::chrono::seconds recovery_delay(4);
// A long text is written to the recovery file so seldom that it takes no more than this part of the time.
constexpr int recovery_share = 20;

std::string shown_name(const EditFile& file) { return file.path().empty() ? "(no name)" : file.path(); }

}  // namespace

EditSession::EditSession(Context& cx, EditFile file, TextBuffer text)
    : cx_(cx), file_(std::move(file)), memory_(cx.shell.service<EditMemory>()), document_(std::move(text)), view_(document_, shown_name(file_)) {
  if (file_.path().empty() && document_.text().size() > 0) document_.set_unsaved();
}

Task<int> EditSession::run(Screen& screen) {
  screen_ = &screen;
  std::string failure;
  {
    const Screen::Showing showing(screen, view_);
    reactor::JobScope jobs;
    const auto keys = jobs.spawn("edit keys", take_keys());
    jobs.spawn("edit recovery", keep_recovery());
    (void)co_await keys->finished();
    jobs.request_stop();
    co_await jobs.join();
    failure = keys->failure();
  }
  if (left_) {
    file_.recovery().remove();
    co_return 0;
  }
  if (!failure.empty()) ended_ = Error{.tried = {}, .on = {}, .reason = failure};
  if (document_.changed()) {
    const reactor::Shield shield;
    auto kept = co_await file_.write_recovery(document_.text(), document_.text().version());
    if (kept) cx_.err.print("edit: {}: not saved; the text is in {}\n", shown_name(file_), *kept);
    else (void)cx_.fail(kept.error());
  }
  co_return ended_ ? cx_.fail(*ended_) : 130;
}

Task<void> EditSession::take_keys() {
  if (const int error = file_.unwritable(); error != 0) {
    view_.set_read_only(true);
    view_.say(fmt::format("{} cannot be written: {}. Ctrl-O saves under another name.", file_.path(), reactor::errno_text(error)));
  } else if (!file_.path().empty() && !file_.exists()) {
    view_.say("a new file");
  }
  auto done = co_await offer_recovery();
  while (done && !left_) {
    auto key = co_await screen_->key();
    if (!key) {
      ended_ = key.error();
      co_return;
    }
    done = co_await take(std::move(*key));
    if (document_.changed()) changed_.set();
  }
  if (!done) ended_ = done.error();
}

// ---- the recovery file ----

Task<void> EditSession::keep_recovery() {
  EditText::Version kept;
  auto delay = std::chrono::nanoseconds(recovery_delay);
  for (bool told = false;;) {
    auto changed = co_await changed_.wait();
    if (!changed) co_return;
    auto slept = co_await reactor::sleep_for(delay);
    if (!slept) co_return;
    changed_.reset();
    const EditText::Version version = document_.text().version();
    if (!document_.changed() || (version == kept && file_.recovery().exists())) continue;
    const auto start = reactor::monotonic_now();
    auto written = co_await file_.write_recovery(document_.text(), version);
    if (!written && written.error().cancelled()) co_return;
    if (written) kept = version;
    else if (!std::exchange(told, true)) view_.say("no recovery file: " + written.error().text());
    if (!document_.changed()) file_.recovery().remove();  // saved meanwhile
    delay = std::max(delay, recovery_share * (reactor::monotonic_now() - start));
    screen_->refresh();
  }
}

Task<EditSession::Done> EditSession::offer_recovery() {
  auto offer = co_await file_.recovery().offer(*screen_, file_.path());
  if (!offer) co_return tl::unexpected(offer.error());
  left_ = offer->leave;
  if (!offer->message.empty()) view_.say(std::move(offer->message));
  if (offer->recover.empty()) co_return Done();
  auto text = co_await reactor::read_file(offer->recover, memory_limit());
  // Going on would write it anew, and it is the only copy.
  if (!text) co_return tl::unexpected(text.error());
  file_.recovery().take_over(std::move(offer->recover));
  document_.begin_step();
  document_.replace(0, document_.text().size(), *text);
  document_.move_to(0, false);
  view_.say("recovered; the file itself is as it was until you save");
  co_return Done();
}

// ---- saving and leaving ----

Task<EditSession::Done> EditSession::save() {
  if (file_.path().empty()) {
    auto named = co_await save_as();
    co_return named;
  }
  if (file_.changed_underneath()) {
    auto answer = co_await ask_letter(*screen_, file_.path() + " was changed by somebody else: o overwrites it, s saves under another name, Esc does neither", "os");
    if (!answer) co_return tl::unexpected(answer.error());
    if (*answer == 's') {
      auto named = co_await save_as();
      co_return named;
    }
    if (*answer != 'o') co_return Done();
  }
  co_await write(file_.path());
  co_return Done();
}

Task<EditSession::Done> EditSession::save_as() {
  auto path = co_await ask_line(*screen_, "Save as: ", memory_.names, file_.path());
  if (!path) co_return tl::unexpected(path.error());
  if (!*path || (*path)->empty()) co_return Done();
  const bool own = **path == file_.path();
  if (own ? file_.changed_underneath() : FileState::at(**path).exists()) {
    auto sure = co_await ask_yes(*screen_, **path + (own ? " was changed by somebody else. Overwrite it?" : " exists. Overwrite it?"));
    if (!sure) co_return tl::unexpected(sure.error());
    if (!*sure) co_return Done();
  }
  co_await write(std::move(**path));
  co_return Done();
}

Task<void> EditSession::write(std::string path) {
  const EditText::Version version = document_.text().version();
  auto written = co_await file_.write(document_.text(), version, std::move(path));
  if (!written) {
    view_.say("not saved: " + written.error().text());
    screen_->bell();
    co_return;
  }
  document_.set_saved(version);
  view_.set_name(file_.path());
  view_.set_read_only(false);
  view_.say(fmt::format("saved: {} bytes, {} lines", document_.text().size(), document_.text().newlines()));
}

Task<EditSession::Done> EditSession::save_and_leave() {
  if (document_.changed()) {
    auto saved = co_await save();
    if (!saved) co_return saved;
  }
  left_ = !document_.changed();
  co_return Done();
}

Task<EditSession::Done> EditSession::leave() {
  if (document_.changed()) {
    auto key = co_await ask_key(*screen_, "Not saved. Ctrl-Q leaves without saving, Ctrl-S saves and leaves, any other key returns.");
    if (!key) co_return tl::unexpected(key.error());
    if (key->is_ctrl('s')) {
      auto saved = co_await save_and_leave();
      co_return saved;
    }
    if (!key->is_ctrl('q')) co_return Done();
  }
  left_ = true;
  co_return Done();
}

}  // namespace cmds
