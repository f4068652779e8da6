#include "reactor/frames.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <new>
#include <vector>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define MYINIT_ASAN 1
#endif
#endif

namespace reactor::frames {
namespace {

constexpr std::size_t kStep = 64;     // bytes; frames are rarely smaller
constexpr std::size_t kClasses = 64;  // up to 4 KiB from the lists, larger ones from malloc
constexpr unsigned char kPattern = 0xA5;

struct Free {
  Free* next;
};
std::array<Free*, kClasses> lists{};

struct Kept {
  unsigned char* frame;
  std::size_t bytes;
};
bool quarantining = false;
std::vector<Kept>& kept() {
  static std::vector<Kept> all;
  return all;
}

#ifdef MYINIT_ASAN
constexpr bool kPooled = false;  // a pool would hide a use after free
#else
constexpr bool kPooled = true;
#endif

std::size_t class_of(std::size_t bytes) { return (bytes + kStep - 1) / kStep - 1; }

}  // namespace

void* allocate(std::size_t bytes) {
  const auto index = class_of(bytes);
  if (!kPooled || index >= kClasses) return ::operator new(bytes);
  if (Free* frame = lists[index]) {
    lists[index] = frame->next;
    return frame;
  }
  return ::operator new((index + 1) * kStep);
}

void release(void* frame, std::size_t bytes) noexcept {
  if (quarantining) {
    std::memset(frame, kPattern, bytes);
    kept().push_back({static_cast<unsigned char*>(frame), bytes});
    return;
  }
  const auto index = class_of(bytes);
  if (!kPooled || index >= kClasses) {
    ::operator delete(frame);
    return;
  }
  auto* free = static_cast<Free*>(frame);
  free->next = lists[index];
  lists[index] = free;
}

void quarantine(bool on) { quarantining = on; }

std::size_t damaged_in_quarantine() {
  std::size_t damaged = 0;
  for (const Kept& k : kept()) {
    if (!std::all_of(k.frame, k.frame + k.bytes, [](unsigned char c) { return c == kPattern; })) ++damaged;
    ::operator delete(k.frame);
  }
  kept().clear();
  return damaged;
}

}  // namespace reactor::frames
