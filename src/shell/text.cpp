#include "shell/text.h"

#include <fmt/core.h>
#include <sys/stat.h>

#include <charconv>
#include "reactor/io.h"

namespace shell {

std::string human_size(std::uint64_t bytes) {
  static constexpr std::string_view units = "KMGTPE";
  if (bytes < 1024) return std::to_string(bytes);
  double value = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (value /= 1024; value >= 1023.5 && unit + 1 < units.size(); ++unit) value /= 1024;
  return value < 9.95 ? fmt::format("{:.1f}{}", value, units[unit]) : fmt::format("{:.0f}{}", value, units[unit]);
}

char kind_letter(mode_t mode) {
  switch (mode & S_IFMT) {
    case S_IFDIR: return 'd';
    case S_IFLNK: return 'l';
    case S_IFCHR: return 'c';
    case S_IFBLK: return 'b';
    case S_IFIFO: return 'p';
    case S_IFSOCK: return 's';
    default: return '-';
  }
}

std::string mode_text(mode_t mode) {
  std::string text(1, kind_letter(mode));
  for (int shift = 6; shift >= 0; shift -= 3) {
    text += (mode >> shift & 4) != 0 ? 'r' : '-';
    text += (mode >> shift & 2) != 0 ? 'w' : '-';
    text += (mode >> shift & 1) != 0 ? 'x' : '-';
  }
  const auto special = [&](mode_t bit, std::size_t at, char letter) {
    if ((mode & bit) != 0) text[at] = text[at] == 'x' ? letter : static_cast<char>(letter - 'a' + 'A');
  };
  special(S_ISUID, 3, 's');
  special(S_ISGID, 6, 's');
  special(S_ISVTX, 9, 't');
  return text;
}

std::string time_text(std::time_t seconds, const char* format) {
  std::tm parts{};
  ::localtime_r(&seconds, &parts);
  std::string text(256, '\0');
  text.resize(std::strftime(text.data(), text.size(), format, &parts));
  return text;
}

std::vector<std::string_view> split(std::string_view text, std::string_view separators) {
  std::vector<std::string_view> words;
  for (std::size_t at = 0; (at = text.find_first_not_of(separators, at)) != std::string_view::npos;) {
    const std::size_t end = std::min(text.find_first_of(separators, at), text.size());
    words.push_back(text.substr(at, end - at));
    at = end;
  }
  return words;
}

std::string join(const std::vector<std::string>& words, std::string_view between) {
  std::string text;
  for (const std::string& word : words) {
    if (!text.empty()) text += between;
    text += word;
  }
  return text;
}

namespace {

bool parse_octal(std::string_view text, mode_t& mode) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 8);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size() || value > 07777) return false;
  mode = value;
  return true;
}

// One clause: [ugoa]*([-+=][rwxXst]*)+
bool apply_clause(std::string_view clause, bool directory, mode_t& mode) {
  mode_t who = 0;
  std::size_t i = 0;
  for (; i < clause.size(); ++i) {
    if (clause[i] == 'u') who |= 04700;
    else if (clause[i] == 'g') who |= 02070;
    else if (clause[i] == 'o') who |= 01007;
    else if (clause[i] == 'a') who |= 07777;
    else break;
  }
  // Without a letter: all, but for what the umask holds back (chmod(1)).
  if (who == 0) {
    const mode_t mask = ::umask(0);
    ::umask(mask);
    who = 07777 & ~mask;
  }
  if (i == clause.size()) return false;
  while (i < clause.size()) {
    const char sign = clause[i++];
    if (sign != '+' && sign != '-' && sign != '=') return false;
    mode_t bits = 0;
    for (; i < clause.size() && clause[i] != '+' && clause[i] != '-' && clause[i] != '='; ++i) {
      switch (clause[i]) {
        case 'r': bits |= 0444; break;
        case 'w': bits |= 0222; break;
        case 'x': bits |= 0111; break;
        case 'X': bits |= directory || (mode & 0111) != 0 ? 0111 : 0; break;
        case 's': bits |= 06000; break;
        case 't': bits |= 01000; break;
        default: return false;
      }
    }
    if (sign == '=') mode = (mode & ~(who & (directory ? 01777 : 07777))) | (bits & who);
    if (sign == '+') mode |= bits & who;
    if (sign == '-') mode &= ~(bits & who);
  }
  return true;
}

std::map<unsigned, std::string> read_names(const char* path) {
  std::map<unsigned, std::string> names;
  const std::string text = reactor::read_small_file(path).value_or("");
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t line_end = std::min(text.find('\n', at), text.size());
    const std::string line = text.substr(at, line_end - at);
    at = line_end + 1;
    const std::size_t name_end = line.find(':');
    const std::size_t id = name_end == std::string::npos ? name_end : line.find(':', name_end + 1);
    unsigned number = 0;
    if (id == std::string::npos) continue;
    if (std::from_chars(line.data() + id + 1, line.data() + line.size(), number).ec == std::errc{})
      names.emplace(number, line.substr(0, name_end));
  }
  return names;
}

std::string name_of(const std::map<unsigned, std::string>& names, unsigned id) {
  const auto found = names.find(id);
  return found == names.end() ? std::to_string(id) : found->second;
}

}  // namespace

bool parse_mode(std::string_view text, mode_t old, bool directory, mode_t& mode) {
  if (parse_octal(text, mode)) return true;
  mode_t changed = old & 07777;
  const auto clauses = split(text, ",");
  if (clauses.empty()) return false;
  for (const std::string_view clause : clauses)
    if (!apply_clause(clause, directory, changed)) return false;
  mode = changed;
  return true;
}

Accounts::Accounts() : users_(read_names("/etc/passwd")), groups_(read_names("/etc/group")) {}
std::string Accounts::user(uid_t id) const { return name_of(users_, id); }
std::string Accounts::group(gid_t id) const { return name_of(groups_, id); }

}  // namespace shell
