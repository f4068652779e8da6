// tail: the last lines (or bytes) of files, or those from the N-th on; -f goes on with what is added (inotify).
#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <deque>

#include "reactor/io.h"
#include "reactor/loop.h"
#include "shell/filter.h"

namespace {
using namespace shell;

struct Amount {
  bool bytes = false;
  bool from_start = false;  // +N: from the N-th on
  std::uint64_t count = 10;
};

Result<Amount> amount_of(const Args& args, std::vector<std::string>& names) {
  Amount amount{.bytes = args.has("-c")};
  names.assign(args.positional().begin(), args.positional().end());
  std::optional<std::string> text = args.value(amount.bytes ? "-c" : "-n");
  if (!text && !names.empty() && names[0].size() > 1 &&
      (names[0][0] == '-' || (names[0][0] == '+' && std::isdigit(static_cast<unsigned char>(names[0][1])) != 0))) {
    text = names[0];
    names.erase(names.begin());
  }
  if (text) {
    std::string_view digits = *text;
    amount.from_start = digits.starts_with('+');
    if (digits.starts_with('+') || digits.starts_with('-')) digits.remove_prefix(1);
    TRY(count, parse_size(digits, *text));
    amount.count = count;
  }
  if (names.empty()) names.emplace_back("-");
  return amount;
}

// A regular file is read from its end backwards, piece by piece: where its last lines begin.
Task<Result<std::int64_t>> start_of_last_lines(int fd, std::int64_t size, std::uint64_t lines) {
  std::string piece(64 * 1024, '\0');
  std::int64_t end = size;
  std::uint64_t newlines = 0;
  while (end > 0 && lines > 0) {
    const std::int64_t begin = std::max<std::int64_t>(0, end - static_cast<std::int64_t>(piece.size()));
    auto n = co_await reactor::read(fd, std::span(piece).first(static_cast<std::size_t>(end - begin)), begin);
    if (!n) co_return tl::unexpected(n.error());
    if (*n == 0) co_return begin;  // became shorter meanwhile
    for (std::size_t i = *n; i-- > 0;)
      // The newline at the very end ends the last line, it begins none.
      if (piece[i] == '\n' && begin + static_cast<std::int64_t>(i) != size - 1 && ++newlines == lines)
        co_return begin + static_cast<std::int64_t>(i) + 1;
    end = begin;
  }
  co_return lines == 0 ? size : 0;
}

Task<Result<std::int64_t>> copy_from(int fd, std::int64_t at, Out* out) {
  std::string piece(64 * 1024, '\0');
  for (;;) {
    auto n = co_await reactor::read(fd, piece, at);
    if (!n) co_return tl::unexpected(n.error());
    if (*n == 0) co_return at;
    at += static_cast<std::int64_t>(*n);
    out->write(std::string_view(piece).substr(0, *n));
    auto flushed = co_await out->flush();
    if (!flushed) co_return tl::unexpected(flushed.error());
  }
}

// Streams: what may be the last is kept until the end is seen.
Task<Result<void>> copy_stream(In* in, Out* out, Amount amount) {
  std::string piece(64 * 1024, '\0'), kept;
  std::uint64_t skip = amount.from_start && amount.count > 0 ? amount.count - 1 : 0;
  std::uint64_t lines = 0;  // newlines in `kept`
  std::size_t begin = 0;
  for (;;) {
    auto n = co_await in->read(piece);
    if (!n) co_return tl::unexpected(n.error());
    if (*n == 0) break;
    std::string_view more = std::string_view(piece).substr(0, *n);
    if (amount.from_start) {
      for (; skip > 0 && !more.empty(); --skip) {
        const std::size_t end = amount.bytes ? 0 : more.find('\n');
        if (end == std::string_view::npos) {
          more = {};
          break;
        }
        more.remove_prefix(end + 1);
      }
      out->write(more);
      auto flushed = co_await out->flush();
      if (!flushed) co_return flushed;
      continue;
    }
    kept.append(more);
    if (amount.bytes) {
      if (kept.size() - begin > amount.count) begin = kept.size() - static_cast<std::size_t>(amount.count);
    } else {
      lines += static_cast<std::uint64_t>(std::count(more.begin(), more.end(), '\n'));
      // One more than wanted: the last one may lack its newline.
      for (; lines > amount.count + 1; --lines) begin = kept.find('\n', begin) + 1;
    }
    if (begin > 1U << 20) {
      kept.erase(0, begin);
      begin = 0;
    }
    auto turn = co_await take_turns();
    if (!turn) co_return turn;
  }
  if (!amount.bytes && !amount.from_start) {
    const bool open_end = !kept.empty() && kept.back() != '\n';
    for (std::uint64_t have = lines + (open_end ? 1 : 0); have > amount.count; --have) begin = kept.find('\n', begin) + 1;
    if (amount.count == 0) begin = kept.size();
  }
  out->write(std::string_view(kept).substr(begin));
  co_return Result<void>();
}

struct Followed {
  std::string name;
  reactor::Fd fd;
  std::int64_t at = 0;
};

// Where the wanted part of a regular file begins.
Task<Result<std::int64_t>> start_of(int fd, std::int64_t size, Amount amount) {
  const auto count = static_cast<std::int64_t>(std::min<std::uint64_t>(amount.count, INT64_MAX));
  if (amount.bytes) co_return amount.from_start ? std::max<std::int64_t>(count - 1, 0) : std::max<std::int64_t>(size - count, 0);
  auto at = co_await start_of_last_lines(fd, size, amount.count);
  co_return at;
}

Task<int> follow(Context& cx, std::vector<Followed>* files) {
  reactor::Fd notify(::inotify_init1(IN_CLOEXEC | reactor::Loop::current().nonblocking_flag()));
  if (!notify) co_return cx.fail("inotify: " + reactor::errno_text(errno));
  for (const Followed& file : *files)
    if (::inotify_add_watch(notify.get(), ("/proc/self/fd/" + std::to_string(file.fd.get())).c_str(), IN_MODIFY) < 0 &&
        ::inotify_add_watch(notify.get(), file.name.c_str(), IN_MODIFY) < 0)
      co_return cx.fail(file.name + ": cannot be followed: " + reactor::errno_text(errno));
  alignas(inotify_event) std::array<char, 4096> events;
  const Followed* last = &files->back();
  for (;;) {
    for (Followed& file : *files) {
      struct stat s {};
      if (::fstat(file.fd.get(), &s) == 0 && s.st_size < file.at) {
        cx.err.print("tail: {}: became shorter\n", file.name);
        file.at = 0;
      }
      if (s.st_size > file.at && last != &file) cx.out.print("\n==> {} <==\n", file.name);
      if (s.st_size > file.at) last = &file;
      auto at = co_await copy_from(file.fd.get(), file.at, &cx.out);
      if (!at) co_return cx.fail(at.error());
      file.at = *at;
    }
    // Into a file too when it comes.
    auto flushed = co_await cx.out.finish();
    if (!flushed) co_return cx.fail(flushed.error());
    auto n = co_await reactor::read(notify.get(), events);
    if (!n) co_return cx.fail(n.error());
  }
}

// One file; what can be followed is added to `files`.
Task<Result<void>> show(Context& cx, std::string name, Amount amount, std::vector<Followed>* files) {
  struct stat s {};
  // Files of /proc have no size, and lines counted from the start need no end: read as streams.
  const bool regular = name != "-" && ::stat(name.c_str(), &s) == 0 && S_ISREG(s.st_mode) && s.st_size > 0 &&
                       !(amount.from_start && !amount.bytes);
  if (!regular) {
    auto input = co_await Input::open(cx, name);
    if (!input) co_return tl::unexpected(input.error());
    auto copied = co_await copy_stream(&input->in(), &cx.out, amount);
    if (!copied) co_return tl::unexpected(input->named(copied.error()));
    if (name == "-" || !S_ISREG(s.st_mode)) co_return Result<void>();
  }
  auto fd = co_await reactor::open_file(name, O_RDONLY);
  if (!fd) co_return reactor::failed({}, name, fd.error().code);
  std::int64_t at = s.st_size;
  if (regular) {
    auto start = co_await start_of(fd->get(), s.st_size, amount);
    if (!start) co_return reactor::failed({}, name, start.error().code);
    auto end = co_await copy_from(fd->get(), *start, &cx.out);
    if (!end) co_return reactor::failed({}, name, end.error().code);
    at = *end;
  }
  files->push_back({name, std::move(*fd), at});
  co_return Result<void>();
}

Task<int> run(Context& cx) {
  std::vector<std::string> names;
  const auto amount = amount_of(cx.args, names);
  if (!amount) co_return cx.bad_usage(amount.error());
  int status = 0;
  bool first = true;
  std::vector<Followed> files;
  for (const std::string& name : names) {
    if ((names.size() > 1 && !cx.args.has("-q")) || cx.args.has("-v"))
      cx.out.print("{}==> {} <==\n", first ? "" : "\n", name == "-" ? "standard input" : name);
    first = false;
    auto shown = co_await show(cx, name, *amount, &files);
    if (shown) continue;
    if (cx.out.broken()) co_return cx.fail(shown.error());
    status = cx.fail(shown.error());
    if (status == 130) co_return status;
  }
  if ((!cx.args.has("-f") && !cx.args.has("-F")) || files.empty()) co_return status;
  auto followed = co_await follow(cx, &files);
  co_return followed;
}

constexpr OptSpec options[] = {{.flag = "-n", .value = "N", .kind = Arg::number, .help = "so many lines (10); +N: from line N on"},
                               {.flag = "-c", .value = "N", .kind = Arg::size, .help = "so many bytes; +N: from byte N on"},
                               {.flag = "-f", .help = "go on with what is added, until Ctrl-C"},
                               {.flag = "-F", .help = "the same"},
                               {.flag = "-q", .help = "no headings"},
                               {.flag = "-v", .help = "headings always"}};
constexpr ArgSpec args[] = {{.name = "FILE", .kind = Arg::path, .optional = true, .repeated = true}};
constexpr CommandSpec spec = {.name = "tail",
                              .group = Group::files,
                              .usage = "[-n N|-c N] [-f|-F] [-q] [-v] [FILE…]",
                              .help = "show the last lines",
                              .options = options,
                              .args = args,
                              .details = "-5 is -n 5. N may end in K, M or G.",
                              .example = "tail -f /tmp/log",
                              .run = run};
const Command self(spec);

}  // namespace
