#include "net/trace_events.h"

#include <catch2/catch.hpp>
#include <cstring>

#include "net/trace_data.h"
#include "net/trace_log.h"

using namespace net;

namespace {

DropFormats debian_formats(bool ifaces, bool stacks) {
  DropFormats formats;
  formats.page = *parse_trace_header_page(trace_data("header_page"));
  formats.drop = *parse_trace_format(trace_data("kfree_skb.format"));
  if (ifaces) {
    formats.receive = *parse_trace_format(trace_data("netif_receive_skb.format"));
    formats.transmit = *parse_trace_format(trace_data("net_dev_queue.format"));
  }
  if (stacks) formats.stack = *parse_trace_format(trace_data("kernel_stack.format"));
  return formats;
}

/// A page with drops of the given times.
std::string page_of(const std::vector<std::uint64_t>& times, std::uint16_t id) {
  std::string page(4096, '\0');
  std::uint64_t at = 16, now = times.front();
  std::memcpy(page.data(), &now, 8);
  for (const auto time : times) {
    const auto head = static_cast<std::uint32_t>(8 | (time - now) << 5);  // 32 bytes
    std::memcpy(page.data() + at, &head, 4);
    std::memcpy(page.data() + at + 4, &id, 2);
    std::memcpy(page.data() + at + 4 + 8, &time, 8);  // the packet's address: something to tell them apart
    now = time;
    at += 36;
  }
  const std::uint64_t commit = at - 16;
  std::memcpy(page.data() + 8, &commit, 8);
  return page;
}

}  // namespace

TEST_CASE("drops of Debian's 6.1 kernel have their interface and their stack") {
  auto decoder = TraceDecoder::make(debian_formats(true, true), 1);
  REQUIRE(decoder);
  const auto page = trace_data("cpu0.page");
  const auto result = decoder->decode(0, std::as_bytes(std::span(page)));
  CHECK(result.events == 10);
  CHECK_FALSE(result.lost);
  std::vector<TraceEvent> drops;
  for (const auto& event : decoder->take(UINT64_MAX))
    if (event.kind == TraceEvent::Kind::drop) drops.push_back(event);
  REQUIRE(drops.size() == 2);
  CHECK((drops[0].time_ns + 500) / 1000 == 3241010);  // as in the kernel's text
  CHECK((drops[1].time_ns + 500) / 1000 == 3277168);
  CHECK(drops[0].pid == 97);
  CHECK(drops[1].pid == 100);
  for (const auto& drop : drops) {
    CHECK(drop.protocol == 0x0800);
    CHECK(drop.reason == 2);
    CHECK(decoder->ifaces.name(drop.iface) == "lo");
  }
  CHECK(drops[0].location > 0xffffffffad6ac410);          // tcp_v4_rcv
  CHECK(drops[0].location < 0xffffffffad6bc140);
  // From the function that dropped it outwards; the kernel's text has two more calls above.
  REQUIRE(decoder->stacks.stack(drops[0].stack).size() == 23);
  CHECK(decoder->stacks.stack(drops[0].stack)[0] == drops[0].location);
  CHECK(decoder->stacks.stack(drops[1].stack).size() == 20);
  CHECK_FALSE(decoder->holding());
}

TEST_CASE("a drop waits for its stack") {
  auto decoder = TraceDecoder::make(debian_formats(false, true), 2);
  REQUIRE(decoder);
  const auto lone = page_of({1000}, 1319), other = page_of({900, 2000}, 1319);
  decoder->decode(0, std::as_bytes(std::span(lone)));
  CHECK(decoder->take(5000).empty());
  CHECK(decoder->take(2'000'000'000).size() == 1);  // it has none
  decoder->decode(1, std::as_bytes(std::span(other)));
  CHECK(decoder->take(5000).empty());
  CHECK(decoder->take(UINT64_MAX).size() == 2);
}

TEST_CASE("without the other formats only the drops are read") {
  auto decoder = TraceDecoder::make(debian_formats(false, false), 1);
  REQUIRE(decoder);
  const auto page = trace_data("cpu0.page");
  CHECK(decoder->decode(0, std::as_bytes(std::span(page))).events == 2);
  const auto events = decoder->take(UINT64_MAX);
  REQUIRE(events.size() == 2);
  CHECK(events[0].iface == 0);
  CHECK(events[0].stack == 0);
}

TEST_CASE("the CPUs' streams become one, as far as all of them were read") {
  auto decoder = TraceDecoder::make(debian_formats(false, false), 3);
  REQUIRE(decoder);
  const std::vector<std::vector<std::uint64_t>> times = {{10, 40, 70}, {20, 30, 100}, {15, 90}};
  for (std::size_t cpu = 0; cpu < 3; ++cpu) {
    const auto page = page_of(times[cpu], 1319);
    decoder->decode(cpu, std::as_bytes(std::span(page)));
  }
  CHECK(decoder->last_time(1) == 100);
  std::vector<std::uint64_t> got;
  for (const auto until : {60, 95, 200}) {
    for (const auto& event : decoder->take(static_cast<std::uint64_t>(until))) got.push_back(event.time_ns);
    got.push_back(0);
  }
  CHECK(got == std::vector<std::uint64_t>{10, 15, 20, 30, 40, 0, 70, 90, 0, 100, 0});
}

TEST_CASE("a kernel without reasons is read, one without addresses refused") {
  auto formats = debian_formats(false, false);
  std::erase_if(formats.drop.fields, [](const TraceField& f) { return f.name == "reason"; });
  auto decoder = TraceDecoder::make(formats, 1);
  REQUIRE(decoder);
  const auto page = trace_data("cpu0.page");
  decoder->decode(0, std::as_bytes(std::span(page)));
  CHECK(decoder->take(UINT64_MAX)[0].reason == 0);
  std::erase_if(formats.drop.fields, [](const TraceField& f) { return f.name == "location"; });
  CHECK_FALSE(TraceDecoder::make(formats, 1));
}

TEST_CASE("the log keeps the last thousand rows and counts all") {
  DropLog log;
  for (std::uint32_t i = 0; i < 2500; ++i) log.add({.event = {.time_ns = i, .location = i % 5 == 0 ? 1U : 2U, .reason = 3}});
  CHECK(log.total() == 2500);
  CHECK(log.first_row() == 1500);
  CHECK(log.rows().size() == 1000);
  CHECK(log.rows().front().event.time_ns == 1500);
  const auto tallies = log.tallies();
  REQUIRE(tallies.size() == 2);
  CHECK(tallies[0].count == 2000);
  CHECK(tallies[0].location == 2);
  log.clear();
  CHECK(log.rows().empty());
  CHECK(log.tallies().empty());
  CHECK(log.total() == 2500);
}
