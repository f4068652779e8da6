// What a packet in the editor comes to: its bytes, where each field is in them, the values that are found for it, and what is
// wrong with lengths and checksums. Pure.
#pragma once

#include <string>
#include <vector>

#include "oside_packet.h"

namespace cmds::oside {

struct FieldView {
  enum class State : std::uint8_t {
    plain,
    automatic,   // found when the packet is written
    wrong,       // a length or checksum that does not fit
    unfinished,  // a checksum that the network card was to finish, or that was not sent
  };
  std::string name, text, note;  // note: what the value means, or what it should be
  std::string json;              // the value in its usual form, as its bytes have it
  State state = State::plain;
  std::size_t at = 0, bits = 0;  // in the packet, in bits
};

struct LayerView {
  std::string summary;
  std::size_t at = 0, size = 0;  // bytes
  bool wrong = false;            // has a field that is
  std::vector<FieldView> fields;
};

struct PacketView {
  std::vector<std::uint8_t> bytes;
  std::vector<LayerView> layers;
};

proto::Result<PacketView> view_of(const EditedPacket& packet);

/// The whole packet in a line of a list, as it is sent: addresses and what is innermost.
std::string packet_summary(const proto::Packet& packet);

}  // namespace cmds::oside
