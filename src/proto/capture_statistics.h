// What `pcapinfo` tells of a capture: sums over its records, taken one by one.
#pragma once

#include <array>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "proto/checksum_check.h"

namespace proto {

class CaptureStatistics {
 public:
  /// Memory stays bounded: conversations beyond this many are counted together.
  static constexpr std::size_t most_conversations = 32768;

  struct Traffic {
    std::uint64_t packets = 0;
    std::uint64_t bytes = 0;  // on the wire
  };
  /// IPv4 or IPv6 addresses, the smaller one first: both directions are one conversation.
  struct Conversation {
    std::array<std::uint8_t, 16> one{}, other{};
    std::uint8_t address_bytes = 0;
    bool operator==(const Conversation&) const = default;
  };
  struct ConversationHash {
    std::size_t operator()(const Conversation& of) const noexcept;
  };

  /// `number`: of the record, for what is wrong with it.
  void add(const Record& record, std::uint64_t number);

  [[nodiscard]] const Traffic& all() const { return all_; }
  [[nodiscard]] std::uint64_t captured_bytes() const { return captured_bytes_; }
  [[nodiscard]] std::uint64_t cut() const { return cut_; }
  [[nodiscard]] std::uint64_t comments() const { return comments_; }
  [[nodiscard]] std::int64_t first_ns() const { return first_ns_; }
  [[nodiscard]] std::int64_t last_ns() const { return last_ns_; }
  /// Records whose time is before that of the one in front of them.
  [[nodiscard]] std::uint64_t backwards() const { return backwards_; }
  [[nodiscard]] std::uint64_t sent() const { return sent_; }
  [[nodiscard]] std::uint64_t received() const { return received_; }
  [[nodiscard]] const std::map<LinkType, Traffic>& links() const { return links_; }
  [[nodiscard]] const std::map<std::uint32_t, Traffic>& interfaces() const { return interfaces_; }
  /// Packets that have such a layer, and the bytes of those packets; largest first, as all lists.
  [[nodiscard]] std::vector<std::pair<std::string_view, Traffic>> layers() const;
  [[nodiscard]] std::vector<std::pair<Conversation, Traffic>> conversations(std::size_t most) const;
  [[nodiscard]] std::size_t conversation_count() const { return conversations_.size(); }
  [[nodiscard]] const Traffic& other_conversations() const { return others_; }
  [[nodiscard]] std::uint64_t bad_checksums() const { return bad_checksums_; }
  [[nodiscard]] std::uint64_t partial_checksums() const { return partial_checksums_; }
  /// "record 7: Udp", empty if there is none.
  [[nodiscard]] const std::string& first_bad_checksum() const { return first_bad_checksum_; }

 private:
  void add_conversation(std::uint32_t wire_bytes);

  Dissector dissector_;
  Dissection packet_;
  ChecksumChecker checker_;
  Traffic all_, others_;
  std::uint64_t captured_bytes_ = 0, cut_ = 0, comments_ = 0, backwards_ = 0, sent_ = 0, received_ = 0;
  std::int64_t first_ns_ = 0, last_ns_ = 0, before_ns_ = 0;
  std::map<LinkType, Traffic> links_;
  std::map<std::uint32_t, Traffic> interfaces_;
  std::unordered_map<const Layer*, Traffic> layers_;
  std::unordered_map<Conversation, Traffic, ConversationHash> conversations_;
  std::uint64_t bad_checksums_ = 0, partial_checksums_ = 0;
  std::string first_bad_checksum_;
};

}  // namespace proto
