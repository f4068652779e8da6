#include "shell/keys.h"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "shell/utf8.h"

namespace {

using shell::Key;

std::string name(const Key& key) {
  using Code = Key::Code;
  std::string result;
  if (key.ctrl) result += "C-";
  if (key.alt) result += "A-";
  if (key.shift) result += "S-";
  switch (key.code) {
    case Code::character: shell::utf8_append(result, key.character); break;
    case Code::enter: result += "enter"; break;
    case Code::tab: result += "tab"; break;
    case Code::backspace: result += "backspace"; break;
    case Code::escape: result += "esc"; break;
    case Code::up: result += "up"; break;
    case Code::down: result += "down"; break;
    case Code::left: result += "left"; break;
    case Code::right: result += "right"; break;
    case Code::home: result += "home"; break;
    case Code::end: result += "end"; break;
    case Code::insert: result += "insert"; break;
    case Code::remove: result += "delete"; break;
    case Code::page_up: result += "pgup"; break;
    case Code::page_down: result += "pgdn"; break;
    case Code::function: result += fmt::format("F{}", key.number); break;
    case Code::paste: result += "paste<" + key.text + ">"; break;
    case Code::cursor_position: result += fmt::format("at{},{}", key.row, key.column); break;
    case Code::resize: result += "resize"; break;
    case Code::unknown: result += "?"; break;
  }
  return result;
}

std::string names(const std::vector<Key>& keys) {
  std::string result;
  for (const Key& key : keys) result += (result.empty() ? "" : " ") + name(key);
  return result;
}

// The keys of `bytes` in one piece; `end`: the time runs out behind them.
std::string decode(std::string_view bytes, bool end = true) {
  shell::KeyDecoder decoder;
  std::vector<Key> keys;
  decoder.feed(bytes, keys);
  if (end && decoder.patience().count() > 0) decoder.timeout(keys);
  return names(keys);
}

struct Case {
  const char* bytes;
  const char* keys;
};

const Case cases[] = {
    {"ab", "a b"},
    {"\xc3\xa9\xe4\xb8\xad\xf0\x9f\x98\x80", "\xc3\xa9 \xe4\xb8\xad \xf0\x9f\x98\x80"},
    {"\x01\x05\x17\x1a", "C-a C-e C-w C-z"},
    {"\x1c\x1f", "C-\\ C-_"},
    {"\r\n\t", "enter enter tab"},
    {"\x7f\x08", "backspace backspace"},
    {"\x1b[A\x1b[B\x1b[C\x1b[D", "up down right left"},
    {"\x1bOA\x1bOB\x1bOC\x1bOD", "up down right left"},
    {"\x1b[H\x1b[F\x1bOH\x1bOF\x1b[1~\x1b[4~\x1b[7~\x1b[8~", "home end home end home end home end"},
    {"\x1b[2~\x1b[3~\x1b[5~\x1b[6~", "insert delete pgup pgdn"},
    {"\x1b[1;5C\x1b[1;5D\x1b[1;3C\x1b[1;2A\x1b[1;8B", "C-right C-left A-right S-up C-A-S-down"},
    {"\x1b[3;5~\x1b[3^", "C-delete C-delete"},
    {"\x1b" "b\x1b" "f\x1b" "d\x1b\x7f\x1b\r", "A-b A-f A-d A-backspace A-enter"},
    {"\x1b\xc3\xa9", "A-\xc3\xa9"},
    {"\x1b\x01", "C-A-a"},
    {"\x1bOP\x1bOS\x1b[11~\x1b[15~\x1b[17~\x1b[21~\x1b[23~\x1b[24~\x1b[[A\x1b[[E", "F1 F4 F1 F5 F6 F10 F11 F12 F1 F5"},
    {"\x1b[1;5P", "C-F1"},
    {"\x1b[Z", "S-tab"},
    {"\x1b[24;80R", "at24,80"},
    {"\x1b[97;5u", "C-a"},
    {"\x1bOa\x1b[a", "C-up S-up"},
    {"\x1bOM\x1bOj\x1bOy", "enter * 9"},
    {"\x1b[200~a\nb\x1b[A\x1b[201~c", "paste<a\nb\x1b[A> c"},
    {"\x1b[200~\x1b[201~x", "x"},
    {"\x1b", "esc"},
    {"\x1b\x1b", "esc esc"},
    {"\x1b\x1b[A", "esc up"},
    {"a\x1b", "a esc"},
    {"\x1b[", "A-["},
    {"\x1bO", "A-O"},
    {"\x1b[1;", "?"},
    {"\x1b[?1;2c", "?"},
    {"\x1b[99~\x1b[q", "? ?"},
    {"\x1b[1\x1b[A", "? up"},
    {"\x1b[1\rx", "? enter x"},
    {"\x1b]11;rgb:00/00/00\x07x", "x"},
    {"\x1bP1$r\x1b\\x", "x"},
    {"\xff\xc0" "a", "\xef\xbf\xbd \xef\xbf\xbd a"},
    {"\xc3" "a", "\xef\xbf\xbd a"},
    {"\xe4\xb8", "\xef\xbf\xbd"},
    {"\x1b[99999999999999999999~", "?"},
};

}  // namespace

TEST_CASE("bytes of terminals become keys") {
  for (const Case& each : cases) {
    INFO(each.keys);
    CHECK(decode(each.bytes) == each.keys);
  }
}

TEST_CASE("it does not matter where the bytes are cut") {
  for (const Case& each : cases) {
    const std::string_view bytes = each.bytes;
    for (std::size_t cut = 1; cut < bytes.size(); ++cut) {
      shell::KeyDecoder decoder;
      std::vector<Key> keys;
      decoder.feed(bytes.substr(0, cut), keys);
      decoder.feed(bytes.substr(cut), keys);
      if (decoder.patience().count() > 0) decoder.timeout(keys);
      // Pieces of a paste may come as several keys.
      std::vector<Key> joined;
      for (const Key& key : keys) {
        if (key.code == Key::Code::paste && !joined.empty() && joined.back().code == Key::Code::paste) joined.back().text += key.text;
        else joined.push_back(key);
      }
      INFO(each.keys << " cut at " << cut);
      CHECK(names(joined) == each.keys);
    }
  }
}

TEST_CASE("only what is begun needs patience") {
  shell::KeyDecoder decoder;
  std::vector<Key> keys;
  CHECK(decoder.patience().count() == 0);
  decoder.feed("\x1b", keys);
  CHECK(decoder.patience() == std::chrono::milliseconds(50));
  decoder.feed("[", keys);
  CHECK(decoder.patience() > std::chrono::milliseconds(50));
  decoder.feed("A", keys);
  CHECK(decoder.patience().count() == 0);
  CHECK(names(keys) == "up");
}

TEST_CASE("a paste whose end was lost ends by itself") {
  shell::KeyDecoder decoder;
  std::vector<Key> keys;
  decoder.feed("\x1b[200~abc\x1b[20", keys);
  CHECK(decoder.patience().count() > 0);
  decoder.timeout(keys);
  decoder.feed("x", keys);
  CHECK(names(keys) == "paste<abc> paste<\x1b[20> x");
}

TEST_CASE("a long paste costs its length, not more") {
  shell::KeyDecoder decoder;
  std::vector<Key> keys;
  decoder.feed("\x1b[200~", keys);
  std::size_t bytes = 0;
  for (int i = 0; i < 1000; ++i) decoder.feed(std::string(100, 'x'), keys);
  for (const Key& key : keys) bytes += key.text.size();
  CHECK(bytes == 100'000);
}
