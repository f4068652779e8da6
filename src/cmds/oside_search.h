// Looking for packets: a libpcap expression, or else a text.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "oside_document.h"
#include "oside_source.h"
#include "proto/filter.h"

namespace cmds::oside {

/// An expression of pcap-filter(7), if it is one; else a text, upper and lower case alike, in the packet as a JSON line of the full
/// dialect. What begins with a quote is always a text.
class Matcher {
 public:
  Matcher(std::string wanted, proto::LinkType link);
  [[nodiscard]] bool by_filter() const noexcept { return filter_.has_value(); }
  /// `line`: the record's own line, of JSONL; else empty.
  [[nodiscard]] bool matches(const proto::Record& record, std::string_view line);

 private:
  [[nodiscard]] bool in_text(std::string_view text) const;
  std::string text_;
  std::optional<proto::Filter> filter_;
  proto::LineWriter writer_{{.dialect = proto::Dialect::full}};
  proto::Text line_;
};

/// Goes through the first `count` packets, from `first` on and then from the beginning. `visit` gets the place of each and whether it
/// matches, and ends the search with false; `pause` is called when others had their turn, and ends it with false. The document must
/// not be changed meanwhile, but for its growth.
reactor::Task<reactor::Result<void>> search(const Document& document, Source& source, Matcher& matcher, std::size_t first, std::size_t count,
                                            std::function<bool(std::size_t, bool)> visit, std::function<reactor::Task<bool>(std::size_t)> pause);

}  // namespace cmds::oside
