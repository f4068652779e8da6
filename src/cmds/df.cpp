// df: room on the file systems, in KiB or as people read it. Without arguments those that have a size.
#include <sys/statvfs.h>

#include "net/mounts.h"
#include "shell/command.h"
#include "shell/new_file.h"
#include "shell/table.h"
#include "shell/text.h"

namespace {
using namespace shell;

// The mount that a path lies on: the last of the longest target that begins it.
const net::Mounted* mount_of(const std::vector<net::Mounted>& all, const std::string& path) {
  const std::string full = resolved(path);
  const net::Mounted* best = nullptr;
  for (const net::Mounted& m : all) {
    const bool begins = m.target == "/" || full == m.target || full.starts_with(m.target + "/");
    if (begins && (best == nullptr || m.target.size() >= best->target.size())) best = &m;
  }
  return best;
}

std::string amount(std::uint64_t bytes, bool human) { return human ? human_size(bytes) : std::to_string((bytes + 1023) / 1024); }

Task<int> run(Context& cx) {
  auto all = co_await net::mounts();
  if (!all) co_return cx.fail(all.error());
  const bool human = cx.args.has("-h"), inodes = cx.args.has("-i");
  struct Row {
    std::string path;
    const net::Mounted* mount;
  };
  std::vector<Row> rows;
  int status = 0;
  for (const std::string& path : cx.args.positional()) rows.push_back({path, mount_of(*all, path)});
  if (cx.args.count() == 0)
    for (const net::Mounted& m : *all) rows.push_back({m.target, &m});
  using Align = Table::Align;
  std::vector<Table::Column> columns{{"Filesystem", Align::left, 15}};
  if (cx.args.has("-T")) columns.push_back({"Type"});
  for (const std::string_view title : {inodes  ? "Inodes"
                                       : human ? "Size"
                                               : "1K-blocks",
                                       inodes ? "IUsed" : "Used", inodes ? "IFree" : "Available", "Use%"})
    columns.push_back({title, Align::right});
  columns.push_back({"Mounted on"});
  Table table(std::move(columns));
  for (const Row& row : rows) {
    struct statvfs s {};
    if (::statvfs(row.path.c_str(), &s) < 0) {
      if (cx.args.count() > 0) status = cx.fail(row.path + ": " + reactor::errno_text(errno));
      continue;
    }
    if (s.f_blocks == 0 && cx.args.count() == 0 && !cx.args.has("-a")) continue;
    const std::uint64_t unit = s.f_frsize;
    const std::uint64_t total = inodes ? s.f_files : s.f_blocks * unit, free = inodes ? s.f_ffree : s.f_bfree * unit,
                        available = inodes ? s.f_ffree : s.f_bavail * unit;
    const std::uint64_t used = total - free;
    // As df(1): of what users may have, rounded up.
    const std::uint64_t room = used + available;
    const std::string percent = room == 0 ? "-" : fmt::format("{}%", (used * 100 + room - 1) / room);
    const auto text = [&](std::uint64_t value) {
      return inodes ? (human ? human_size(value) : std::to_string(value)) : amount(value, human);
    };
    std::vector<std::string> cells{row.mount != nullptr ? row.mount->source : "-"};
    if (cx.args.has("-T")) cells.push_back(row.mount != nullptr ? row.mount->type : "-");
    for (std::string cell : {text(total), text(used), text(available), percent}) cells.push_back(std::move(cell));
    cells.push_back(row.mount != nullptr ? row.mount->target : row.path);
    table.row(std::move(cells));
  }
  if (!table.empty()) table.print(cx.out);
  co_return status;
}

constexpr OptSpec options[] = {{.flag = "-h", .help = "with K, M, G"},
                               {.flag = "-i", .help = "inodes instead of room"},
                               {.flag = "-T", .help = "types too"},
                               {.flag = "-a", .help = "those without a size too"},
                               {.flag = "-k", .help = "in KiB (it is)"}};
constexpr ArgSpec args[] = {{.name = "PATH", .kind = Arg::path, .optional = true, .repeated = true}};
constexpr CommandSpec spec = {.name = "df",
                              .group = Group::system,
                              .usage = "[-h] [-i] [-T] [-a] [-k] [PATH…]",
                              .help = "show the room on file systems",
                              .options = options,
                              .args = args,
                              .details = "With PATH: of the file systems that they lie on.",
                              .example = "df -h /mnt/host",
                              .run = run};
const Command self(spec);

}  // namespace
