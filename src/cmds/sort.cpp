// sort: sorts lines by bytes, numbers or sizes, wholly or by a field. All lines are held in memory (at most 1 GiB).
#include <algorithm>
#include <charconv>

#include "reactor/io.h"
#include "shell/filter.h"
#include "shell/text.h"

namespace {
using namespace shell;

constexpr std::size_t kMost = std::size_t{1} << 30;

struct Order {
  bool numeric = false, human = false, fold = false, blanks = false, reverse = false, stable = false;
  bool reverse_ties = false;        // a key of its own has its own direction; equal ones follow -r
  std::size_t first = 0, last = 0;  // fields from 1; first 0: the whole line; last 0: to its end
  char separator = 0;               // 0: blanks
};

// From the begin of field `first` to the end of field `last`.
std::string_view key_of(std::string_view line, const Order& order) {
  if (order.first == 0) return line;
  const auto end_of_field = [&](std::size_t at) {
    if (order.separator != 0) return std::min(line.find(order.separator, at), line.size());
    // The blanks before a field belong to it.
    at = std::min(line.find_first_not_of(" \t", at), line.size());
    return std::min(line.find_first_of(" \t", at), line.size());
  };
  std::size_t begin = 0;
  for (std::size_t field = 1; field < order.first && begin < line.size(); ++field) {
    begin = end_of_field(begin);
    if (order.separator != 0 && begin < line.size()) ++begin;
    else if (order.separator != 0) begin = line.size();
  }
  if (order.last == 0) return line.substr(begin);
  std::size_t end = begin;
  for (std::size_t field = order.first; field <= order.last; ++field) {
    if (field > order.first && order.separator != 0 && end < line.size()) ++end;
    end = end_of_field(end);
  }
  return line.substr(begin, end - begin);
}

// A number at the start of a key, as sort(1) reads it, of any length: blanks, a minus, digits, a point, digits. Without zeros
// that do not count, so that texts compare as numbers do.
struct Number {
  bool negative = false;
  std::string_view whole, fraction;
  std::size_t unit = 0;  // of sizes: 1 for K, 2 for M and so on
  [[nodiscard]] bool zero() const { return whole.empty() && fraction.empty(); }
};

Number number_of(std::string_view text, bool human) {
  constexpr std::string_view digits = "0123456789";
  Number number;
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
  number.negative = text.starts_with('-');
  if (number.negative) text.remove_prefix(1);
  number.whole = text.substr(0, text.find_first_not_of(digits));
  text.remove_prefix(number.whole.size());
  number.whole.remove_prefix(std::min(number.whole.find_first_not_of('0'), number.whole.size()));
  if (text.starts_with('.')) {
    number.fraction = text.substr(1, text.find_first_not_of(digits, 1) - 1);
    text.remove_prefix(1 + number.fraction.size());
    number.fraction = number.fraction.substr(0, number.fraction.find_last_not_of('0') + 1);
  }
  if (number.zero()) number.negative = false;
  else if (human && !text.empty()) number.unit = std::string_view("KMGTPE").find(text[0] == 'k' ? 'K' : text[0]) + 1;  // npos + 1 is 0
  return number;
}

int compare_numbers(const Number& a, const Number& b) {
  if (a.negative != b.negative) return a.negative ? -1 : 1;
  const int sign = a.negative ? -1 : 1;
  // As sort -h: the unit comes first, 1M is more than 9000K. Zero is below every unit.
  if (a.zero() != b.zero()) return a.zero() ? -sign : sign;
  if (a.unit != b.unit) return a.unit < b.unit ? -sign : sign;
  if (a.whole.size() != b.whole.size()) return a.whole.size() < b.whole.size() ? -sign : sign;
  const int whole = a.whole.compare(b.whole);
  return sign * (whole != 0 ? whole : a.fraction.compare(b.fraction));
}

int compare_text(std::string_view a, std::string_view b, bool fold) {
  if (!fold) return a.compare(b);
  const auto upper = [](char c) { return static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c); };
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
    if (upper(a[i]) != upper(b[i]))
      return static_cast<unsigned char>(upper(a[i])) < static_cast<unsigned char>(upper(b[i])) ? -1 : 1;
  return a.size() < b.size() ? -1 : a.size() > b.size() ? 1 : 0;
}

