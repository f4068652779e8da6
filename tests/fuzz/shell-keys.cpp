// Any bytes are keys, however they are cut and whenever the time runs out; the line editor takes them all.
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "shell/history.h"
#include "shell/keys.h"
#include "shell/line_editor.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  const std::size_t piece = 1 + data[0] % 16;
  shell::History history;
  history.add("ifconfig tap0 up");
  shell::LineEditor editor(history);
  editor.set_size(1 + data[1] % 100, 1 + data[2] % 30);
  editor.begin("> ");
  std::string_view bytes(reinterpret_cast<const char*>(data) + 3, size - 3);
  shell::KeyDecoder decoder;
  while (!bytes.empty()) {
    std::vector<shell::Key> keys;
    const std::string_view now = bytes.substr(0, piece);
    bytes.remove_prefix(now.size());
    decoder.feed(now, keys);
    if (now.front() % 7 == 0 && decoder.patience().count() > 0) decoder.timeout(keys);
    for (const shell::Key& key : keys) {
      switch (editor.handle(key)) {
        case shell::LineEditor::Event::submit:
        case shell::LineEditor::Event::interrupt: editor.begin("> "); break;
        case shell::LineEditor::Event::complete:
          editor.complete({.from = editor.cursor() / 2, .candidates = {{.text = "alpha", .shown = "a", .final = true}, {.text = "alp", .shown = "b", .final = false}}});
          break;
        default: break;
      }
      if (editor.cursor() > editor.text().size()) std::abort();
    }
    if (now.front() % 11 == 0) {
      editor.hide();
      editor.show();
    }
    (void)editor.take_output();
  }
  return 0;
}
