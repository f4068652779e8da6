// Small texts that several commands print the same way.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <ctime>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace shell {

/// Bytes as "512", "1.5K", "23M", "4.0G" (units of 1024).
[[nodiscard]] std::string human_size(std::uint64_t bytes);
/// "drwxr-xr-x".
[[nodiscard]] std::string mode_text(mode_t mode);
/// 'd', 'l', 'c', 'b', 'p', 's' or '-'.
[[nodiscard]] char kind_letter(mode_t mode);
/// strftime in the local time zone.
[[nodiscard]] std::string time_text(std::time_t seconds, const char* format);
/// Words between any of the separators; no empty ones.
[[nodiscard]] std::vector<std::string_view> split(std::string_view text, std::string_view separators = " \t\n");
/// "a, b, c".
[[nodiscard]] std::string join(const std::vector<std::string>& words, std::string_view between = ", ");

/// A mode as chmod and mkdir -m take it: octal, or u+rwx,g-w,o=r,a+X. `old` is what symbolic changes start from. False when
/// the text is neither.
[[nodiscard]] bool parse_mode(std::string_view text, mode_t old, bool directory, mode_t& mode);

/// Names of user and group numbers, from /etc/passwd and /etc/group; the number when there is none.
class Accounts {
 public:
  Accounts();
  [[nodiscard]] std::string user(uid_t id) const;
  [[nodiscard]] std::string group(gid_t id) const;

 private:
  std::map<unsigned, std::string> users_, groups_;
};

}  // namespace shell