int compare_keys(std::string_view a, std::string_view b, const Order& order) {
  std::string_view x = key_of(a, order), y = key_of(b, order);
  if (order.numeric || order.human) {
    return compare_numbers(number_of(x, order.human), number_of(y, order.human));
  }
  if (order.blanks) {
    x.remove_prefix(std::min(x.find_first_not_of(" \t"), x.size()));
    y.remove_prefix(std::min(y.find_first_not_of(" \t"), y.size()));
  }
  return compare_text(x, y, order.fold);
}

bool comes_before(std::string_view a, std::string_view b, const Order& order) {
  const int difference = compare_keys(a, b, order);
  if (difference != 0) return order.reverse ? difference > 0 : difference < 0;
  // Equal keys: by the whole line, so that the result does not depend on the order of the input.
  if (order.stable) return false;
  return order.reverse_ties ? a > b : a < b;
}

// Merge sort in steps, so that a million lines let others run meanwhile: runs of 4,096, then pairs of runs.
Task<Result<void>> sort_lines(std::vector<std::string_view>* lines, const Order* order) {
  const auto before = [order](std::string_view a, std::string_view b) { return comes_before(a, b, *order); };
  constexpr std::size_t first_run = 4096;
  const auto at = [lines](std::size_t index) {
    return lines->begin() + static_cast<std::ptrdiff_t>(std::min(index, lines->size()));
  };
  for (std::size_t i = 0; i < lines->size(); i += first_run) {
    std::stable_sort(at(i), at(i + first_run), before);
    auto turn = co_await take_turns();
    if (!turn) co_return turn;
  }
  std::vector<std::string_view> merged(lines->size());
  for (std::size_t run = first_run; run < lines->size(); run *= 2) {
    for (std::size_t i = 0; i < lines->size(); i += 2 * run) {
      auto left = at(i), left_end = at(i + run), right = left_end, right_end = at(i + 2 * run);
      for (auto to = merged.begin() + static_cast<std::ptrdiff_t>(i); left != left_end || right != right_end; ++to) {
        const bool take_right = left == left_end || (right != right_end && before(*right, *left));
        *to = take_right ? *right++ : *left++;
        if ((to - merged.begin()) % 4096 == 0) {
          auto turn = co_await take_turns();
          if (!turn) co_return turn;
        }
      }
    }
    lines->swap(merged);
  }
  co_return Result<void>();
}

// "2", "2,3", "2n", "2,2nr": fields and how to compare them.
Result<Order> with_key(Order order, std::string_view text) {
  const auto number = [&text](std::size_t& value) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || value == 0) return false;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return true;
  };
  const std::string whole(text);
  // Letters of a key replace what was said for all.
  Order own = order;
  own.numeric = own.human = own.fold = own.blanks = own.reverse = false;
  bool has_own = false;
  const auto letters = [&] {
    for (; !text.empty() && text[0] != ','; text.remove_prefix(1)) {
      switch (text[0]) {
        case 'n': own.numeric = true; break;
        case 'h': own.human = true; break;
        case 'r': own.reverse = true; break;
        case 'f': own.fold = true; break;
        case 'b': own.blanks = true; break;
        default: return false;
      }
      has_own = true;
    }
    return true;
  };
  bool good = number(order.first) && letters();
  if (good && text.starts_with(',')) {
    text.remove_prefix(1);
    good = number(order.last) && letters();
  }
  if (!good || !text.empty()) return reactor::failed({}, "-k", "'" + whole + "' is not FIELD[,FIELD] with letters of n h r f b");
  own.first = order.first;
  own.last = order.last;
  return has_own ? own : order;
}

