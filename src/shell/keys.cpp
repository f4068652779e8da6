#include "shell/keys.h"

#include <charconv>
#include <utility>

#include "shell/utf8.h"

namespace shell {
namespace {

constexpr char escape_byte = '\x1b';
constexpr std::string_view paste_end = "\x1b[201~";
// No sequence that a keyboard or a terminal's answer makes is longer.
constexpr std::size_t longest_sequence = 32;

// The numbers of "1;5" (a missing one is 0); what is no number ends the list.
std::vector<int> numbers(std::string_view parameters) {
  std::vector<int> result;
  while (!parameters.empty()) {
    int value = 0;
    const auto parsed = std::from_chars(parameters.data(), parameters.data() + parameters.size(), value);
    parameters.remove_prefix(static_cast<std::size_t>(parsed.ptr - parameters.data()));
    result.push_back(value);
    if (parameters.empty() || (parameters.front() != ';' && parameters.front() != ':')) break;
    parameters.remove_prefix(1);
  }
  return result;
}

int at(const std::vector<int>& values, std::size_t index) { return index < values.size() ? values[index] : 0; }

// xterm's second parameter: 1 + a bit for each of Shift, Alt, Ctrl.
void apply_modifiers(Key& key, int parameter) {
  const int bits = parameter > 0 ? parameter - 1 : 0;
  key.shift = key.shift || (bits & 1) != 0;
  key.alt = key.alt || (bits & 2) != 0;
  key.ctrl = key.ctrl || (bits & 4) != 0;
}

// Final letters that CSI and SS3 share.
Key letter_key(char final) {
  using Code = Key::Code;
  switch (final) {
    case 'A': return {.code = Code::up};
    case 'B': return {.code = Code::down};
    case 'C': return {.code = Code::right};
    case 'D': return {.code = Code::left};
    case 'H': return {.code = Code::home};
    case 'F': return {.code = Code::end};
    case 'P': case 'Q': case 'R': case 'S': return {.code = Code::function, .number = final - 'P' + 1};
    default: return {.code = Code::unknown};
  }
}

Key character_key(char32_t c) { return {.code = Key::Code::character, .character = c}; }

}  // namespace

std::chrono::milliseconds KeyDecoder::patience() const {
  using std::chrono::milliseconds;
  if (state_ == State::ground) return milliseconds(pending_.empty() ? 0 : 1000);
  // Nobody types the next key so soon after Esc, and a line of 1200 baud is done with a byte in 8 ms.
  if (state_ == State::escape) return milliseconds(50);
  return milliseconds(1000);  // a sequence, cut in two by a slow line; a paste whose end mark was lost
}

void KeyDecoder::emit(Key key, std::vector<Key>& keys) {
  key.alt = key.alt || alt_;
  alt_ = false;
  state_ = State::ground;
  pending_.clear();
  keys.push_back(std::move(key));
}

void KeyDecoder::feed(std::string_view bytes, std::vector<Key>& keys) {
  while (!bytes.empty()) {
    if (state_ == State::paste) {
      bytes.remove_prefix(paste(bytes, keys));
      continue;
    }
    byte(bytes.front(), keys);
    bytes.remove_prefix(1);
  }
}

void KeyDecoder::timeout(std::vector<Key>& keys) {
  switch (state_) {
    case State::ground:
      if (!pending_.empty()) emit(character_key(0xfffd), keys);
      return;
    case State::escape: return emit({.code = Key::Code::escape}, keys);
    case State::csi:
      if (pending_.empty()) {
        alt_ = true;
        return emit(character_key('['), keys);
      }
      return emit({.code = Key::Code::unknown}, keys);
    case State::ss3:
      alt_ = true;
      return emit(character_key('O'), keys);
    case State::paste:
      if (!pending_.empty()) keys.push_back({.code = Key::Code::paste, .text = pending_});
      break;
    case State::linux_function:
    case State::string: break;
  }
  state_ = State::ground;
  pending_.clear();
}

// Takes pasted bytes up to and including the end mark, which may be cut anywhere.
std::size_t KeyDecoder::paste(std::string_view bytes, std::vector<Key>& keys) {
  const std::size_t held = pending_.size();
  std::string text = std::exchange(pending_, {});
  text += bytes;
  std::size_t used = bytes.size();
  if (const std::size_t end = text.find(paste_end); end != std::string::npos) {
    used = end + paste_end.size() - held;
    text.resize(end);
    state_ = State::ground;
  } else {
    for (std::size_t keep = std::min(paste_end.size() - 1, text.size()); keep > 0; --keep) {
      if (!paste_end.starts_with(std::string_view(text).substr(text.size() - keep))) continue;
      pending_ = text.substr(text.size() - keep);
      text.resize(text.size() - keep);
      break;
    }
  }
  if (!text.empty()) keys.push_back({.code = Key::Code::paste, .text = std::move(text)});
  return used;
}

void KeyDecoder::byte(char c, std::vector<Key>& keys) {
  const auto u = static_cast<unsigned char>(c);
  switch (state_) {
    case State::ground: return ground(c, keys);
    case State::escape:
      state_ = State::ground;
      if (c == '[') {
        state_ = State::csi;
      } else if (c == 'O') {
        state_ = State::ss3;
      } else if (c == ']' || c == 'P' || c == '_') {
        state_ = State::string;  // OSC, DCS, APC: answers that nobody asked for
        string_escape_ = false;
      } else if (c == escape_byte) {
        emit({.code = Key::Code::escape}, keys);
        state_ = State::escape;
      } else {
        alt_ = true;
        ground(c, keys);
      }
      return;
    case State::csi:
      if (c == '[' && pending_.empty()) {
        state_ = State::linux_function;
      } else if (u >= 0x20 && u < 0x40 && pending_.size() < longest_sequence) {
        pending_.push_back(c);
      } else if (u >= 0x40 && u < 0x7f) {
        sequence_end(c, keys);
      } else {  // no sequence holds such a byte: a new key has begun
        emit({.code = Key::Code::unknown}, keys);
        ground(c, keys);
      }
      return;
    case State::linux_function:  // the Linux console: ESC [ [ A is F1
      if (c >= 'A' && c <= 'E') return emit({.code = Key::Code::function, .number = c - 'A' + 1}, keys);
      return emit({.code = Key::Code::unknown}, keys);
    case State::ss3:
      if (u < 0x20) {
        emit({.code = Key::Code::unknown}, keys);
        return ground(c, keys);
      }
      if (c == 'M') return emit({.code = Key::Code::enter}, keys);
      if (c >= 'a' && c <= 'd') {  // rxvt
        Key key = letter_key(static_cast<char>(c - 'a' + 'A'));
        key.ctrl = true;
        return emit(key, keys);
      }
      if (c >= 'j' && c <= 'y') return emit(character_key(static_cast<char32_t>(c - 'j' + '*')), keys);  // keypad
      return emit(letter_key(c), keys);
    case State::string:
      if (c == '\a' || (string_escape_ && c == '\\')) state_ = State::ground;
      string_escape_ = c == escape_byte;
      return;
    case State::paste: return;  // feed() takes these in one piece
  }
}

void KeyDecoder::ground(char c, std::vector<Key>& keys) {
  const auto u = static_cast<unsigned char>(c);
  const bool continues = (u & 0xc0) == 0x80;
  if (!pending_.empty() && !continues) emit(character_key(0xfffd), keys);
  if (c == escape_byte) {
    state_ = State::escape;
    return;
  }
  if (u < 0x20 || u == 0x7f) return control(u, keys);
  pending_.push_back(c);
  const Utf8 character = utf8_at(pending_, 0);
  if (character.valid) return emit(character_key(character.code), keys);
  const auto lead = static_cast<unsigned char>(pending_.front());
  const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || pending_.size() >= length) emit(character_key(0xfffd), keys);
}

