// ls: lists directories and files. Plain: kind, size, name, dot files too; -1 only names; -l as everywhere.
// Status 0; 1 when something could not be looked at.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>

#include "reactor/directory.h"
#include "shell/file_tree.h"
#include "shell/filter.h"
#include "shell/table.h"
#include "shell/text.h"

namespace {
using namespace shell;

struct Entry {
  std::string name;
  struct stat s {};
  std::string link;    // where a symbolic link leads
  bool gone = false;   // vanished between the listing and the look at it
};

struct Style {
  bool all, almost_all, names_only, long_form, human, numbers, inode, mark, directories, recursive, by_time, by_size, reverse;
  explicit Style(const Args& args)
      : all(args.has("-a")), almost_all(args.has("-A")), names_only(args.has("-1")), long_form(args.has("-l") || args.has("-n")),
        human(args.has("-h")), numbers(args.has("-n")), inode(args.has("-i")), mark(args.has("-F")), directories(args.has("-d")),
        recursive(args.has("-R")), by_time(args.has("-t")), by_size(args.has("-S")), reverse(args.has("-r")) {}
  // The plain form shows dot files by itself, as the others do when asked to.
  [[nodiscard]] bool shows(std::string_view name) const {
    return all || almost_all || (!names_only && !long_form) || !name.starts_with('.');
  }
};

Entry look(const std::string& path, std::string name) {
  Entry entry{.name = std::move(name)};
  entry.gone = ::lstat(path.c_str(), &entry.s) < 0;
  if (!entry.gone && S_ISLNK(entry.s.st_mode)) {
    char target[4096];
    const ssize_t n = ::readlink(path.c_str(), target, sizeof target);
    if (n > 0) entry.link.assign(target, static_cast<std::size_t>(n));
  }
  return entry;
}

void sort_entries(std::vector<Entry>& entries, const Style& style) {
  std::stable_sort(entries.begin(), entries.end(), [&style](const Entry& a, const Entry& b) {
    if (style.by_size && a.s.st_size != b.s.st_size) return a.s.st_size > b.s.st_size;
    const timespec &s = a.s.st_mtim, &t = b.s.st_mtim;
    if (style.by_time && (s.tv_sec != t.tv_sec || s.tv_nsec != t.tv_nsec))
      return s.tv_sec != t.tv_sec ? s.tv_sec > t.tv_sec : s.tv_nsec > t.tv_nsec;
    return a.name < b.name;
  });
  if (style.reverse) std::reverse(entries.begin(), entries.end());
}

std::string_view mark_of(const Entry& entry) {
  switch (entry.s.st_mode & S_IFMT) {
    case S_IFDIR: return "/";
    case S_IFLNK: return "@";
    case S_IFIFO: return "|";
    case S_IFSOCK: return "=";
    default: return (entry.s.st_mode & 0111) != 0 ? "*" : "";
  }
}

bool is_device(const Entry& entry) { return S_ISCHR(entry.s.st_mode) || S_ISBLK(entry.s.st_mode); }

std::string size_text(const Entry& entry, const Style& style) {
  if (entry.gone) return "?";
  if (is_device(entry)) return fmt::format("{}, {}", major(entry.s.st_rdev), minor(entry.s.st_rdev));
  const auto size = static_cast<std::uint64_t>(entry.s.st_size);
  return style.human ? human_size(size) : std::to_string(size);
}

std::string name_text(const Entry& entry, const Style& style, bool with_link) {
  std::string text = entry.name;
  if (style.mark && !(with_link && !entry.link.empty())) text += mark_of(entry);
  if (with_link && !entry.link.empty()) text += " -> " + entry.link;
  return text;
}

void print_long(Out& out, const std::vector<Entry>& entries, const Style& style, const Accounts& accounts) {
  using Align = Table::Align;
  std::vector<Table::Column> columns{{""}, {"", Align::right}, {""}, {""}, {"", Align::right}, {""}, {""}};
  if (style.inode) columns.insert(columns.begin(), {"", Align::right});
  Table table(std::move(columns));
  const std::time_t now = std::time(nullptr);
  for (const Entry& e : entries) {
    // As everywhere: the hour of what is younger than half a year, else the year.
    const bool recent = e.s.st_mtime <= now + 3600 && now - e.s.st_mtime < 15778476;
    std::vector<std::string> row{e.gone ? "??????????" : mode_text(e.s.st_mode), std::to_string(e.s.st_nlink),
                                 style.numbers ? std::to_string(e.s.st_uid) : accounts.user(e.s.st_uid),
                                 style.numbers ? std::to_string(e.s.st_gid) : accounts.group(e.s.st_gid), size_text(e, style),
                                 time_text(e.s.st_mtime, recent ? "%b %e %H:%M" : "%b %e  %Y"), name_text(e, style, true)};
    if (style.inode) row.insert(row.begin(), std::to_string(e.s.st_ino));
    table.row(std::move(row));
  }
  table.print(out);
}

void print_entries(Out& out, const std::vector<Entry>& entries, const Style& style, const Accounts& accounts) {
  if (style.long_form) {
    print_long(out, entries, style, accounts);
    return;
  }
  for (const Entry& e : entries) {
    if (style.inode) out.print("{:>10} ", e.s.st_ino);
    if (style.names_only) out.print("{}\n", name_text(e, style, false));
    else if (e.gone) out.print("  ? {:>10} {}\n", "?", e.name);
    else out.print("  {} {:>10} {}\n", kind_letter(e.s.st_mode), size_text(e, style), name_text(e, style, true));
  }
}

Task<int> list_directory(Context& cx, std::string path, Style style, const Accounts* accounts, bool heading) {
  auto names = reactor::directory_names(path);
  if (!names) co_return cx.fail("cannot access '" + path + "': " + reactor::errno_text(names.error().code));
  if (style.all) names->insert(names->begin(), {".", ".."});
  std::vector<Entry> entries;
  for (std::string& name : *names) {
    if (!style.shows(name)) continue;
    entries.push_back(look(path_join(path, name), name));
    auto went_on = co_await breathe(cx.out);
    if (!went_on) co_return cx.fail(went_on.error());
  }
  sort_entries(entries, style);
  const bool plain = !style.names_only && !style.long_form;
  if (plain) cx.out.print("Contents of {}:\n", path);
  else if (heading) cx.out.print("{}:\n", path);
  if (style.long_form) {
    std::uint64_t blocks = 0;
    for (const Entry& e : entries) blocks += static_cast<std::uint64_t>(e.s.st_blocks);
    cx.out.print("total {}\n", style.human ? human_size(blocks * 512) : std::to_string(blocks / 2));
  }
  print_entries(cx.out, entries, style, *accounts);
  if (plain) cx.out.write("\n");
  int status = 0;
  if (style.recursive)
    for (const Entry& e : entries) {
      if (!S_ISDIR(e.s.st_mode) || e.gone || e.name == "." || e.name == "..") continue;
      if (!plain) cx.out.write("\n");
      auto below = co_await list_directory(cx, path_join(path, e.name), style, accounts, true);
      if (below != 0) status = below;
      if (below == 130 || below == 141) break;
    }
  co_return status;
}

Task<int> run(Context& cx) {
  const Style style(cx.args);
  const Accounts accounts;
  int status = 0;
  std::vector<Entry> files;
  std::vector<std::string> directories;
  std::vector<std::string> paths(cx.args.positional().begin(), cx.args.positional().end());
  if (paths.empty()) paths.emplace_back(".");
  for (const std::string& path : paths) {
    Entry entry = look(path, path);
    if (entry.gone) {
      status = cx.fail("cannot access '" + path + "': " + reactor::errno_text(errno));
      continue;
    }
    // A link to a directory is followed, unless the long form is to tell of the link.
    struct stat target {};
    const bool followed = S_ISLNK(entry.s.st_mode) && (!style.long_form || path.ends_with('/')) &&
                          ::stat(path.c_str(), &target) == 0 && S_ISDIR(target.st_mode);
    if (!style.directories && (S_ISDIR(entry.s.st_mode) || followed)) directories.push_back(path);
    else files.push_back(std::move(entry));
  }
  sort_entries(files, style);
  print_entries(cx.out, files, style, accounts);
  const bool heading = paths.size() > 1 || style.recursive;
  bool first = files.empty();
  for (const std::string& directory : directories) {
    if (!first && (style.names_only || style.long_form)) cx.out.write("\n");
    first = false;
    auto listed = co_await list_directory(cx, directory, style, &accounts, heading);
    if (listed != 0) status = listed;
    if (listed == 130 || listed == 141) break;
  }
  co_return status;
}

constexpr OptSpec options[] = {
    {.flag = "-l", .help = "mode, links, owner, size, time"}, {.flag = "-a", .help = "dot files too, with . and .."},
    {.flag = "-A", .help = "dot files, without . and .."},    {.flag = "-1", .help = "names only, one a line"},
    {.flag = "-h", .help = "sizes with K, M, G"},             {.flag = "-d", .help = "directories themselves, not what is in them"},
    {.flag = "-R", .help = "what is below, too"},             {.flag = "-t", .help = "newest first"},
    {.flag = "-S", .help = "largest first"},                  {.flag = "-r", .help = "in reverse order"},
    {.flag = "-i", .help = "inode numbers"},                  {.flag = "-n", .help = "as -l, owners as numbers"},
    {.flag = "-F", .help = "mark kinds: / @ | = *"}};
constexpr ArgSpec args[] = {{.name = "PATH", .kind = Arg::path, .optional = true, .repeated = true}};
constexpr CommandSpec spec = {
    .name = "ls",
    .aliases = "dir",
    .group = Group::files,
    .usage = "[-l] [-a] [-A] [-1] [-h] [-d] [-R] [-t] [-S] [-r] [-i] [-n] [-F] [PATH…]",
    .help = "list files",
    .options = options,
    .args = args,
    .details = "Without -l or -1: kind (d, l, c, b, p, s or -), size and name of everything, dot files too.",
    .example = "ls -la /mnt/host",
    .run = run};
const Command self(spec);

}  // namespace
