// What a person types on a VT100 or xterm, from the bytes of the line: for the line editor and the full-screen tools.
//
// Bytes may come in any pieces. A lone Esc and the start of a sequence look the same; only time tells them apart, and the
// time is the caller's: after `patience()` without a byte it calls `timeout()`.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace shell {

struct Key {
  enum class Code : unsigned char {
    character,  // `character`, with ctrl a letter or one of " [\]^_"
    enter, tab, backspace, escape,
    up, down, left, right, home, end, insert, remove, page_up, page_down,
    function,         // F1…: `number`
    paste,            // `text`: a piece of bracketed paste; several in a row belong together
    cursor_position,  // `row`, `column`: the answer to ESC[6n, from 1
    resize,           // the terminal has another size; not from its bytes but from the console
    unknown,          // a sequence that means nothing to us
  };
  Code code = Code::unknown;
  char32_t character = 0;
  bool ctrl = false, alt = false, shift = false;
  int number = 0;
  int row = 0, column = 0;
  std::string text;

  /// The character alone, without Ctrl or Alt.
  [[nodiscard]] bool is(char32_t c) const { return code == Code::character && !ctrl && !alt && character == c; }
  /// Ctrl with a letter (lower case).
  [[nodiscard]] bool is_ctrl(char letter) const { return code == Code::character && ctrl && character == static_cast<char32_t>(letter); }
};

class KeyDecoder {
 public:
  /// Appends the keys that `bytes` complete.
  void feed(std::string_view bytes, std::vector<Key>& keys);
  /// No byte came for patience(): what is begun is all there is.
  void timeout(std::vector<Key>& keys);
  /// How long to wait for the next byte before timeout(); 0: nothing is begun.
  [[nodiscard]] std::chrono::milliseconds patience() const;

 private:
  enum class State : unsigned char { ground, escape, csi, linux_function, ss3, string, paste };

  void byte(char c, std::vector<Key>& keys);
  void ground(char c, std::vector<Key>& keys);
  void control(unsigned char c, std::vector<Key>& keys);
  void sequence_end(char final, std::vector<Key>& keys);
  void tilde(Key key, std::vector<Key>& keys);
  void emit(Key key, std::vector<Key>& keys);
  std::size_t paste(std::string_view bytes, std::vector<Key>& keys);

  State state_ = State::ground;
  bool alt_ = false;         // an Esc came before the character that is begun
  std::string pending_;      // a cut character, a sequence's parameters, or what may be the end mark of a paste
  bool string_escape_ = false;  // an Esc inside a string that is skipped
};

}  // namespace shell
