// Runs lines as a script would, with strings for streams.
#pragma once

#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>

#include "reactor/loop.h"
#include "shell/shell.h"

namespace test {

struct Ran {
  int status = -1;
  std::string out, err;
};

inline reactor::Task<int> run_in_shell(Ran* ran, std::string lines, std::string input) {
  reactor::In in(reactor::string_source(std::move(input)));
  reactor::Out out(reactor::string_sink(ran->out)), err(reactor::string_sink(ran->err));
  shell::Shell shell(reactor::string_sink(ran->out), reactor::string_sink(ran->err));
  shell::Script script;
  script.name = "test";
  const shell::Streams streams{in, out, err};
  auto status = co_await shell.run_text(std::move(lines), script, streams);
  co_await shell.close();
  (void)co_await out.finish();
  (void)co_await err.finish();
  co_return status;
}

inline Ran run(std::string lines, std::string input = {}) {
  Ran ran;
  reactor::Loop loop;
  ran.status = loop.run(run_in_shell(&ran, std::move(lines), std::move(input)));
  return ran;
}

/// A folder that goes with the test.
class Folder {
 public:
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "myinit-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  Folder(const Folder&) = delete;
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  std::string write(const std::string& name, const std::string& text) const {
    const std::string file = path_ + "/" + name;
    std::filesystem::create_directories(std::filesystem::path(file).parent_path());
    std::ofstream(file, std::ios::binary) << text;
    return file;
  }
  [[nodiscard]] std::string read(const std::string& name) const {
    std::ifstream file(path_ + "/" + name, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
  }

 private:
  std::string path_;
};

}  // namespace test
