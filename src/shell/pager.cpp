#include "shell/pager.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "reactor/loop.h"
#include "shell/dialogs.h"
#include "shell/memory_limit.h"
#include "shell/text_search.h"

namespace shell {
namespace {

// Read ahead of what is shown, so that the next page is there.
constexpr std::size_t read_ahead = 256U << 10;
constexpr Style status_style{.reverse = true};
constexpr Style match_style{.text = Colour::black, .back = Colour::yellow, .reverse = false};
constexpr std::size_t longest_marked = 64U << 10;

constexpr std::string_view keys_help =
    "Down j Enter / Up k      a row further / back\n"
    "PageDown Space f / PageUp b   a screen\n"
    "d / u                    half a screen\n"
    "g Home < / G End >       the beginning / the end; 12g goes to line 12\n"
    "Left / Right             sideways, when long lines are not wrapped\n"
    "w                        wrap long lines, or not\n"
    "/TEXT                    search forward; a regular expression; upper and lower case matter when TEXT has capitals\n"
    "?TEXT                    search back\n"
    "n / N                    the next match / the one before; any key stops a search that takes long\n"
    "Ctrl-L                   draw anew\n"
    "q Esc Ctrl-C             leave\n";

History searches;  // for the life of the program

}  // namespace

Pager::Pager(Screen& screen, std::string title, In& in) : screen_(screen), title_(std::move(title)), in_(in) {}

Task<Result<void>> Pager::run() {
  {
    const Screen::Showing showing(screen_, *this);
    reactor::JobScope jobs;
    jobs_ = &jobs;
    const auto keys = jobs.spawn("pager keys", take_keys());
    jobs.spawn("pager input", read_all());
    (void)co_await keys->finished();
    jobs.request_stop();
    co_await jobs.join();
    if (!keys->failure().empty()) broken_ = Error{.tried = {}, .on = {}, .reason = keys->failure()};
  }
  co_await text_.release();
  if (broken_) co_return tl::unexpected(*broken_);
  co_return Result<void>();
}

// ---- input ----

Task<void> Pager::read_all() {
  for (;;) {
    while (text_.size() >= std::max(wanted_, search_wants_)) {
      more_.reset();
      auto waited = co_await more_.wait();
      if (!waited) co_return;
    }
    auto n = co_await in_.read(text_.room());
    if (!n && n.error().cancelled()) co_return;
    if (!n) failure_ = n.error();
    ended_ = !n || *n == 0;
    if (!ended_) text_.added(*n);
    if (text_.size() > memory_limit()) {
      failure_ = Error{.tried = {}, .on = {}, .reason = std::string(over_memory_limit)};
      ended_ = true;
    }
    rows_.forget();  // the last line may have grown
    grown_.set();
    screen_.refresh();
    if (ended_) co_return;
    co_await reactor::yield();
  }
}

// ---- keys ----

Task<void> Pager::take_keys() {
  for (;;) {
    auto key = co_await screen_.key();
    if (!key) {
      broken_ = key.error();
      co_return;
    }
    if (key->code == Key::Code::resize) continue;
    co_await stop_search();
    auto goes_on = co_await take(std::move(*key));
    if (!goes_on) co_return;
  }
}

// False: the pager is left.
Task<bool> Pager::take(Key key) {
  using Code = Key::Code;
  message_.clear();
  if (key.code == Code::character && !key.ctrl && !key.alt && key.character >= '0' && key.character <= '9' && number_.size() < 18) {
    number_ += static_cast<char>(key.character);
    co_return true;
  }
  std::size_t number = 0;
  const bool counted = !number_.empty();
  std::from_chars(number_.data(), number_.data() + number_.size(), number);
  number_.clear();
  if (key.is('q') || key.is('Q') || key.code == Code::escape || key.is_ctrl('c')) co_return false;
  if (key.code == Code::down || key.code == Code::enter || key.is('j')) {
    move(1);
  } else if (key.code == Code::up || key.is('k') || key.is('y')) {
    move(-1);
  } else if (key.code == Code::page_down || key.is(' ') || key.is('f')) {
    move(page());
  } else if (key.code == Code::page_up || key.is('b')) {
    move(-page());
  } else if (key.is('d')) {
    move(std::max(1, page() / 2));
  } else if (key.is('u')) {
    move(-std::max(1, page() / 2));
  } else if (counted && (key.is('g') || key.is('G'))) {
    to_line(number - std::min<std::size_t>(number, 1));
  } else if (key.is('g') || key.is('<') || key.code == Code::home) {
    to_line(0);
  } else if (key.is('G') || key.is('>') || key.code == Code::end) {
    at_end_ = true;
  } else if (key.code == Code::right) {
    shift(screen_.columns() / 2);
  } else if (key.code == Code::left) {
    shift(-screen_.columns() / 2);
  } else if (key.is('w')) {
    wrap_ = !wrap_;
    hidden_ = 0;
  } else if (key.is('/') || key.is('?')) {
    auto begun = co_await begin_search(key.is('/'));
    if (!begun) broken_ = begun.error();
    co_return begun.has_value();
  } else if (key.is('n') || key.is('N')) {
    search_on(key.is('n'));
  } else if (key.is('h') || (key.code == Code::function && key.number == 1)) {
    auto shown = co_await show_text(screen_, "Keys", std::string(keys_help));
    if (!shown) broken_ = shown.error();
    co_return shown.has_value();
  } else {
    screen_.bell();
  }
  co_return true;
}

int Pager::page() const { return std::max(1, screen_.rows() - 1); }

// The row that stands last on the screen when the end is shown; what follows the last newline is no row.
std::size_t Pager::last_row() const {
  const std::size_t size = text_.size();
  const bool closed = size > 0 && text_.copy(size - 1, size) == "\n";
  return rows_.row_at(closed ? size - 1 : size);
}

void Pager::move(int rows) {
  if (std::exchange(at_end_, false)) top_ = rows_.row_at(top_);
  if (rows > 0) {
    const std::size_t last = last_row();
    const auto below = [&](std::optional<std::size_t> row) { return row && *row < last ? rows_.below(*row) : std::nullopt; };
    std::optional<std::size_t> behind = top_;  // the row below the screen
    for (int i = 0; i < page() && behind; ++i) behind = below(behind);
    // The last screen is not scrolled away.
    for (; rows > 0 && (behind || !ended_); --rows) {
      const auto next = below(top_);
      if (!next) break;
      top_ = *next;
      behind = below(behind);
    }
  }
  for (; rows < 0; ++rows) {
    const auto above = rows_.above(top_);
    if (!above) break;
    top_ = *above;
  }
}

void Pager::to_line(std::size_t line) {
  at_end_ = false;
  top_ = text_.line_start(line);
  if (line > text_.newlines()) {
    message_ = fmt::format("there are {} lines", text_.newlines());
    at_end_ = true;
  }
}

void Pager::shift(int columns) {
  if (wrap_) {
    wrap_ = false;
    hidden_ = 0;
  }
  hidden_ = std::max(0, hidden_ + columns);
}

// ---- searching ----

Task<Result<void>> Pager::begin_search(bool forward) {
  auto asked = co_await ask_line(screen_, forward ? "/" : "?", searches);
  if (!asked) co_return tl::unexpected(asked.error());
  if (!*asked) co_return Result<void>();
  if (!(*asked)->empty()) {
    auto pattern = search_pattern(**asked);
    if (!pattern) {
      message_ = pattern.error().text();
      co_return Result<void>();
    }
    pattern_ = std::move(*pattern);
  }
  forward_ = forward;
  found_.reset();
  search_on(true);
  co_return Result<void>();
}

void Pager::search_on(bool same_way) {
  if (!pattern_) {
    message_ = "nothing to search for: / or ?";
    return;
  }
  const bool forward = forward_ == same_way;
  // From the line of the last match, when it is still the first on the screen; else from the first line shown.
  const std::size_t line = text_.line_at(top_);
  const bool again = found_ && text_.line_at(*found_) == line;
  const std::size_t from = forward && again ? std::min(text_.line_start(line + 1), text_.size()) : text_.line_start(line);
  at_end_ = false;
  searching_ = jobs_->spawn("pager search", search(forward, from));
}

Task<void> Pager::stop_search() {
  if (!searching_) co_return;
  if (!searching_->done()) {
    searching_->request_stop();
    (void)co_await searching_->finished();
    message_ = "stopped";
  }
  search_wants_ = 0;
  searching_.reset();
}

Task<void> Pager::search(bool forward, std::size_t from) {
  message_ = "searching…";
  for (;;) {
    const std::size_t known = text_.size();
    Result<std::optional<Pattern::Match>> found;
    if (forward) found = co_await find_forward(text_, *pattern_, from);
    else found = co_await find_backward(text_, *pattern_, from);
    if (!found && found.error().cancelled()) co_return;
    if (found && !*found && forward && !ended_) {
      // The last line may go on: it is looked at again.
      from = std::max(from, text_.line_start(text_.line_at(known)));
      search_wants_ = known + read_ahead;
      more_.set();
      grown_.reset();
      auto waited = co_await grown_.wait();
      if (!waited) co_return;
      continue;
    }
    message_ = !found ? found.error().text() : *found ? "" : "not found";
    if (found && *found) {
      found_ = (*found)->begin;
      top_ = rows_.row_at(*found_);
    }
    break;
  }
  screen_.refresh();
}

// ---- drawing ----

// What the pattern matches in these lines. Lines without an end in sight are not looked through for it.
std::vector<Highlight> Pager::matches(std::size_t from, std::size_t to) const {
  std::vector<Highlight> result;
  if (!pattern_) return result;
  for (std::size_t line = text_.line_at(from); line <= text_.line_at(to); ++line) {
    const std::size_t start = text_.line_start(line), end = text_.line_end(line);
    if (end - start > longest_marked) continue;
    const std::string bytes = text_.copy(start, end);
    Pattern::Matches found(*pattern_, bytes);
    for (auto match = found.next(); match && *match; match = found.next())
      if ((*match)->end > (*match)->begin) result.push_back({start + (*match)->begin, start + (*match)->end, match_style});
  }
  return result;
}

void Pager::draw(Canvas& canvas) {
  const int height = canvas.rows() > 1 ? canvas.rows() - 1 : 1;
  rows_.set(canvas.columns(), wrap_);
  canvas.clear();
  const std::size_t last = last_row();
  if (at_end_) {
    wanted_ = SIZE_MAX;
    top_ = last;
    for (int row = 1; row < height; ++row) top_ = rows_.above(top_).value_or(0);
  }
  top_ = std::min(rows_.row_at(top_), last);
  std::vector<std::size_t> starts;
  for (std::optional<std::size_t> row = top_; row && *row <= last && static_cast<int>(starts.size()) < height; row = rows_.below(*row)) starts.push_back(*row);
  const std::size_t end = starts.empty() ? top_ : rows_.row_end(starts.back());
  const auto marked = matches(top_, end);
  for (int row = 0; row < height; ++row) {
    if (row < static_cast<int>(starts.size()) && text_.size() > 0) rows_.draw(canvas, row, 0, starts[static_cast<std::size_t>(row)], hidden_, marked);
    else canvas.put(row, 0, "~", {.text = Colour::blue});
  }
  if (!at_end_) wanted_ = end + read_ahead;
  more_.set();
  if (canvas.rows() > 1) draw_status(canvas, end);
  canvas.set_cursor(canvas.rows() - 1, 0);
}

void Pager::draw_status(Canvas& canvas, std::size_t end) const {
  std::string place;
  const bool all = ended_ && end + 1 >= text_.size();
  if (text_.size() > 0) place = fmt::format("lines {}-{}", text_.line_at(top_) + 1, text_.line_at(end) + 1);
  if (ended_ && !all && text_.size() > 0) place += fmt::format(" {}%", end * 100 / text_.size());
  if (failure_) place += " " + failure_->text();
  else if (all) place += " (END)";
  else if (at_end_ && !ended_) place += " reading…";
  std::string left = message_.empty() ? title_ : message_;
  if (!number_.empty()) left = ":" + number_;
  canvas.bar(canvas.rows() - 1, left + "  " + place, "q leaves, h helps", status_style);
}

// ---- pages ----

Task<Result<void>> show_text(Screen& screen, std::string title, std::string text) {
  In in(reactor::string_source(std::move(text)));
  Pager pager(screen, std::move(title), in);
  auto done = co_await pager.run();
  co_return done;
}

namespace {

Task<int> page_through(Screen& screen, std::string title, std::string text) {
  auto done = co_await show_text(screen, std::move(title), std::move(text));
  co_return done || done.error().cancelled() ? 0 : 1;
}

// Rows on a terminal of this width.
int rows_of(std::string_view text, int columns, int enough) {
  int rows = 0;
  while (!text.empty() && rows <= enough) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    rows += std::max(0, columns_of(text.substr(0, end)) - 1) / std::max(1, columns) + 1;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return rows;
}

}  // namespace

Task<Result<void>> print_paged(Context& cx, std::string title, std::string text) {
  if (cx.script.is_prompt() && prints_on_screen(cx)) {
    const TerminalSize size = screen_size(cx);
    // A row is left for the prompt.
    if (rows_of(text, size.columns, size.rows) >= size.rows) {
      std::function<Task<int>(Screen&)> tool = [&title, &text](Screen& screen) { return page_through(screen, std::move(title), std::move(text)); };
      auto shown = co_await on_screen(cx, std::move(tool));
      if (!shown) co_return tl::unexpected(shown.error());
      co_return Result<void>();
    }
  }
  cx.out.write(text);
  co_return Result<void>();
}

}  // namespace shell