Result<Order> order_of(const Args& args) {
  Order order{.numeric = args.has("-n"),
              .human = args.has("-h"),
              .fold = args.has("-f"),
              .blanks = args.has("-b"),
              .reverse = args.has("-r"),
              .stable = args.has("-s") || args.has("-u"),
              .reverse_ties = args.has("-r")};
  if (const auto text = args.value("-t")) {
    if (*text == "\\t") order.separator = '\t';
    else if (text->size() == 1) order.separator = (*text)[0];
    else return reactor::failed({}, "-t", "'" + *text + "' is not one character");
  }
  if (const auto text = args.value("-k")) {
    TRY(with, with_key(order, *text));
    order = with;
  }
  return order;
}

Task<int> run(Context& cx) {
  const auto order = order_of(cx.args);
  if (!order) co_return cx.bad_usage(order.error());
  std::vector<std::string> texts;
  std::size_t total = 0;
  for (const std::string& name : input_names(cx.args.positional())) {
    auto input = co_await Input::open(cx, name);
    if (!input) co_return cx.fail(input.error()) == 130 ? 130 : 2;
    auto text = co_await input->in().all(kMost - total);
    if (!text) co_return cx.fail(input->named(text.error())) == 130 ? 130 : 2;
    total += text->size();
    texts.push_back(std::move(*text));
  }
  std::vector<std::string_view> lines;
  for (const std::string& text : texts)
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = std::min(text.find('\n', at), text.size());
      lines.push_back(std::string_view(text).substr(at, end - at));
      at = end + 1;
    }
  if (cx.args.has("-c")) {
    for (std::size_t i = 1; i < lines.size(); ++i)
      if (comes_before(lines[i], lines[i - 1], *order))
        co_return cx.fail(fmt::format("line {} is out of order: {}", i + 1, lines[i]));
    co_return 0;
  }
  auto sorted = co_await sort_lines(&lines, &*order);
  if (!sorted) co_return cx.fail(sorted.error());
  if (cx.args.has("-u")) {
    const auto same = [&order](std::string_view a, std::string_view b) { return compare_keys(a, b, *order) == 0; };
    lines.erase(std::unique(lines.begin(), lines.end(), same), lines.end());
  }
  if (const auto file = cx.args.value("-o")) {
    std::string text;
    for (const std::string_view line : lines) text.append(line).append("\n");
    auto written = co_await reactor::write_file(*file, std::move(text));
    co_return written ? 0 : cx.fail(written.error());
  }
  for (const std::string_view line : lines) {
    cx.out.write(line);
    cx.out.write("\n");
    auto went_on = co_await breathe(cx.out);
    if (!went_on) co_return cx.fail(went_on.error());
  }
  co_return 0;
}

constexpr OptSpec options[] = {{.flag = "-n", .help = "by number"},
                               {.flag = "-h", .help = "by size: 2K before 1M"},
                               {.flag = "-r", .help = "the largest first"},
                               {.flag = "-u", .help = "one of those that are equal"},
                               {.flag = "-f", .help = "capitals and small letters are the same"},
                               {.flag = "-b", .help = "blanks before do not count"},
                               {.flag = "-s", .help = "equal ones stay in their order"},
                               {.flag = "-c", .help = "only see whether it is sorted"},
                               {.flag = "-k", .value = "KEY", .help = "FIELD[,FIELD], from 1, with letters of n h r f b: -k 2,2n"},
                               {.flag = "-t", .value = "CHAR", .help = "what separates fields, instead of blanks"},
                               {.flag = "-o", .value = "FILE", .kind = Arg::path, .help = "write there; may be one that was read"}};
constexpr ArgSpec args[] = {{.name = "FILE", .kind = Arg::path, .optional = true, .repeated = true}};
constexpr CommandSpec spec = {.name = "sort",
                              .group = Group::files,
                              .usage = "[-n] [-h] [-r] [-u] [-f] [-b] [-s] [-c] [-k KEY] [-t CHAR] [-o FILE] [FILE…]",
                              .help = "sort lines",
                              .options = options,
                              .args = args,
                              .example = "df | sort -k 3,3n",
                              .run = run};
const Command self(spec);

}  // namespace