void KeyDecoder::control(unsigned char c, std::vector<Key>& keys) {
  using Code = Key::Code;
  if (c == '\r' || c == '\n') return emit({.code = Code::enter}, keys);
  if (c == '\t') return emit({.code = Code::tab}, keys);
  if (c == 0x7f || c == 8) return emit({.code = Code::backspace}, keys);
  Key key = character_key(c == 0 ? U' ' : c < 27 ? static_cast<char32_t>(c + 'a' - 1) : static_cast<char32_t>(c + '@'));
  key.ctrl = true;
  emit(key, keys);
}

void KeyDecoder::sequence_end(char final, std::vector<Key>& keys) {
  const std::vector<int> values = numbers(pending_);
  const bool is_private = !pending_.empty() && pending_.front() >= '<' && pending_.front() <= '?';
  if (is_private) return emit({.code = Key::Code::unknown}, keys);
  Key key;
  if (final == '~' || final == '^' || final == '@') {  // rxvt: ^ with Ctrl, @ with Ctrl and Shift
    key.ctrl = final != '~';
    key.shift = final == '@';
    if (at(values, 0) == 200) {
      pending_.clear();
      alt_ = false;
      state_ = State::paste;
      return;
    }
    apply_modifiers(key, at(values, 1));
    return tilde(key, keys);
  }
  if (final == 'R' && values.size() == 2) {
    // Also what F3 with Shift sends on some terminals; the answer is the one that somebody waits for.
    return emit({.code = Key::Code::cursor_position, .row = values[0], .column = values[1]}, keys);
  }
  if (final == 'Z') {
    key.code = Key::Code::tab;
    key.shift = true;
  } else if (final >= 'a' && final <= 'd') {  // rxvt
    key = letter_key(static_cast<char>(final - 'a' + 'A'));
    key.shift = true;
  } else if (final == 'u' && at(values, 0) > 0) {
    key = character_key(static_cast<char32_t>(values[0]));
    if (values[0] == 13) key = {.code = Key::Code::enter};
    if (values[0] == 27) key = {.code = Key::Code::escape};
    if (values[0] == 9) key = {.code = Key::Code::tab};
    if (values[0] == 127) key = {.code = Key::Code::backspace};
  } else {
    key = letter_key(final);
  }
  apply_modifiers(key, at(values, 1));
  emit(key, keys);
}

void KeyDecoder::tilde(Key key, std::vector<Key>& keys) {
  using Code = Key::Code;
  const std::vector<int> values = numbers(pending_);
  const int n = at(values, 0);
  switch (n) {
    case 1: case 7: key.code = Code::home; break;
    case 2: key.code = Code::insert; break;
    case 3: key.code = Code::remove; break;
    case 4: case 8: key.code = Code::end; break;
    case 5: key.code = Code::page_up; break;
    case 6: key.code = Code::page_down; break;
    default:
      // 11-15 are F1-F5, 17-21 F6-F10, 23 and 24 F11 and F12: DEC left gaps between groups of keys.
      if (n >= 11 && n <= 24 && n != 16 && n != 22) {
        key.code = Code::function;
        key.number = n - 10 - (n > 16 ? 1 : 0) - (n > 22 ? 1 : 0);
      }
  }
  emit(key, keys);
}

}  // namespace shell
