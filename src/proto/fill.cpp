#include "proto/fill.h"

#include <algorithm>

#include "proto/registry.h"

namespace proto {
namespace {

constexpr std::size_t smallest_frame = 64;  // Ethernet without FCS, with a VLAN tag; shorter frames are padded to it, or to 60

// Selectors by what follows. A value that leads to that layer already is kept, so that `fix` does not change a port or an
// ethertype that only one of several names.
void fill_selectors(Draft& draft, std::size_t index) {
  Placed& here = draft.layers[index];
  if (index + 1 == draft.layers.size() || !(here.wanted & here.layer->selector_fields())) return;
  const auto fields = here.layer->fields();
  const Layer& next = *draft.layers[index + 1].layer;
  const Header header{draft.bytes.data() + here.at, here.size, Dialect::full};
  if (here.layer->leads_to(header, next)) return;
  // ERSPAN type I has no header of its own between GRE and the frame: the hook finds what the table does not.
  const auto hook = here.layer->spec().next;
  if (hook != nullptr && hook({header.data, draft.bytes.size() - here.at, Dialect::full}, here.size) == &next) return;
  for (std::size_t i = 0; i < here.layer->head_fields(); ++i) {
    std::uint64_t value = 0;
    if (fields[i].selects.empty() || !(here.wanted >> i & 1)) continue;
    if (Registry::selector_value(next, fields[i].selects, value)) Fill(draft, index).set(i, value);
  }
}

// Not inlined into `put`, which is called several times per packet.
[[gnu::noinline, gnu::cold]] void note_problem(Draft& draft, const Layer& layer, std::size_t field, std::uint64_t value) {
  if (!draft.problem.empty()) return;
  draft.problem = std::string(layer.tag()) + ": " + std::string(layer.fields()[field].name) + ": " + std::to_string(value) + " does not fit " +
                  std::to_string(layer.bits_of(field)) + " bits";
}

}  // namespace

void Draft::clear() noexcept {
  bytes.clear();
  layers.clear();
  problem.clear();
  length_notice.clear();
  fixing = false;
}

std::uint64_t Fill::get(std::size_t field) const noexcept {
  const Layer& layer = *here().layer;
  return get_bits(draft_.bytes.data() + here().at, layer.bit_of(field), layer.bits_of(field));
}

void Fill::set(std::size_t field, std::uint64_t value) {
  if (wants(field)) put(field, value);
}

void Fill::put(std::size_t field, std::uint64_t value) {
  const Layer& layer = *here().layer;
  const unsigned bits = layer.bits_of(field);
  if (bits < 64 && value >> bits != 0) note_problem(draft_, layer, field, value);
  put_bits(&draft_.bytes[here().at], layer.bit_of(field), bits, value);
}

void Fill::set_length(std::size_t field, std::size_t value) {
  // What is right already is left alone: a load of bytes just written, as a checksum's, has to wait for them.
  const std::uint64_t found = get(field);
  if (found == value) return;
  if (wants(field)) return put(field, value);
  if (!draft_.length_notice.empty() || in_part()) return;
  // A frame that was padded to Ethernet's smallest size has more bytes than its lengths say, and is right.
  const auto limit = here().layer->spec().limit;
  const Header from{draft_.bytes.data() + here().at, draft_.bytes.size() - here().at, Dialect::full};
  if (found < value && draft_.bytes.size() <= smallest_frame && limit != nullptr && limit(from, here().size) != refused) return;
  // Appended piece by piece: the string keeps its memory from line to line.
  char digits[32];
  auto number = [&](std::uint64_t n) { return std::string_view(digits, static_cast<std::size_t>(put_u64(digits, n) - digits)); };
  draft_.length_notice.append(here().layer->tag()).append(": ").append(here().layer->fields()[field].name).append(" is ");
  draft_.length_notice.append(number(found)).append(", the packet has ");
  draft_.length_notice.append(number(value));
}

bool Fill::in_part() const noexcept {
  for (std::size_t i = 0; i < index_; ++i) {
    const Placed& below = draft_.layers[i];
    if (below.layer->carries_part({draft_.bytes.data() + below.at, below.size, Dialect::full})) return true;
  }
  return false;
}

void Fill::set_checksum(std::size_t field, Sum sum, Bytes covered, std::uint16_t zero_as) {
  if (!wants(field)) return;
  // The field counts as zero: its value is taken out of the sum again, which is faster than to write a zero and read it back.
  const std::uint64_t found = get(field);
  Sum all = sum;
  std::uint16_t value = all.add(covered).add_word(~static_cast<std::uint32_t>(found)).checksum();
  if (value == 0) {  // 0 or 0xffff, which that way of counting does not tell apart
    put(field, 0);
    value = sum.add(covered).checksum();
    put(field, found);
  }
  if (value == 0) value = zero_as;
  if (value != found) put(field, value);
}

void Fill::set_transport_checksum(std::size_t field, std::uint16_t zero_as) {
  if (!wants(field)) return;
  Sum pseudo;
  const Bytes covered = whole();
  add_pseudo_header(pseudo, covered.size());
  set_checksum(field, pseudo, covered, zero_as);
}

Bytes Fill::whole() const noexcept {
  std::size_t end = draft_.bytes.size();
  if (draft_.layers.size() > index_ + 1 && draft_.layers.back().layer->tag() == "padding") end = draft_.layers.back().at;
  return draft_.bytes.span().subspan(here().at, end - here().at);
}

void Fill::replace_header(Bytes header) {
  const std::size_t at = here().at, old_size = here().size, tail_at = at + old_size;
  const std::vector<std::uint8_t> tail(draft_.bytes.data() + tail_at, draft_.bytes.data() + draft_.bytes.size());
  draft_.bytes.cut(at);
  draft_.bytes.append(header);
  draft_.bytes.append(tail.data(), tail.size());
  here().size = header.size();
  for (std::size_t i = index_ + 1; i < draft_.layers.size(); ++i) draft_.layers[i].at += header.size() - old_size;
}

void Fill::pad_header(std::size_t field) {
  if (here().size == padded(here().size)) return;
  Wire whole_words;
  whole_words.append(header());
  whole_words.append_zeros(padded(here().size) - here().size);
  replace_header(whole_words.span());
  here().wanted |= std::uint64_t{1} << field;
}

bool Fill::add_pseudo_header(Sum& sum, std::size_t length) const noexcept {
  // The protocol is what the layer just below says, be it an extension header.
  int protocol = -1;
  Endpoints ends;
  for (std::size_t i = index_; i-- > 0;) {
    const Placed& below = draft_.layers[i];
    const Header header{draft_.bytes.data() + below.at, below.size, Dialect::full};
    const std::size_t field = below.layer->protocol_field();
    if (field == refused) return false;
    if (protocol < 0) protocol = static_cast<int>(get_bits(header.data, below.layer->bit_of(field), 8));
    if (const auto find = below.layer->spec().endpoints) find(header, ends);
    if (const auto pseudo = below.layer->spec().pseudo_header) {
      pseudo(ends, static_cast<std::uint8_t>(protocol), static_cast<std::uint32_t>(length), sum);
      return true;
    }
  }
  return false;
}

void fill_wanted(Draft& draft) {
  for (std::size_t i = 0; i < draft.layers.size(); ++i) fill_selectors(draft, i);
  for (std::size_t i = draft.layers.size(); i-- > 0;)
    if (const auto fill = draft.layers[i].layer->spec().fill) {
      Fill here(draft, i);
      fill(here);
    }
}

void want_all(Draft& draft) noexcept {
  draft.fixing = true;
  for (Placed& placed : draft.layers) {
    placed.wanted |= placed.layer->computed_fields() & ~(placed.layer->port_fields() & placed.given);
    const Header header{draft.bytes.data() + placed.at, placed.size, Dialect::full};
    if (placed.layer->carries_part(header)) break;
  }
}

bool split_padding(Draft& draft, bool ip_only) {
  if (draft.layers.size() < 2 || draft.bytes.size() > smallest_frame || draft.layers[0].layer->tag() != "ether") return false;
  Placed& last = draft.layers.back();
  if (last.layer->tag() != "raw") return false;
  for (const Placed& placed : draft.layers) {
    const bool ip = placed.layer->spec().pseudo_header != nullptr;  // its length is zero, and no limit, where it is not given
    if (placed.layer->spec().limit == nullptr || (!ip && (ip_only || placed.wanted != 0))) continue;
    const Header header{&draft.bytes[placed.at], draft.bytes.size() - placed.at, Dialect::full};
    const std::size_t limit = placed.layer->spec().limit(header, placed.size);
    const std::size_t end = limit < header.size ? placed.at + limit : refused;
    if (end < last.at || end >= draft.bytes.size()) continue;
    const Bytes rest = draft.bytes.span_from(end);
    if (!std::all_of(rest.begin(), rest.end(), [](auto byte) { return byte == 0; })) continue;
    last.size = end - last.at;
    draft.layers.push_back({Registry::get().find("padding"), end, rest.size()});
    return true;
  }
  return false;
}

void join_padding(Draft& draft) noexcept {
  const std::size_t size = draft.layers.back().size;
  draft.layers.pop_back();
  draft.layers.back().size += size;
}

void copy_to_draft(const Dissection& packet, Draft& draft) {
  draft.clear();
  draft.bytes.append(packet.packet());
  for (const Part& part : packet.parts()) {
    Placed& placed = draft.layers.emplace_back();
    placed.layer = part.layer;
    placed.at = part.at;
    placed.size = part.size;
    placed.given = ~std::uint64_t{0};
  }
}

}  // namespace proto
