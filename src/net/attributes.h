// Netlink attributes: built, and read without ever leaving the bytes that the kernel gave (include/uapi/linux/netlink.h).
#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace net {

using Bytes = std::span<const std::uint8_t>;

/// Attributes one after the other, padded to 4 bytes; nested ones between begin() and end().
class AttributeBuilder {
 public:
  void add(std::uint16_t type, Bytes value);
  void add_flag(std::uint16_t type) { add(type, Bytes()); }
  /// With the terminating zero.
  void add_text(std::uint16_t type, std::string_view text);
  void add_u8(std::uint16_t type, std::uint8_t value) { add(type, Bytes(&value, 1)); }
  void add_u16(std::uint16_t type, std::uint16_t value) { add_value(type, value); }
  void add_u32(std::uint16_t type, std::uint32_t value) { add_value(type, value); }
  /// In network order.
  void add_be16(std::uint16_t type, std::uint16_t value);
  void add_be32(std::uint16_t type, std::uint32_t value);
  /// The object's bytes as they lie in memory: structures of the kernel interface.
  template <class T>
  void add_value(std::uint16_t type, const T& value) {
    static_assert(std::is_trivially_copyable_v<T>);
    add(type, Bytes(reinterpret_cast<const std::uint8_t*>(&value), sizeof value));
  }
  [[nodiscard]] std::size_t begin(std::uint16_t type);
  void end(std::size_t begun);
  /// Bytes without an attribute header, padded: a family's fixed part inside a nest (struct ifinfomsg of VETH_INFO_PEER, rtnexthop).
  void append(Bytes bytes);
  template <class T>
  void append_value(const T& value) {
    static_assert(std::is_trivially_copyable_v<T>);
    append(Bytes(reinterpret_cast<const std::uint8_t*>(&value), sizeof value));
  }
  [[nodiscard]] Bytes bytes() const noexcept { return bytes_; }
  [[nodiscard]] bool empty() const noexcept { return bytes_.empty(); }

 protected:
  std::vector<std::uint8_t> bytes_;
};

/// A fixed structure at the start of `bytes`; what is missing at the end reads as zero, as for an older kernel's shorter one.
template <class T>
T leading(Bytes bytes) noexcept {
  static_assert(std::is_trivially_copyable_v<T>);
  T value{};
  if (!bytes.empty()) std::memcpy(&value, bytes.data(), std::min(bytes.size(), sizeof value));
  return value;
}

/// Reads attributes. A length that does not fit ends the list.
class Attributes {
 public:
  struct Attribute {
    std::uint16_t type;  // without NLA_F_NESTED and NLA_F_NET_BYTEORDER
    Bytes value;
  };
  class Iterator {
   public:
    explicit Iterator(Bytes rest) noexcept : rest_(rest) { take(); }
    const Attribute& operator*() const noexcept { return attribute_; }
    const Attribute* operator->() const noexcept { return &attribute_; }
    Iterator& operator++() noexcept {
      take();
      return *this;
    }
    bool operator==(std::default_sentinel_t) const noexcept { return ended_; }

   private:
    void take() noexcept;
    Bytes rest_;
    Attribute attribute_{};
    bool ended_ = false;
  };

  Attributes() = default;
  explicit Attributes(Bytes bytes) noexcept : bytes_(bytes) {}
  /// Those that follow a fixed structure.
  template <class Fixed>
  static Attributes after(Bytes bytes) noexcept {
    constexpr std::size_t fixed = (sizeof(Fixed) + 3) & ~std::size_t{3};
    return Attributes(bytes.subspan(std::min(bytes.size(), fixed)));
  }

  [[nodiscard]] Iterator begin() const noexcept { return Iterator(bytes_); }
  static std::default_sentinel_t end() noexcept { return {}; }

  [[nodiscard]] std::optional<Bytes> find(std::uint16_t type) const noexcept;
  [[nodiscard]] bool has(std::uint16_t type) const noexcept { return find(type).has_value(); }
  /// Empty when there is none.
  [[nodiscard]] Attributes nested(std::uint16_t type) const noexcept { return Attributes(find(type).value_or(Bytes())); }
  /// nullopt when there is none or it is shorter than the number.
  [[nodiscard]] std::optional<std::uint8_t> u8(std::uint16_t type) const noexcept { return value<std::uint8_t>(type); }
  [[nodiscard]] std::optional<std::uint16_t> u16(std::uint16_t type) const noexcept { return value<std::uint16_t>(type); }
  [[nodiscard]] std::optional<std::uint32_t> u32(std::uint16_t type) const noexcept { return value<std::uint32_t>(type); }
  /// Up to the first zero.
  [[nodiscard]] std::string text(std::uint16_t type) const;

 private:
  template <class T>
  [[nodiscard]] std::optional<T> value(std::uint16_t type) const noexcept {
    const auto found = find(type);
    if (!found || found->size() < sizeof(T)) return std::nullopt;
    return leading<T>(*found);
  }
  Bytes bytes_;
};

}  // namespace net
