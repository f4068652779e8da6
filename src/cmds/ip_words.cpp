#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>

#include "ip.h"
#include "proto/address.h"

namespace cmds::ip {

namespace {

// 10 is 10.0.0.0 and 10.7 is 10.7.0.0, in iproute2 as among people, and not 0.0.0.10 as inet_aton() has it.
std::string whole_ipv4(std::string_view text, int family) {
  const std::size_t end = std::min(text.find('/'), text.size());
  std::string out(text.substr(0, end));
  const bool numbers = !out.empty() && out.find_first_not_of("0123456789.") == std::string::npos && !out.ends_with('.');
  if (family != AF_INET6 && numbers)
    for (auto dots = std::count(out.begin(), out.end(), '.'); dots < 3; ++dots) out += ".0";
  return out.append(text.substr(end));
}

template <class T>
Result<T> of_value(Result<T> parsed) {
  if (!parsed && parsed.error().code == 0) parsed.error().code = EINVAL;
  return parsed;
}

}  // namespace

tl::unexpected<reactor::Error> wrong_word(std::string text) { return reactor::failed({}, {}, text); }

tl::unexpected<reactor::Error> wrong_value(std::string text) { return tl::unexpected(reactor::Error{{}, {}, EINVAL, std::move(text)}); }

Result<net::IpPrefix> parse_prefix(std::string_view text, int family) { return of_value(net::parse_prefix(whole_ipv4(text, family), family)); }

Result<net::IpAddress> parse_address(std::string_view text, int family) { return of_value(net::parse_address(whole_ipv4(text, family), family)); }

Result<int> Session::device(std::string_view name) const {
  TRY_VOID(net::check_link_name(name));
  const net::Link* link = links.find(name);
  if (link == nullptr) return reactor::failed({}, name, ENODEV);
  return link->index;
}

int Session::wrong(const reactor::Error& error) const {
  // A code next to words only says which status it is.
  cx.fail(error.reason.empty() ? error.text() : error.reason);
  return error.code != 0 ? 1 : 255;
}

int Session::refused(const reactor::Error& error) const {
  const int status = cx.fail(error);
  return status == 1 ? 2 : status;
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

Result<std::uint8_t> Words::tos() {
  TRY(text, value());
  const auto tos = shell::parse_number(fmt::format("{}{}", text.starts_with("0x") ? "" : "0x", text), {}, 0, 255);
  if (!tos) return wrong_word(fmt::format("tos: '{}' is not a hexadecimal number up to ff", text));
  return static_cast<std::uint8_t>(*tos);
}

Result<bool> Words::on_off() {
  const std::string_view name = last_;
  TRY(text, value());
  if (text == "on" || text == "1") return true;
  if (text == "off" || text == "0") return false;
  return wrong_value(fmt::format("{}: 'on' or 'off' is needed, not '{}'", name, text));
}

Result<net::IpAddress> Words::address(int family) {
  TRY(text, value());
  return parse_address(text, family);
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
  return wrong_value(fmt::format("'{}' is not a link-layer address", text));
}

Result<net::IpPrefix> parse_destination(std::string_view text, int family) {
  if (text == "default" || text == "any" || text == "all") return net::IpPrefix{};
  return parse_prefix(text, family);
}

}  // namespace cmds::ip
