#pragma once
#include <string>
#include <vector>

#include "proto/checksum.h"
#include "proto/dissect.h"
#include "proto/layer.h"

namespace proto {

/// A layer in a packet under construction, and the computed fields (a bit each) that are to be set.
struct Placed {
  const Layer* layer = nullptr;
  std::size_t at = 0, size = 0;
  std::uint64_t wanted = 0;
  std::uint64_t automatic = 0;  // fields that were given as "<auto>"
  std::uint64_t given = 0;      // fields that were given with a value
  Wire::Notes notes{};          // of the fields' readers
  bool was_read = false;        // from JSON, so that there are notes
};

/// A packet under construction: its bytes and where its layers are.
struct Draft {
  Wire bytes;
  std::vector<Placed> layers;
  std::string problem;        // a value that does not fit its field
  std::string length_notice;  // the first given length that does not fit its packet
  bool fixing = false;        // every computed field is wanted

  void clear() noexcept;
};

/// What a layer's `fill` hook sees and may set. `set…` changes a field only if it is to be computed; `field` is an index
/// into the layer's table, of a field at a fixed place.
class Fill {
public:
  Fill(Draft& draft, std::size_t index) noexcept : draft_(draft), index_(index) {}

  bool wants(std::size_t field) const noexcept { return here().wanted >> field & 1; }
  /// The field was given with a value, so that its bytes are there; it may be wanted all the same.
  bool given(std::size_t field) const noexcept { return here().given >> field & 1; }
  /// The field was given as "<auto>", and all that can be found out is to be (jsonl.md section 5, filling pass).
  bool fixes_automatic(std::size_t field) const noexcept { return draft_.fixing && (here().automatic >> field & 1); }
  std::uint64_t get(std::size_t field) const noexcept;
  void set(std::size_t field, std::uint64_t value);
  /// Sets it in any case.
  void put(std::size_t field, std::uint64_t value);
  /// The same for a length; one that is given and differs is noted, but in what is quoted or in a fragment.
  void set_length(std::size_t field, std::size_t value);
  /// The same for an IP packet or UDP datagram, whose length stays zero where it was given so and is over 65,535: from before
  /// segmentation, or a jumbogram (RFC 2675).
  void set_long_length(std::size_t field, std::size_t value) { set_length(field, value > 0xffff && given(field) && get(field) == 0 ? 0 : value); }
  /// Sets a 16-bit checksum over `sum` and `covered`, which holds the field itself. `zero_as` stands for a sum of zero (UDP: 0xffff).
  void set_checksum(std::size_t field, Sum sum, Bytes covered, std::uint16_t zero_as = 0);

  /// The same over all of this layer and the pseudo-header of the IP layer that carries it, if one does.
  void set_transport_checksum(std::size_t field, std::uint16_t zero_as = 0);

  /// What the layer's readers noted; null if it was not read from JSON.
  const Wire::Notes* notes() const noexcept { return here().was_read ? &here().notes : nullptr; }
  Bytes header() const noexcept { return {draft_.bytes.data() + here().at, here().size}; }
  /// What follows the header, without padding.
  Bytes payload() const noexcept { return whole().subspan(here().size); }
  Bytes whole() const noexcept;
  /// Puts a big-endian number into the header, `at` bytes from its start, for fields whose place is not fixed; the bytes are there.
  void patch(std::size_t at, std::uint64_t value, std::size_t bytes) noexcept { draft_.bytes.patch(here().at + at, value, bytes); }
  /// Puts other bytes in place of the header, of any length.
  void replace_header(Bytes header);
  /// Appends zeros to a header whose length is counted in words of 32 bits, up to the next whole one: computed values of the
  /// field that holds the options.
  void pad_header(std::size_t field);
  /// Options stand in a raw layer behind a header of so many bytes without any (classic dialect): they belong to it by its length.
  bool has_raw_options(std::size_t fixed_size) const noexcept { return header().size() == fixed_size && above() != nullptr && above()->tag() == "raw"; }

  /// The layer that follows or that goes before; null if there is none.
  const Layer* above() const noexcept { return index_ + 1 < draft_.layers.size() ? draft_.layers[index_ + 1].layer : nullptr; }
  const Layer* below() const noexcept { return index_ > 0 ? draft_.layers[index_ - 1].layer : nullptr; }
  /// The view of the layer before; only if there is one.
  Fill lower() const noexcept { return {draft_, index_ - 1}; }
  Fill upper() const noexcept { return {draft_, index_ + 1}; }

  /// Adds the pseudo-header of the IP layer that carries this one, for `length` bytes. False: there is none below.
  bool add_pseudo_header(Sum& sum, std::size_t length) const noexcept;

private:
  Placed& here() const noexcept { return draft_.layers[index_]; }
  bool in_part() const noexcept;  // see Layer::carries_part

  Draft& draft_;
  std::size_t index_;
};

/// Sets all wanted fields: first the selectors (from the layer that follows), then lengths and checksums from the inside out.
void fill_wanted(Draft& draft);
/// Marks every computed field, as `fix` does; but not ports that were given, which are the user's choice of an endpoint, nor
/// packets that are quoted in others, nor what is in a fragment, whose lengths and checksums are the whole datagram's.
void want_all(Draft& draft) noexcept;
/// In a frame of Ethernet's smallest size, zeros behind the end that a given length names are padding and not payload: they
/// become a layer of their own, which lengths and checksums leave out. `ip_only`: only an IP header's length counts.
/// Returns whether there were any.
bool split_padding(Draft& draft, bool ip_only = false);
/// Takes that layer back into the one before.
void join_padding(Draft& draft) noexcept;
/// A copy of a dissected packet as a draft in which nothing is wanted.
void copy_to_draft(const Dissection& packet, Draft& draft);

}  // namespace proto
