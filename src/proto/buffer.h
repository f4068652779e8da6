#pragma once
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

namespace proto {

/// A size with the bytes behind it that make whole words of 32 bits: how SCTP and pcapng pad.
constexpr std::size_t padded(std::size_t size) noexcept { return (size + 3) & ~std::size_t{3}; }

/// A growing array that is written through a bare pointer: `need` makes room, the caller writes, `end` says how far.
/// It never shrinks, so a buffer that is used again allocates nothing; nor does a local one in the long run, which gets the memory of
/// one that is gone. Every room has `slack` more bytes behind it, for writers that store whole words and then step back.
template <class T>
class Buffer {
public:
  static constexpr std::size_t slack = 32;

  Buffer() = default;
  Buffer(Buffer&& other) noexcept : memory_(std::exchange(other.memory_, {})), size_(std::exchange(other.size_, 0)) {}
  Buffer& operator=(Buffer&& other) noexcept {
    std::swap(memory_, other.memory_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~Buffer() { give_back(memory_); }

  /// Room for `more` elements (and slack) at the end; the pointer holds until the next call that can grow.
  T* need(std::size_t more) {
    if (memory_.room - size_ < more) grow(more);
    return memory_.data + size_;
  }
  void end(const T* at) noexcept { size_ = static_cast<std::size_t>(at - memory_.data); }

  void push(T element) {
    *need(1) = element;
    ++size_;
  }
  void append(const T* from, std::size_t count) {
    if (count > 0) std::memcpy(need(count), from, count * sizeof(T));
    size_ += count;
  }
  void append(std::span<const T> part) { append(part.data(), part.size()); }
  void append_zeros(std::size_t count) {
    if (count > 0) std::memset(need(count), 0, count * sizeof(T));
    size_ += count;
  }

  T* data() noexcept { return memory_.data; }
  const T* data() const noexcept { return memory_.data; }
  std::size_t size() const noexcept { return size_; }
  bool empty() const noexcept { return size_ == 0; }
  T& operator[](std::size_t i) noexcept { return memory_.data[i]; }
  const T& operator[](std::size_t i) const noexcept { return memory_.data[i]; }
  void clear() noexcept { size_ = 0; }
  /// Drops what lies behind the first `count` elements.
  void cut(std::size_t count) noexcept { size_ = std::min(size_, count); }
  std::span<const T> span() const noexcept { return {memory_.data, size_}; }
  std::span<const T> span_from(std::size_t start) const noexcept { return span().subspan(std::min(start, size_)); }

private:
  struct Memory {
    T* data = nullptr;
    std::size_t room = 0;
  };
  static_assert(std::is_trivially_copyable_v<T>, "elements are moved with memcpy");
  // Of buffers that are gone. There is one thread. Large ones are not kept.
  static constexpr std::size_t largest_spare = std::size_t{64} << 10;  // bytes
  inline static std::array<Memory, 16> spares_{};

  static void give_back(Memory memory) noexcept {
    if (memory.data == nullptr) return;
    if (memory.room * sizeof(T) <= largest_spare) {
      auto& smallest = *std::min_element(spares_.begin(), spares_.end(), [](const Memory& a, const Memory& b) { return a.room < b.room; });
      if (smallest.room < memory.room) std::swap(smallest, memory);
    }
    delete[] memory.data;
  }

  void grow(std::size_t more) {
    Memory larger;
    for (Memory& spare : spares_)
      if (larger.data == nullptr && spare.room >= size_ + more) larger = std::exchange(spare, {});
    if (larger.data == nullptr) {
      larger.room = std::max<std::size_t>(memory_.room * 2, size_ + more + 256);
      larger.data = new T[larger.room + slack];
    }
    if (size_ > 0) std::memcpy(larger.data, memory_.data, size_ * sizeof(T));
    give_back(std::exchange(memory_, larger));
  }

  Memory memory_;
  std::size_t size_ = 0;
};

/// Text that grows; the output of all JSON writers.
class Text : public Buffer<char> {
public:
  void append(std::string_view text) { Buffer<char>::append(text.data(), text.size()); }
  std::string_view view() const noexcept { return {data(), size()}; }
  std::string_view view_from(std::size_t start) const noexcept { return view().substr(std::min(start, size())); }
};

/// Packet bytes that grow; big-endian numbers are appended, or put back where they were left out.
class Wire : public Buffer<std::uint8_t> {
public:
  /// What the readers of a layer's fields leave for later ones and for its `finish` and `fill`; zero when a layer begins.
  using Notes = std::array<std::uint32_t, 5>;
  Notes notes{};

  void u8(std::uint64_t value) { number(value, 1); }
  void u16(std::uint64_t value) { number(value, 2); }
  void u32(std::uint64_t value) { number(value, 4); }
  void u64(std::uint64_t value) { number(value, 8); }
  void number(std::uint64_t value, std::size_t bytes) {
    std::uint8_t* at = need(bytes);
    for (std::size_t i = bytes; i > 0; value >>= 8) at[--i] = static_cast<std::uint8_t>(value);
    end(at + bytes);
  }
  void text(std::string_view text) { append(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()); }
  void patch(std::size_t at, std::uint64_t value, std::size_t bytes) noexcept {
    for (std::size_t i = bytes; i > 0; value >>= 8) (*this)[at + --i] = static_cast<std::uint8_t>(value);
  }
};

}  // namespace proto
