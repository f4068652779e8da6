#include "net/fakehost_table.h"

#include <sys/socket.h>

#include <algorithm>
#include <bit>
#include <cstring>

namespace net {

namespace {

std::string range_text(const IpAddress& first, const IpAddress& last) {
  return first == last ? first.text() : first.text() + "-" + last.text();
}

}  // namespace

std::string FakeHost::text() const { return range_text(first, last); }

std::size_t FakeHostTable::Hash::operator()(const Key& key) const noexcept {
  constexpr std::uint64_t kPrime = 0x9e3779b97f4a7c15;  // 2^64 / golden ratio
  std::uint64_t words[2];
  std::memcpy(words, key.address.storage.data(), sizeof words);
  const std::uint64_t sum = std::rotl((words[0] ^ key.vlan) * kPrime, 31) ^ words[1];
  return std::rotl(sum * kPrime, 29) * kPrime >> 8;
}

Result<void> FakeHostTable::add(std::shared_ptr<FakeHost> host) {
  const Key first = key_of(host->vlan, host->first), last = key_of(host->vlan, host->last);
  if (const FakeHost* const other = find_any(*host); other != nullptr)
    return reactor::failed({}, host->text(), other->text() == host->text() ? "there is such a fake host already"
                                                                            : "fake host " + other->text() + " has some of it already");
  if (first == last)
    single_[first] = host.get();
  else
    ranges_[last] = host.get();
  if (host->sends_errors()) forwarders_.emplace(forwarder_key(host->vlan, host->mac.bytes.data(), host->first.family), host.get());
  all_.push_back(std::move(host));
  return {};
}

std::shared_ptr<FakeHost> FakeHostTable::remove(std::string_view text) {
  const auto range = parse_address_range(text);
  if (!range) return nullptr;
  const auto found = std::ranges::find_if(all_, [&](const auto& h) { return h->first == range->first && h->last == range->second; });
  if (found == all_.end()) return nullptr;
  std::shared_ptr<FakeHost> host = std::move(*found);
  all_.erase(found);
  single_.erase(key_of(host->vlan, host->first));
  if (host->first != host->last) ranges_.erase(key_of(host->vlan, host->last));
  std::erase_if(forwarders_, [&host](const auto& entry) { return entry.second == host.get(); });
  return host;
}

FakeHost* FakeHostTable::find_range(const Key& key) const noexcept {
  const auto found = ranges_.lower_bound(key);
  if (found == ranges_.end() || found->first.vlan != key.vlan || found->first.address.family != key.address.family) return nullptr;
  return key.address < found->second->first ? nullptr : found->second;
}

FakeHost* FakeHostTable::find(std::optional<std::uint16_t> vlan, const IpAddress& address) const noexcept {
  const Key key = key_of(vlan, address);
  if (const auto found = single_.find(key); found != single_.end()) return found->second;
  return ranges_.empty() ? nullptr : find_range(key);
}

// One that has some of the addresses. Single ones, which may be many thousands, do not look at all others.
const FakeHost* FakeHostTable::find_any(const FakeHost& host) const noexcept {
  if (host.first == host.last) return find(host.vlan, host.first);
  const auto overlaps = [&host](const auto& other) {
    return other->vlan == host.vlan && other->first.family == host.first.family && !(other->last < host.first) && !(host.last < other->first);
  };
  const auto found = std::ranges::find_if(all_, overlaps);
  return found == all_.end() ? nullptr : found->get();
}

FakeHostTable::ForwarderKey FakeHostTable::forwarder_key(std::optional<std::uint16_t> vlan, const std::uint8_t* mac, int family) noexcept {
  ForwarderKey key{vlan ? *vlan : 1U << 16, family, {}};
  std::copy_n(mac, key.mac.bytes.size(), key.mac.bytes.begin());
  return key;
}

FakeHost* FakeHostTable::find_forwarder(std::optional<std::uint16_t> vlan, const std::uint8_t* mac, int family) const noexcept {
  if (forwarders_.empty()) return nullptr;
  const auto found = forwarders_.find(forwarder_key(vlan, mac, family));
  return found == forwarders_.end() ? nullptr : found->second;
}

Result<std::pair<IpAddress, IpAddress>> parse_address_range(std::string_view text) {
  if (const std::size_t dash = text.find('-'); dash != std::string_view::npos) {
    TRY(first, parse_address(text.substr(0, dash)));
    TRY(last, parse_address(text.substr(dash + 1), first.family));
    if (last < first) return reactor::failed({}, text, "the range ends before it begins");
    return std::pair(first, last);
  }
  TRY(prefix, parse_prefix(text));
  IpAddress first = prefix.address, last = prefix.address;
  for (unsigned bit = prefix.length; bit < first.bits(); ++bit) {
    const auto mask = static_cast<std::uint8_t>(0x80U >> (bit % 8));
    first.storage[bit / 8] = static_cast<std::uint8_t>(first.storage[bit / 8] & ~mask);
    last.storage[bit / 8] = static_cast<std::uint8_t>(last.storage[bit / 8] | mask);
  }
  return std::pair(first, last);
}

}  // namespace net
