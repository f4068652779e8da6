// stat: all about files; -c FORMAT with the letters that scripts use.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "shell/command.h"
#include "shell/text.h"

namespace {
using namespace shell;

std::string stamp(const timespec& t) {
  return fmt::format("{}.{:09} {}", time_text(t.tv_sec, "%F %T"), t.tv_nsec, time_text(t.tv_sec, "%z"));
}

std::string_view kind_text(const struct stat& s) {
  switch (s.st_mode & S_IFMT) {
    case S_IFDIR: return "directory";
    case S_IFLNK: return "symbolic link";
    case S_IFCHR: return "character special file";
    case S_IFBLK: return "block special file";
    case S_IFIFO: return "fifo";
    case S_IFSOCK: return "socket";
    default: return s.st_size == 0 ? "regular empty file" : "regular file";
  }
}

std::string link_of(const std::string& path) {
  char text[4096];
  const ssize_t n = ::readlink(path.c_str(), text, sizeof text);
  return n < 0 ? std::string() : std::string(text, static_cast<std::size_t>(n));
}

void describe(Out& out, const std::string& path, const struct stat& s, const Accounts& accounts) {
  out.print("  File: {}{}\n", path, S_ISLNK(s.st_mode) ? " -> " + link_of(path) : std::string());
  out.print("  Size: {:<12} Blocks: {:<10} IO Block: {:<6} {}\n", s.st_size, s.st_blocks, s.st_blksize, kind_text(s));
  out.print("Device: {},{}\tInode: {:<11} Links: {}", major(s.st_dev), minor(s.st_dev), s.st_ino, s.st_nlink);
  if (S_ISCHR(s.st_mode) || S_ISBLK(s.st_mode)) out.print("     Device type: {},{}", major(s.st_rdev), minor(s.st_rdev));
  out.print("\nAccess: ({:04o}/{})  Uid: ({:5}/{:>8})   Gid: ({:5}/{:>8})\n", s.st_mode & 07777, mode_text(s.st_mode), s.st_uid,
            accounts.user(s.st_uid), s.st_gid, accounts.group(s.st_gid));
  out.print("Access: {}\nModify: {}\nChange: {}\n", stamp(s.st_atim), stamp(s.st_mtim), stamp(s.st_ctim));
}

// The letters of stat(1).
std::string formatted(std::string_view format, const std::string& path, const struct stat& s, const Accounts& accounts) {
  std::string text;
  for (std::size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%' || i + 1 == format.size()) {
      text += format[i];
      continue;
    }
    switch (format[++i]) {
      case 'n': text += path; break;
      case 'N': text += "'" + path + "'" + (S_ISLNK(s.st_mode) ? " -> '" + link_of(path) + "'" : std::string()); break;
      case 's': text += std::to_string(s.st_size); break;
      case 'b': text += std::to_string(s.st_blocks); break;
      case 'B': text += "512"; break;
      case 'o': text += std::to_string(s.st_blksize); break;
      case 'a': text += fmt::format("{:o}", s.st_mode & 07777); break;
      case 'A': text += mode_text(s.st_mode); break;
      case 'f': text += fmt::format("{:x}", s.st_mode); break;
      case 'F': text += kind_text(s); break;
      case 'u': text += std::to_string(s.st_uid); break;
      case 'U': text += accounts.user(s.st_uid); break;
      case 'g': text += std::to_string(s.st_gid); break;
      case 'G': text += accounts.group(s.st_gid); break;
      case 'i': text += std::to_string(s.st_ino); break;
      case 'h': text += std::to_string(s.st_nlink); break;
      case 'd': text += std::to_string(s.st_dev); break;
      case 'D': text += fmt::format("{:x}", s.st_dev); break;
      case 't': text += fmt::format("{:x}", major(s.st_rdev)); break;
      case 'T': text += fmt::format("{:x}", minor(s.st_rdev)); break;
      case 'x': text += stamp(s.st_atim); break;
      case 'X': text += std::to_string(s.st_atim.tv_sec); break;
      case 'y': text += stamp(s.st_mtim); break;
      case 'Y': text += std::to_string(s.st_mtim.tv_sec); break;
      case 'z': text += stamp(s.st_ctim); break;
      case 'Z': text += std::to_string(s.st_ctim.tv_sec); break;
      case '%': text += '%'; break;
      default: text += format.substr(i - 1, 2);
    }
  }
  return text;
}

Task<int> run(Context& cx) {
  const Accounts accounts;
  const auto format = cx.args.value("-c");
  int status = 0;
  for (const std::string& path : cx.args.positional()) {
    struct stat s {};
    if ((cx.args.has("-L") ? ::stat(path.c_str(), &s) : ::lstat(path.c_str(), &s)) < 0)
      status = cx.fail("cannot stat '" + path + "': " + reactor::errno_text(errno));
    else if (format) cx.out.print("{}\n", formatted(*format, path, s, accounts));
    else describe(cx.out, path, s, accounts);
  }
  co_return status;
}

constexpr OptSpec options[] = {
    {.flag = "-c",
     .value = "FORMAT",
     .help = "%n name, %s size, %a mode, %A as ls, %F kind, %u %U %g %G owner, %i inode, %h links, %Y time"},
    {.flag = "-L", .help = "of what a link leads to"}};
constexpr ArgSpec args[] = {{.name = "FILE", .kind = Arg::path, .repeated = true}};
constexpr CommandSpec spec = {.name = "stat",
                              .group = Group::files,
                              .usage = "[-c FORMAT] [-L] FILE…",
                              .help = "show all about files",
                              .options = options,
                              .args = args,
                              .example = "stat -c '%s %n' /mnt/host/result.jsonl",
                              .run = run};
const Command self(spec);

}  // namespace
