// What the files of the command `ip` share: a call with its options, and its words.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ip_output.h"
#include "net/ip_address.h"
#include "net/link.h"
#include "net/netlink.h"
#include "shell/command.h"

namespace cmds::ip {

using reactor::Result;
using reactor::Task;

struct Options {
  int family = 0;  // AF_UNSPEC: both
  bool statistics = false;
};

/// One call. The interfaces are read once, when it starts.
struct Session {
  Session(shell::Context& context, Options given, Output& to, net::Netlink socket, net::LinkNames names)
      : cx(context), options(given), out(to), netlink(std::move(socket)), links(std::move(names)) {}

  shell::Context& cx;
  Options options;
  Output& out;
  net::Netlink netlink;
  net::LinkNames links;

  /// Index of an interface by its name.
  [[nodiscard]] Result<int> device(std::string_view name) const;
  /// What the words came to: message, and as in iproute2 status 255 for a word out of place, 1 for the value of one (an interface
  /// that is not there, no address) and for what is missing.
  int wrong(const reactor::Error& error) const;
  /// What the kernel refused: message, and status 2.
  int refused(const reactor::Error& error) const;
  /// The line that says that a change was made; nothing with -j.
  int changed(std::string_view what) const;
};

/// The words of a call, taken one after the other. A word is its keyword, or (matches) an abbreviation of it.
class Words {
 public:
  explicit Words(std::span<const std::string> words) : words_(words) {}

  [[nodiscard]] bool done() const noexcept { return words_.empty(); }
  [[nodiscard]] std::string_view peek() const noexcept { return words_.front(); }
  std::string_view take() noexcept {
    last_ = words_.front();
    words_ = words_.subspan(1);
    return last_;
  }
  /// Takes the next word when it is `keyword` or the start of it.
  bool matches(std::string_view keyword) noexcept {
    if (done() || peek().empty() || !keyword.starts_with(peek())) return false;
    take();
    return true;
  }
  /// Takes the next word when it is one of these.
  bool is(std::string_view keyword, std::string_view other = {}) noexcept {
    if (done() || (peek() != keyword && (other.empty() || peek() != other))) return false;
    take();
    return true;
  }
  [[nodiscard]] std::string_view last() const noexcept { return last_; }
  /// The word that must follow the one taken last.
  [[nodiscard]] Result<std::string_view> value();
  [[nodiscard]] Result<std::uint32_t> number(std::uint32_t most = 0xffffffff);
  /// A type of service: hexadecimal, with or without 0x.
  [[nodiscard]] Result<std::uint8_t> tos();
  /// "on" or "off" (or 1, 0).
  [[nodiscard]] Result<bool> on_off();
  [[nodiscard]] Result<net::IpAddress> address(int family = 0);
  [[nodiscard]] Result<std::vector<std::uint8_t>> hardware();
  /// The error for a word that nobody knows.
  [[nodiscard]] reactor::Error unknown(std::string_view among) const;

 private:
  std::span<const std::string> words_;
  std::string_view last_;
};

/// A link-layer address: MAC, or an IP address for tunnels.
Result<std::vector<std::uint8_t>> parse_hardware(std::string_view text);
/// "default", "any", "all" (length 0, no address) or a prefix.
Result<net::IpPrefix> parse_destination(std::string_view text, int family);
/// An address or prefix; of IPv4 also the short forms 10/8, 10.7/16.
Result<net::IpPrefix> parse_prefix(std::string_view text, int family);
Result<net::IpAddress> parse_address(std::string_view text, int family);
/// A word out of place (status 255).
tl::unexpected<reactor::Error> wrong_word(std::string text);
/// A value that is wrong, or something that is missing (status 1).
tl::unexpected<reactor::Error> wrong_value(std::string text);

/// A sub-command of an object. `name` may be abbreviated; the first that begins with the word is taken.
struct Verb {
  std::string_view name;
  Task<int> (*run)(Session&, Words);
};
/// Runs the one that the next word names; the first one when there is no word.
Task<int> run_verb(Session& s, Words words, std::span<const Verb> verbs, std::string_view object);

// The objects.
Task<int> run_link(Session& s, Words words);
Task<int> run_address(Session& s, Words words);
Task<int> run_route(Session& s, Words words);
Task<int> run_neighbor(Session& s, Words words);
Task<int> run_rule(Session& s, Words words);
Task<int> run_monitor(Session& s, Words words);

}  // namespace cmds::ip
