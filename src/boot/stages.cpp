#include "boot/stages.h"

#include <cerrno>

#include "builtin_script.h"
#include "reactor/io.h"
#include "reactor/job.h"
#include "reactor/loop.h"
#include "shell/timeline.h"

namespace boot {

namespace {

using reactor::Task;

constexpr const char* kFolders[] = {"/mnt/host/test-harness/", "/mnt/host/", "/"};
constexpr const char* kArguments = "/.myinit/args";

std::vector<std::string> split_at_nul(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\0'), text.size());
    parts.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

}  // namespace

void Stages::say(const std::string& line) { streams_.out.print("{}\n", line); }

Task<void> Stages::built_in() {
  const auto begin = reactor::monotonic_now();
  shell::Script script;
  script.name = "builtin.run";
  (void)co_await shell_.run_text(std::string(builtin_script), script, streams_);
  shell_.service<shell::Timeline>().add("stage 1: builtin.run", 0, begin, reactor::monotonic_now() - begin);
}

Task<Stages::Search> Stages::search(std::string given, std::string name) {
  std::vector<std::string> paths;
  if (given.empty())
    for (const char* folder : kFolders) paths.push_back(folder + name);
  else
    paths.push_back(std::move(given));
  Search result;
  for (std::string& path : paths) {
    auto content = co_await reactor::read_file(path);
    const int error = content ? 0 : content.error().code;
    if (error == ENOENT || error == ENOTDIR || error == EISDIR) {
      result.looked += (result.looked.empty() ? "" : ", ") + path;
      continue;
    }
    if (content) result.content = std::move(*content);
    result.found = std::move(path);
    break;
  }
  co_return result;
}

void Stages::begin_user_commands() {
  if (std::exchange(user_began_, true)) return;
  auto& timeline = shell_.service<shell::Timeline>();
  const auto now = reactor::monotonic_now();
  timeline.add("first user command", 0, now, reactor::Nanoseconds(0));
  const auto since_start = now - timeline.start;
  port_.say("user " + std::to_string(std::chrono::duration_cast<std::chrono::microseconds>(since_start).count()));
  if (!settings_.budget || since_start <= *settings_.budget) return;
  over_budget_ = true;
  streams_.err.print("boot: the first user command began after {} ms; myinit.budget allows {} ms\n",
                     std::chrono::duration_cast<std::chrono::milliseconds>(since_start).count(), settings_.budget->count());
}

Task<void> Stages::run_script(Search script, std::vector<std::string> arguments) {
  say("\nExecuting " + script.found + "...");
  say("Running script: " + script.found);
  (void)co_await streams_.out.flush();
  begin_user_commands();
  const auto begin = reactor::monotonic_now();
  shell::Script caller;
  auto status = co_await console_.run_interruptible(
      shell_.run_file(script.found, std::move(arguments), caller, streams_, std::move(script.content)));
  status_ = status;
  shell_.service<shell::Timeline>().add("script " + script.found, 0, begin, reactor::monotonic_now() - begin);
  (void)co_await streams_.out.flush();
  (void)co_await streams_.err.flush();
}

Task<bool> Stages::countdown(int seconds) {
  for (; seconds > 0; --seconds) {
    say(std::to_string(seconds) + " seconds remaining...");
    (void)co_await streams_.out.flush();
    auto key = co_await console_.key_within(std::chrono::seconds(1));
    if (!key) co_return false;
    if (*key) co_return true;
  }
  co_return false;
}

Task<bool> Stages::run() {
  auto startup = co_await search(settings_.startup, "startup.run");
  begun_.set();
  if (reactor::must_stop()) co_return true;
  if (!startup.found.empty())
    co_await run_script(std::move(startup), {});
  else
    say("No startup.run found (looked at " + startup.looked + ")");
  if (reactor::must_stop()) co_return true;  // by poweroff: no countdown, no further script

  const bool scripted = !settings_.script.empty();
  if (!scripted) {
    if (!settings_.autoexec) co_return false;
    const int seconds = static_cast<int>(settings_.autoexec->count());
    if (seconds > 0) {
      say("Checking for autoexec.run in " + std::to_string(seconds) + " seconds...\nPress any key to skip autoexec.");
      auto skipped = co_await countdown(seconds);
      if (skipped) {
        say("Skipped autoexec.run, entering interactive mode.");
        co_return false;
      }
      if (reactor::must_stop()) co_return true;
    }
  }
  auto autoexec = co_await search(settings_.script, "autoexec.run");
  if (reactor::must_stop()) co_return true;
  if (!autoexec.found.empty()) {
    std::vector<std::string> arguments;
    if (scripted) {
      auto given = co_await reactor::read_file(kArguments);
      if (given) arguments = split_at_nul(*given);
    }
    co_await run_script(std::move(autoexec), std::move(arguments));
  } else if (scripted) {
    streams_.err.print("boot: {}: no such script\n", settings_.script);
    status_ = 127;
  } else {
    say("No autoexec.run found (looked at " + autoexec.looked + ")");
  }

  if (reactor::must_stop()) co_return true;
  if (!settings_.poweroff) co_return false;
  const int seconds = static_cast<int>(settings_.poweroff->count());
  if (seconds > 0) {
    say("System will shutdown in " + std::to_string(seconds) + " seconds...\nPress any key to enter interactive mode.");
    auto stay = co_await countdown(seconds);
    if (stay) co_return false;
  }
  co_return true;
}

}  // namespace boot
