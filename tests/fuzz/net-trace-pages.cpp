// Input: the length of the `format` text (two bytes), that text, then pages of a ring. An odd first byte: the text is the drop
// event's format; even: Debian 6.1's layout, so that the pages are what is tried.
#include <cstdlib>

#include "net/trace_events.h"

namespace {

net::TraceFormat format(std::string name, std::uint16_t id, std::vector<net::TraceField> more) {
  net::TraceFormat format;
  format.name = std::move(name);
  format.id = id;
  format.fields = {{.name = "common_type", .offset = 0, .size = 2}, {.name = "common_pid", .offset = 4, .size = 4, .is_signed = true}};
  for (auto& field : more) format.fields.push_back(std::move(field));
  return format;
}

net::DropFormats debian() {
  net::DropFormats formats;
  formats.page = {.time = 0, .commit = 8, .commit_size = 8, .data = 16, .data_size = 4080};
  const net::TraceField skb{.name = "skbaddr", .offset = 8, .size = 8}, name{.name = "name", .offset = 20, .size = 4, .data_loc = true};
  formats.drop = format("kfree_skb", 1319, {skb, {.name = "location", .offset = 16, .size = 8}, {.name = "protocol", .offset = 24, .size = 2},
                                            {.name = "reason", .offset = 28, .size = 4}});
  formats.receive = format("netif_receive_skb", 1312, {skb, name});
  formats.transmit = format("net_dev_queue", 1313, {skb, name});
  formats.consume = format("consume_skb", 1320, {skb});
  formats.stack = format("kernel_stack", 4, {{.name = "size", .offset = 8, .size = 4}, {.name = "caller", .offset = 16, .size = 64}});
  return formats;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  std::span<const std::byte> rest = std::as_bytes(std::span(data + 2, size - 2));
  const std::size_t length = std::min<std::size_t>(data[0] + data[1] * 256U, rest.size());
  const std::string text(reinterpret_cast<const char*>(rest.data()), length);
  rest = rest.subspan(length);
  auto formats = debian();
  if (auto layout = net::parse_trace_header_page(text)) formats.page = *layout;
  (void)net::check_trace_header_event(text);
  if (auto drop = net::parse_trace_format(text)) {
    (void)drop->symbols("reason");
    if (data[0] % 2 != 0) formats.drop = std::move(*drop);
  }
  constexpr std::size_t cpus = 2;
  auto decoder = net::TraceDecoder::make(std::move(formats), cpus);
  if (!decoder) return 0;
  std::size_t cpu = 0, read = 0;
  while (!rest.empty()) {
    const auto page = rest.first(std::min<std::size_t>(rest.size(), 4096));
    read += decoder->decode(cpu, page).events;
    rest = rest.subspan(page.size());
    cpu = (cpu + 1) % cpus;
  }
  std::size_t taken = decoder->take(decoder->last_time(0)).size();
  taken += decoder->take(UINT64_MAX).size();
  if (taken != read || decoder->holding()) std::abort();  // no event is lost or made between decoding and handing out
  return 0;
}
