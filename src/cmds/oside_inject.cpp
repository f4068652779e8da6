#include "oside_inject.h"

#include <fmt/format.h>

#include "net/packet_sender.h"

namespace cmds::oside {

using reactor::Result;
using reactor::Task;

Task<Result<std::string>> inject_packet(net::Taps& taps, std::string interface, std::vector<std::uint8_t> bytes, proto::LinkType link) {
  auto found = co_await net::find_packet_interface(interface);
  if (!found) co_return tl::unexpected(found.error());
  if (found->index == 0) co_return reactor::failed("inject", interface, std::string_view("one interface is needed"));
  if (const std::string refusal = net::refusal_of(*found, link); !refusal.empty())
    co_return reactor::failed({}, "the packet has another link type", refusal);
  const auto tap = taps.find(interface);
  std::unique_ptr<net::PacketSender> sender;
  if (tap) {
    sender = net::PacketSender::open(*found, tap);
  } else {
    CO_TRY(opened, net::PacketSender::open(*found, false));
    sender = std::move(opened);
  }
  const proto::Bytes frame(bytes);
  const auto sent = sender->send(std::span(&frame, 1));
  if (sent.count == 1) co_return fmt::format("{} bytes {} {}", bytes.size(), tap ? "received by" : "transmitted on", interface);
  co_return reactor::failed("inject", interface, sent.error);
}

}  // namespace cmds::oside
