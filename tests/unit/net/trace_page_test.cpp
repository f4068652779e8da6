#include "net/trace_page.h"

#include <catch2/catch.hpp>
#include <cstring>
#include <random>
#include <vector>

#include "net/trace_data.h"

using namespace net;

namespace {

constexpr TracePageLayout kLayout{.time = 0, .commit = 8, .commit_size = 8, .data = 16, .data_size = 4080};

// Builds a page word by word.
class PageMaker {
 public:
  explicit PageMaker(std::uint64_t time) : time_(time) {}
  PageMaker& word(std::uint32_t value) {
    words_.push_back(value);
    return *this;
  }
  PageMaker& head(std::uint32_t type, std::uint32_t delta) { return word(type | delta << 5); }
  [[nodiscard]] std::vector<std::byte> page(std::uint32_t flags = 0, std::uint64_t lost = 0) const {
    std::vector<std::byte> bytes(kLayout.page_size());
    const std::uint64_t length = words_.size() * 4;
    const std::uint64_t commit = length | flags;
    std::memcpy(bytes.data(), &time_, 8);
    std::memcpy(bytes.data() + 8, &commit, 8);
    if (length != 0) std::memcpy(bytes.data() + 16, words_.data(), length);
    if (lost != 0) std::memcpy(bytes.data() + 16 + length, &lost, 8);
    return bytes;
  }

 private:
  std::uint64_t time_;
  std::vector<std::uint32_t> words_;
};

}  // namespace

TEST_CASE("times add up over short and long records, extensions and discarded events") {
  const auto bytes = PageMaker(1000)
                         .head(1, 5).word(0xaaaa)            // 1005, 4 bytes
                         .head(30, 3).word(1)                // + 2^27 + 3
                         .head(0, 2).word(12).word(1).word(2)  // + 2, 8 bytes
                         .head(29, 7).word(8).word(0xdead)   // discarded: its time counts
                         .head(2, 1).word(3).word(4)
                         .page();
  TracePage page(kLayout, bytes);
  TraceRecord record;
  REQUIRE(page.next(record));
  CHECK(record.time_ns == 1005);
  CHECK(record.data.size() == 4);
  REQUIRE(page.next(record));
  CHECK(record.time_ns == 1005 + (1U << 27) + 3 + 2);
  CHECK(record.data.size() == 8);
  REQUIRE(page.next(record));
  CHECK(record.time_ns == 1005 + (1U << 27) + 3 + 2 + 7 + 1);
  CHECK_FALSE(page.next(record));
  CHECK(page.damage() == nullptr);
  CHECK_FALSE(page.lost());
}

TEST_CASE("an absolute time keeps the top bits of the time before it") {
  const std::uint64_t top = std::uint64_t{3} << 59;
  const auto bytes = PageMaker(top + 100).head(31, 50).word(0).head(1, 0).word(1).page();
  TracePage page(kLayout, bytes);
  TraceRecord record;
  REQUIRE(page.next(record));
  CHECK(record.time_ns == top + (std::uint64_t{1} << 59) + 50);  // 59 bits went round since
}

TEST_CASE("the ring says how many events it lost, when it has room") {
  const auto counted = PageMaker(1).head(1, 0).word(1).page(3U << 30, 123456);
  CHECK(TracePage(kLayout, counted).lost());
  CHECK(TracePage(kLayout, counted).lost_count() == 123456);
  const auto flagged = PageMaker(1).head(1, 0).word(1).page(1U << 31);
  CHECK(TracePage(kLayout, flagged).lost());
  CHECK(TracePage(kLayout, flagged).lost_count() == 0);
}

TEST_CASE("padding ends a page") {
  const auto bytes = PageMaker(1).head(1, 0).word(1).head(29, 0).word(0xffffffff).page();
  TracePage page(kLayout, bytes);
  TraceRecord record;
  CHECK(page.next(record));
  CHECK_FALSE(page.next(record));
  CHECK(page.damage() == nullptr);
}

TEST_CASE("damaged pages end with a reason") {
  TraceRecord record;
  const auto outside = PageMaker(1).head(9, 0).word(1).page();
  TracePage one(kLayout, outside);
  CHECK_FALSE(one.next(record));
  CHECK(one.damage() != nullptr);
  const auto array = PageMaker(1).head(0, 0).word(0xfffffffd).page();  // its rounding up would overflow 32 bits
  TracePage two(kLayout, array);
  CHECK_FALSE(two.next(record));
  CHECK(two.damage() != nullptr);
  auto longer = PageMaker(1).page();
  longer[9] = std::byte{0x20};  // commit 8192
  CHECK(TracePage(kLayout, longer).damage() != nullptr);
  CHECK(TracePage(kLayout, std::span(longer).first(15)).damage() != nullptr);
}

TEST_CASE("a page of Debian's 6.1 kernel: ten events and ten stacks") {
  const auto text = trace_data("cpu0.page");
  REQUIRE(text.size() == 4096);
  TracePage page(kLayout, std::as_bytes(std::span(text)));
  TraceRecord record;
  int events = 0, stacks = 0;
  std::uint64_t last = 0;
  while (page.next(record)) {
    std::uint16_t type = 0;
    std::memcpy(&type, record.data.data(), 2);
    (type == 4 ? stacks : events)++;
    CHECK(record.time_ns >= last);
    last = record.time_ns;
  }
  CHECK(events == 10);
  CHECK(stacks == 10);
  CHECK(last / 1000 >= 3277168);  // the kernel's text: the last event at 3.277168
  CHECK(page.damage() == nullptr);
}

TEST_CASE("random changes to a page never lead outside of it") {
  const auto text = trace_data("cpu0.page");
  std::mt19937 random(7);
  for (int round = 0; round < 5000; ++round) {
    // An exact copy on the heap, so that AddressSanitizer sees a byte beyond.
    std::vector<char> bytes(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(random() % (text.size() + 1)));
    for (int changes = 0; changes < 8 && !bytes.empty(); ++changes) bytes[random() % std::min<std::size_t>(bytes.size(), 2300)] = static_cast<char>(random());
    TracePage page(kLayout, std::as_bytes(std::span(bytes)));
    TraceRecord record;
    std::size_t total = 0;
    while (page.next(record)) total += record.data.size();
    CHECK(total <= bytes.size());
  }
}

TEST_CASE("fields outside of a record are zero, strings empty") {
  const std::vector<std::byte> record(8, std::byte{0x41});
  CHECK(trace_value(record, {.offset = 4, .size = 4}) == 0x41414141U);
  CHECK(trace_value(record, {.offset = 6, .size = 4}) == 0);
  CHECK(trace_value(record, {.offset = 0, .size = 3}) == 0);
  CHECK(trace_string(record, {.offset = 0, .size = 4, .data_loc = true}).empty());  // at 0x4141
}
