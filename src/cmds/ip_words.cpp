#include <fmt/format.h>

#include "ip.h"
#include "proto/address.h"

namespace cmds::ip {

tl::unexpected<reactor::Error> wrong_word(std::string text) { return reactor::failed({}, {}, text); }

Result<int> Session::device(std::string_view name) const {
  TRY_VOID(net::check_link_name(name));
  const net::Link* link = links.find(name);
  if (link == nullptr) return reactor::failed({}, name, ENODEV);
  return link->index;
}

int Session::wrong(const reactor::Error& error) const {
  cx.fail(error);
  return error.code != 0 ? 1 : 2;
}

int Session::changed(std::string_view what) const {
  if (!out.json()) cx.out.print("{} successfully\n", what);
  return 0;
}

Task<int> run_verb(Session& s, Words words, std::span<const Verb> verbs, std::string_view object) {
  const Verb* chosen = words.done() ? &verbs.front() : nullptr;
  for (const Verb& verb : verbs)
    if (chosen == nullptr && words.matches(verb.name)) chosen = &verb;
  if (chosen == nullptr) co_return s.wrong(words.unknown(object));
  co_return co_await chosen->run(s, words);
}

Result<std::string_view> Words::value() {
  if (done()) return wrong_word(fmt::format("a value is missing after '{}'", last_));
  return take();
}

Result<std::uint32_t> Words::number(std::uint32_t most) {
  const std::string_view name = last_;
  TRY(text, value());
  TRY(number, shell::parse_number(text, name, 0, most));
  return static_cast<std::uint32_t>(number);
}

Result<bool> Words::on_off() {
  const std::string_view name = last_;
  TRY(text, value());
  if (text == "on" || text == "1") return true;
  if (text == "off" || text == "0") return false;
  return wrong_word(fmt::format("{}: 'on' or 'off' is needed, not '{}'", name, text));
}

Result<net::IpAddress> Words::address(int family) {
  TRY(text, value());
  return net::parse_address(text, family);
}

Result<std::vector<std::uint8_t>> Words::hardware() {
  TRY(text, value());
  return parse_hardware(text);
}

reactor::Error Words::unknown(std::string_view among) const {
  return {{}, {}, 0, fmt::format("{}: unknown word '{}'", among, done() ? last_ : peek())};
}

Result<std::vector<std::uint8_t>> parse_hardware(std::string_view text) {
  if (const auto mac = proto::parse_mac(text)) return std::vector<std::uint8_t>(mac->bytes.begin(), mac->bytes.end());
  if (const auto address = net::parse_address(text)) {
    const net::Bytes bytes = address->bytes();
    return std::vector<std::uint8_t>(bytes.begin(), bytes.end());
  }
  return wrong_word(fmt::format("'{}' is not a link-layer address", text));
}

Result<net::IpPrefix> parse_destination(std::string_view text, int family) {
  if (text == "default" || text == "any" || text == "all") return net::IpPrefix{};
  return net::parse_prefix(text, family);
}

}  // namespace cmds::ip
