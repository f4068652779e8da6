// Errors as values: what was tried, on what, and errno. Text for a user: `open eth9: No such device`.
#pragma once

#include <cerrno>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace reactor {

struct Error {
  std::string tried;   // verb: "open", "read"; may be empty
  std::string on;      // the object: a path, an interface, an address; may be empty
  int code = 0;        // errno, positive; 0 when `reason` says it all
  std::string reason;  // words instead of (or, with a code, in front of) the errno text

  /// "tried on: reason", without the parts that are empty.
  [[nodiscard]] std::string text() const;
  [[nodiscard]] bool cancelled() const noexcept { return code == ECANCELED; }
};

template <class T>
using Result = tl::expected<T, Error>;

/// The unexpected value of a Result. `code` is a positive errno.
[[nodiscard]] tl::unexpected<Error> failed(std::string_view tried, std::string_view on, int code);
/// The same with words in place of an errno.
[[nodiscard]] tl::unexpected<Error> failed(std::string_view tried, std::string_view on, std::string_view reason);

/// The one place where the sign of errno turns: a kernel's result (>= 0, or -errno) as a Result.
[[nodiscard]] Result<int> result(int value, std::string_view tried);
/// The same for a libc call's return value (-1 and errno).
[[nodiscard]] Result<int> checked(long value, std::string_view tried, std::string_view on = {});

/// Text of an errno, e.g. "No such device".
[[nodiscard]] std::string errno_text(int code);

}  // namespace reactor

// TRY(name, expression): the value of a Result, or return its error. CO_TRY the same inside a coroutine.
// Statements and not expressions: see style-anchors, pitfall 7.
#define TRY(name, ...)                                                               \
  auto name##_result = __VA_ARGS__;                                                  \
  if (!name##_result) return tl::unexpected(std::move(name##_result.error())); \
  [[maybe_unused]] auto& name = *name##_result
#define CO_TRY(name, ...)                                                               \
  auto name##_result = __VA_ARGS__;                                                     \
  if (!name##_result) co_return tl::unexpected(std::move(name##_result.error())); \
  [[maybe_unused]] auto& name = *name##_result
// For Result<void>.
#define TRY_VOID(...)                                                                    \
  do {                                                                                   \
    auto try_result = __VA_ARGS__;                                                       \
    if (!try_result) return tl::unexpected(std::move(try_result.error())); \
  } while (false)
#define CO_TRY_VOID(...)                                                                    \
  do {                                                                                      \
    auto try_result = __VA_ARGS__;                                                          \
    if (!try_result) co_return tl::unexpected(std::move(try_result.error())); \
  } while (false)
