#include "net/attributes.h"

#include <arpa/inet.h>
#include <linux/netlink.h>

#include <algorithm>

namespace net {

void AttributeBuilder::append(Bytes bytes) {
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  bytes_.resize(NLA_ALIGN(bytes_.size()));
}

void AttributeBuilder::add(std::uint16_t type, Bytes value) {
  const nlattr header{static_cast<std::uint16_t>(NLA_HDRLEN + value.size()), type};
  append_value(header);
  append(value);
}

void AttributeBuilder::add_text(std::uint16_t type, std::string_view text) {
  const std::string terminated(text);
  add(type, Bytes(reinterpret_cast<const std::uint8_t*>(terminated.c_str()), terminated.size() + 1));
}

void AttributeBuilder::add_be16(std::uint16_t type, std::uint16_t value) { add_u16(type, htons(value)); }
void AttributeBuilder::add_be32(std::uint16_t type, std::uint32_t value) { add_u32(type, htonl(value)); }

std::size_t AttributeBuilder::begin(std::uint16_t type) {
  const std::size_t begun = bytes_.size();
  add_flag(type);
  return begun;
}

void AttributeBuilder::end(std::size_t begun) {
  const auto length = static_cast<std::uint16_t>(bytes_.size() - begun);
  std::memcpy(bytes_.data() + begun, &length, sizeof length);
}

void Attributes::Iterator::take() noexcept {
  if (rest_.size() < NLA_HDRLEN) {
    ended_ = true;
    return;
  }
  const auto header = leading<nlattr>(rest_);
  if (header.nla_len < NLA_HDRLEN || header.nla_len > rest_.size()) {
    ended_ = true;
    return;
  }
  attribute_ = {static_cast<std::uint16_t>(header.nla_type & NLA_TYPE_MASK), rest_.subspan(NLA_HDRLEN, header.nla_len - NLA_HDRLEN)};
  rest_ = rest_.subspan(std::min<std::size_t>(rest_.size(), NLA_ALIGN(header.nla_len)));
}

std::optional<Bytes> Attributes::find(std::uint16_t type) const noexcept {
  for (const Attribute& attribute : *this)
    if (attribute.type == type) return attribute.value;
  return std::nullopt;
}

std::string Attributes::text(std::uint16_t type) const {
  const Bytes value = find(type).value_or(Bytes());
  const auto end = std::find(value.begin(), value.end(), 0);
  return {value.begin(), end};
}

}  // namespace net
