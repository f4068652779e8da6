#include "reactor/error.h"

#include <cstring>

namespace reactor {

std::string errno_text(int code) {
  const char* text = strerrordesc_np(code);
  return text ? std::string(text) : "error " + std::to_string(code);
}

std::string Error::text() const {
  std::string out = tried;
  if (!on.empty()) {
    if (!out.empty()) out += ' ';
    out += on;
  }
  auto add = [&out](std::string_view part) {
    if (part.empty()) return;
    if (!out.empty()) out += ": ";
    out += part;
  };
  add(reason);
  if (code != 0) add(errno_text(code));
  return out;
}

tl::unexpected<Error> failed(std::string_view tried, std::string_view on, int code) {
  return tl::unexpected<Error>(Error{std::string(tried), std::string(on), code, {}});
}

tl::unexpected<Error> failed(std::string_view tried, std::string_view on, std::string_view reason) {
  return tl::unexpected<Error>(Error{std::string(tried), std::string(on), 0, std::string(reason)});
}

Result<int> result(int value, std::string_view tried) {
  if (value >= 0) return value;
  return failed(tried, {}, -value);
}

Result<int> checked(long value, std::string_view tried, std::string_view on) {
  if (value >= 0) return static_cast<int>(value);
  return failed(tried, on, errno);
}

}  // namespace reactor
