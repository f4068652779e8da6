#include "boot/settings.h"

#include "shell/command.h"

namespace boot {

namespace {

std::vector<std::string> split(std::string_view line) {
  std::vector<std::string> words;
  std::string word;
  bool quoted = false, any = false;
  for (const char c : line) {
    if (c == '"') {
      quoted = !quoted;
      any = true;
    } else if (!quoted && (c == ' ' || c == '\t' || c == '\n')) {
      if (any) words.push_back(std::exchange(word, {}));
      any = false;
    } else {
      word += c;
      any = true;
    }
  }
  if (any) words.push_back(word);
  return words;
}

class Parser {
 public:
  explicit Parser(Settings& settings) : settings_(settings) {}

  void take(std::string_view name, std::string_view value) {
    word_ = "myinit." + std::string(name) + "=" + std::string(value);
    if (name == "autoexec") {
      delay(value, settings_.autoexec);
    } else if (name == "poweroff") {
      poweroff_given_ = true;
      delay(value, settings_.poweroff);
    } else if (name == "startup") {
      settings_.startup = value;
    } else if (name == "script") {
      settings_.script = value;
    } else if (name == "heartbeat") {
      settings_.heartbeat = value == "1";
    } else if (name == "budget") {
      if (const auto ms = number(value, INT32_MAX)) settings_.budget = std::chrono::milliseconds(*ms);
    } else if (name == "debug_exit" || name == "debug_console") {
      if (const auto port = number(value, UINT16_MAX))
        (name == "debug_exit" ? settings_.debug_exit : settings_.debug_console) = static_cast<std::uint16_t>(*port);
    } else if (name == "share") {
      const std::size_t colon = value.find(':');
      if (colon == std::string_view::npos || colon == 0 || colon + 1 == value.size())
        complain("TAG:MOUNTPOINT is needed");
      else
        settings_.shares.emplace_back(value.substr(0, colon), value.substr(colon + 1));
    } else if (name.starts_with("env.") && name.size() > 4) {
      settings_.variables.emplace_back(name.substr(4), value);
    } else {
      complain("not a setting of myinit");
    }
  }

  void finish() {
    if (!settings_.script.empty() && !poweroff_given_) settings_.poweroff = std::chrono::seconds(0);
  }

 private:
  void complain(std::string_view why) { settings_.complaints.push_back("kernel command line: " + word_ + ": " + std::string(why)); }

  std::optional<std::int64_t> number(std::string_view value, std::int64_t most) {
    auto n = shell::parse_number(value, value, 0, most);
    if (n) return *n;
    complain(n.error().text());
    return std::nullopt;
  }

  void delay(std::string_view value, std::optional<std::chrono::seconds>& into) {
    if (value == "off")
      into.reset();
    else if (const auto seconds = number(value, 86400))
      into = std::chrono::seconds(*seconds);
  }

  Settings& settings_;
  std::string word_;
  bool poweroff_given_ = false;
};

}  // namespace

Settings parse_settings(std::string_view command_line) {
  Settings settings;
  Parser parser(settings);
  for (const std::string& word : split(command_line)) {
    constexpr std::string_view prefix = "myinit.", console = "console=";
    if (word.starts_with(console)) settings.virtio_console = std::string_view(word).substr(console.size()).starts_with("hvc");
    if (!word.starts_with(prefix)) continue;
    const std::size_t equals = std::min(word.find('='), word.size());
    parser.take(std::string_view(word).substr(prefix.size(), equals - prefix.size()),
                std::string_view(word).substr(std::min(equals + 1, word.size())));
  }
  parser.finish();
  return settings;
}

}  // namespace boot
