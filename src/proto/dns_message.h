#pragma once
#include <array>

#include "proto/reader.h"
#include "proto/values.h"

// DNS messages on the wire, RFC 1035 section 4: names and how they are laid out, records. JSON is in dns.cpp.
namespace proto::dns {

inline constexpr std::size_t header_size = 12;
inline constexpr std::size_t max_pointers = 20;  // as many as the ancestor follows
inline constexpr std::size_t udp_header = 8;
inline constexpr std::size_t pointer_reach = 0x4000;

enum : std::uint16_t { type_a = 1, type_ns = 2, type_cname = 5, type_soa = 6, type_ptr = 12, type_mx = 15, type_txt = 16, type_aaaa = 28,
                       type_srv = 33, type_dname = 39, type_opt = 41 };

/// How a name is laid out: `labels` of its own, then the end or a pointer.
struct NameLayout {
  std::size_t labels = 0;
  int pointer = -1;
};

/// Where a name ends in place, or `refused`; its text with a final dot is appended to `text` if that is given.
std::size_t read_name_at(Bytes message, std::size_t at, Text* text, NameLayout* layout = nullptr) noexcept;

/// Where names are in a record's data, after how many bytes: MX 2, SRV 6; SOA has two.
struct RdataNames {
  std::size_t before = 0, count = 0;
};
RdataNames names_in(std::uint16_t type) noexcept;
/// Record data that is written as what its type says: its size is right and its names can be read; else as `Unknown`.
bool fits_type(Bytes message, std::size_t at, std::size_t size, std::uint16_t type) noexcept;

struct RecordView {
  std::size_t at = 0, fixed = 0, data = 0, end = 0;  // name; type, class, TTL, length; data; what follows
  std::uint16_t type = 0, klass = 0;
};

enum class Found { yes, short_of_bytes, bad_name };
Found read_record(Bytes message, std::size_t at, RecordView& record) noexcept;

enum class Policy : std::uint32_t { standard, none, given };

/// Rewrites a message: the same names, questions and records, with names laid out by `policy` (or as `given` says, one by
/// one). False if it has no such layout.
class Relayout {
public:
  Relayout(Bytes message, Policy policy, std::span<const NameLayout> given) : in_(message), policy_(policy), given_(given) {}

  bool run(std::span<const std::uint32_t> counts, Wire& out) {
    start_ = out.size();
    out_ = &out;
    out.append(in_.first(header_size));
    at_ = header_size;
    for (std::uint32_t i = 0; i < counts[0]; ++i)
      if (!name(at_) || !copy(4)) return false;
    for (std::size_t section = 1; section < 4; ++section)
      for (std::uint32_t i = 0; i < counts[section]; ++i)
        if (!record()) return false;
    return at_ == in_.size();
  }

  /// The layouts that the names had.
  std::span<const NameLayout> found() const noexcept { return found_.span(); }

private:
  bool copy(std::size_t count) {
    if (in_.size() - at_ < count) return false;
    out_->append(in_.subspan(at_, count));
    at_ += count;
    return true;
  }

  bool record() {
    RecordView r;
    if (read_record(in_, at_, r) != Found::yes || !name(at_) || !copy(10)) return false;
    const std::size_t data = out_->size();
    if (names_in(r.type).count > 0 && fits_type(in_, r.data, r.end - r.data, r.type)) {
      if (!copy(names_in(r.type).before)) return false;
      for (std::size_t i = 0; i < names_in(r.type).count; ++i)
        if (!name(at_)) return false;
    }
    if (!copy(r.end - at_) || out_->size() - data > 0xffff) return false;
    out_->patch(data - 2, out_->size() - data, 2);
    return true;
  }

  // Writes the name that is at `at` in the old message and goes behind it.
  bool name(std::size_t& at) {
    NameLayout old;
    const std::size_t begin = texts_.size(), end = read_name_at(in_, at, &texts_, &old);
    if (end == refused) return false;
    at = end;
    found_.push(old);
    std::string_view rest = texts_.view_from(begin);
    const std::size_t index = found_.size() - 1;
    if (policy_ == Policy::given && index >= given_.size()) return false;
    std::size_t labels = 0;
    while (rest != "." && !rest.empty()) {
      if (policy_ == Policy::given && labels == given_[index].labels) break;
      const std::size_t here = out_->size() - start_;
      if (policy_ == Policy::standard) {
        if (const Suffix* seen = find_or_add(rest, here)) {
          out_->u16(0xc000 | seen->place);
          return true;
        }
      }
      const std::size_t length = rest.find('.');
      out_->u8(length);
      out_->text(rest.substr(0, length));
      rest.remove_prefix(length + 1);
      ++labels;
    }
    if (policy_ == Policy::given && labels != given_[index].labels) return false;
    if (policy_ == Policy::given && given_[index].pointer >= 0)
      out_->u16(0xc000 | static_cast<unsigned>(given_[index].pointer));
    else
      out_->u8(0);
    return true;
  }

  // The end of a name that was written, and where; a few chains by its hash.
  struct Suffix {
    std::uint32_t hash, text, size;
    std::uint32_t next;  // in the chain, counted from 1
    std::uint32_t place;
  };

  // What was written before; else null, and it is noted if a pointer can reach it.
  const Suffix* find_or_add(std::string_view suffix, std::size_t here) {
    std::uint32_t hash = 2166136261u;  // FNV-1a
    for (const char c : suffix) hash = (hash ^ static_cast<std::uint8_t>(c)) * 16777619u;
    std::uint32_t& chain = chains_[hash % chains_.size()];
    for (std::uint32_t i = chain; i > 0; i = suffixes_[i - 1].next) {
      const Suffix& other = suffixes_[i - 1];
      if (other.hash == hash && texts_.view().substr(other.text, other.size) == suffix) return &other;
    }
    if (here >= pointer_reach) return nullptr;
    suffixes_.push({hash, static_cast<std::uint32_t>(suffix.data() - texts_.data()), static_cast<std::uint32_t>(suffix.size()), chain,
                    static_cast<std::uint32_t>(here)});
    chain = static_cast<std::uint32_t>(suffixes_.size());
    return nullptr;
  }

  Bytes in_;
  Policy policy_;
  std::span<const NameLayout> given_;
  std::size_t at_ = 0, start_ = 0;
  Wire* out_ = nullptr;
  std::array<std::uint32_t, 64> chains_{};
  Buffer<Suffix> suffixes_;
  Text texts_;  // of all names
  Buffer<NameLayout> found_;
};

}  // namespace proto::dns
