#include "proto/dns_message.h"

#include <algorithm>

namespace proto::dns {

std::size_t read_name_at(Bytes message, std::size_t at, Text* text, NameLayout* layout) noexcept {
  std::size_t end = refused, pointers = 0, labels = 0, length = 0;
  for (;;) {
    if (at >= message.size()) return refused;
    const std::uint8_t size = message[at];
    if (size >= 0xc0) {
      if (at + 1 >= message.size() || ++pointers > max_pointers) return refused;
      const std::size_t target = (size & 0x3fu) << 8 | message[at + 1];
      if (end == refused) {
        end = at + 2;
        if (layout != nullptr) *layout = {labels, static_cast<int>(target)};
      }
      at = target;
      continue;
    }
    if (size >= 0x40) return refused;
    if (size == 0) break;
    const Bytes label = message.subspan(std::min(at + 1, message.size()));
    if (label.size() < size || (length += size + 1) > 255) return refused;
    // A dot within a label, or no UTF-8, has no text.
    const Bytes own = label.first(size);
    if (!is_utf8(own) || std::find(own.begin(), own.end(), '.') != own.end()) return refused;
    if (text != nullptr) {
      text->append(std::string_view(reinterpret_cast<const char*>(own.data()), own.size()));
      text->push('.');
    }
    ++labels;
    at += 1 + size;
  }
  if (text != nullptr && length == 0) text->push('.');
  if (end != refused) return end;
  if (layout != nullptr) *layout = {labels, -1};
  return at + 1;
}

RdataNames names_in(std::uint16_t type) noexcept {
  switch (type) {
    case type_ns:
    case type_cname:
    case type_ptr: return {0, 1};
    case type_soa: return {0, 2};
    case type_mx: return {2, 1};
    case type_srv: return {6, 1};
    default: return {};
  }
}

bool fits_type(Bytes message, std::size_t at, std::size_t size, std::uint16_t type) noexcept {
  const Bytes data = message.subspan(at, size);
  if (type == type_a) return size == 4;
  if (type == type_aaaa) return size == 16;
  if (type == type_opt) return true;
  if (type == type_txt) {
    Reader in(data);
    while (in.left() > 0 && !in.failed())
      if (!is_utf8(in.take(in.u8()))) return false;
    return !in.failed();
  }
  const RdataNames names = names_in(type);
  if (names.count == 0 || size < names.before) return false;
  std::size_t end = at + names.before;
  for (std::size_t i = 0; i < names.count; ++i) {
    end = read_name_at(message.first(at + size), end, nullptr, nullptr);
    if (end == refused) return false;
  }
  return end + (type == type_soa ? 20 : 0) == at + size;
}

Found read_record(Bytes message, std::size_t at, RecordView& record) noexcept {
  record.at = at;
  record.fixed = at < message.size() ? read_name_at(message, at, nullptr, nullptr) : message.size();
  if (record.fixed == refused) return Found::bad_name;
  Reader in(message.subspan(record.fixed));
  record.type = in.u16();
  record.klass = in.u16();
  in.u32();
  const std::size_t size = in.u16();
  record.data = record.fixed + 10;
  record.end = record.data + size;
  return in.failed() || size > in.left() ? Found::short_of_bytes : Found::yes;
}

}  // namespace proto::dns
