// What went wrong in a pure function: a sentence for the user. No errno here: proto opens nothing.
#pragma once

#include <string>
#include <tl/expected.hpp>

namespace proto {

/// Reason in words, without a trailing period, e.g. "record 7: length 70000000 is over the limit".
struct Error {
  std::string what;
};

template <class T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> fail(std::string what) { return tl::unexpected<Error>(Error{std::move(what)}); }

}  // namespace proto
