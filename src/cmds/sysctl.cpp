// sysctl: kernel settings, the files below /proc/sys. Keys have dots or slashes; with slashes a dot belongs to a name, as in
// net/ipv4/conf/eth0.10/forwarding, and the other way round (sysctl(8)).
#include <fcntl.h>

#include <algorithm>

#include "reactor/io.h"
#include "shell/command.h"

namespace {
using namespace shell;

struct Key {
  std::string path, shown;
};

// The separator is whichever comes first; the other one stands for itself, turned round.
Result<Key> parse_key(std::string_view text) {
  const std::size_t first = text.find_first_of("./");
  Key key{std::string(text), std::string(text)};
  const bool dots = first != std::string_view::npos && text[first] == '.';
  const auto turn = [](std::string& s) {
    for (char& c : s) c = c == '.' ? '/' : c == '/' ? '.' : c;
  };
  if (dots)
    turn(key.path);
  else
    turn(key.shown);
  const bool climbs = ("/" + key.path + "/").find("/../") != std::string::npos;
  if (text.empty() || climbs || key.path.front() == '/') return reactor::failed({}, text, "not the name of a setting");
  key.path = "/proc/sys/" + key.path;
  return key;
}

Task<int> show(Context& cx, Key key) {
  auto text = co_await reactor::read_file(key.path);
  if (!text) {
    text.error().on = key.shown;
    text.error().tried.clear();
    co_return cx.fail(text.error());
  }
  while (text->ends_with('\n')) text->pop_back();
  std::string_view rest = *text;
  do {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    cx.out.print("{} = {}\n", key.shown, rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  } while (!rest.empty());
  co_return 0;
}

Task<int> set(Context& cx, Key key, std::string value) {
  // Not write_file: what is not there must not be made, and the message is about the setting.
  auto fd = co_await reactor::open(key.path.c_str(), O_WRONLY);
  Result<void> done;
  if (!fd) {
    done = tl::unexpected(fd.error());
  } else {
    const std::string line = value + "\n";
    done = co_await reactor::write_all(fd->get(), line);
  }
  if (!done) {
    done.error().on = key.shown;
    done.error().tried = "set";
    co_return cx.fail(done.error());
  }
  cx.out.print("{} = {}\n", key.shown, value);
  co_return 0;
}

Task<int> run(Context& cx) {
  const bool write = cx.args.has("-w");
  int status = 0;
  for (const std::string& word : cx.args.positional()) {
    const std::size_t equals = word.find('=');
    const auto trimmed = [](std::string_view text) {
      while (text.starts_with(' ')) text.remove_prefix(1);
      while (text.ends_with(' ')) text.remove_suffix(1);
      return std::string(text);
    };
    auto key = parse_key(trimmed(std::string_view(word).substr(0, equals)));
    int one = 0;
    if (!key) {
      one = cx.fail(key.error());
    } else if (equals != std::string::npos) {
      one = co_await set(cx, *key, trimmed(std::string_view(word).substr(equals + 1)));
    } else if (write) {
      one = cx.bad_usage("-w needs KEY=VALUE, not '" + word + "'");
    } else {
      one = co_await show(cx, *key);
    }
    status = std::max(status, one);
  }
  co_return status;
}

constexpr OptSpec options[] = {{.flag = "-w", .help = "every word must be KEY=VALUE"}};
constexpr ArgSpec args[] = {{.name = "KEY[=VALUE]", .repeated = true}};
constexpr CommandSpec spec = {.name = "sysctl", .group = Group::kernel, .usage = "[-w] KEY[=VALUE]...", .help = "show and change kernel settings",
                              .options = options, .args = args,
                              .details = "A key has dots or slashes: net.ipv4.ip_forward. When a name in it has a dot, use slashes:\n"
                                         "net/ipv4/conf/eth0.10/forwarding.",
                              .example = "sysctl -w net.ipv6.conf.all.forwarding=1", .run = run};
const Command self(spec);

}  // namespace
