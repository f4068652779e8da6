// Setting up and restoring, on folders that look like tracefs.
#include "net/trace_instance.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "reactor/loop.h"

using namespace net;
namespace fs = std::filesystem;

namespace {

struct Folder {
  fs::path path;
  Folder() {
    std::string name = fs::temp_directory_path() / "trace-test-XXXXXX";
    path = ::mkdtemp(name.data());
  }
  Folder(const Folder&) = delete;
  ~Folder() { fs::remove_all(path); }
  void put(const std::string& file, const std::string& text) const {
    fs::create_directories((path / file).parent_path());
    std::ofstream(path / file) << text;
  }
  [[nodiscard]] std::string get(const std::string& file) const {
    std::ifstream in(path / file);
    return {std::istreambuf_iterator<char>(in), {}};
  }
};

void in_loop(Task<int> task) {
  reactor::Loop loop(GENERATE(reactor::BackendChoice::uring, reactor::BackendChoice::epoll));
  CHECK(loop.run(std::move(task)) == 0);
}

std::string ours() { return "instances/myinit-" + std::to_string(::getpid()); }

Task<int> make_and_remove(const Folder* root, const Folder* state) {
  auto instance = co_await TraceInstance::make(root->path, state->path);
  if (!instance) co_return 1;
  if (instance->global() || instance->path() != root->path / ours()) co_return 2;
  if (fs::exists(root->path / "instances/myinit-999999999")) co_return 3;
  // Somebody else's, a living process's, and one that is in use (a real one could not be removed then either).
  if (!fs::exists(root->path / "instances/foreign") || !fs::exists(root->path / "instances/myinit-1")) co_return 4;
  if (!fs::exists(root->path / "instances/myinit-999999998/in-use")) co_return 5;
  auto removed = co_await instance->remove();
  if (!removed || fs::exists(root->path / ours())) co_return 6;
  co_return 0;
}

Task<int> change_and_fail(const Folder* root, const Folder* state) {
  auto instance = co_await TraceInstance::make(root->path, state->path);
  if (!instance) co_return 1;
  const std::vector<TraceSetting> settings = {{"missing/file", "1"}};
  auto applied = co_await instance->apply(settings);
  if (applied || applied.error().text().find("missing/file: No such file or directory") == std::string::npos) co_return 2;
  auto removed = co_await instance->remove();
  co_return removed ? 0 : 3;
}

Task<int> use_global(const Folder* root, const Folder* state, bool crash) {
  auto instance = co_await TraceInstance::make(root->path, state->path);
  if (!instance || !instance->global()) co_return 1;
  const std::vector<TraceSetting> first = {{"trace_clock", "mono"}, {"buffer_size_kb", "4096"}};
  auto applied = co_await instance->apply(first);
  if (!applied) co_return 2;
  const std::vector<TraceSetting> second = {{"buffer_size_kb", "8192"}};
  applied = co_await instance->apply(second);
  if (!applied) co_return 3;
  if (root->get("trace_clock") != "mono" || root->get("buffer_size_kb") != "8192") co_return 4;
  if (crash) co_return 0;
  auto removed = co_await instance->remove();
  co_return removed ? 0 : 5;
}

Task<int> only_make(const Folder* root, const Folder* state) {
  auto instance = co_await TraceInstance::make(root->path, state->path);
  co_return instance ? 0 : 1;
}

}  // namespace

TEST_CASE("an instance of our own is made and removed, what dead processes left as well") {
  const Folder root, state;
  for (const char* name : {"foreign", "myinit-1", "myinit-999999999", "myinit-999999998/in-use"}) fs::create_directories(root.path / "instances" / name);
  in_loop(make_and_remove(&root, &state));
}

TEST_CASE("the setting that fails is named") {
  const Folder root, state;
  fs::create_directories(root.path / "instances");
  in_loop(change_and_fail(&root, &state));
}

TEST_CASE("without instances the global buffer's settings are put back") {
  const Folder root, state;
  root.put("trace_clock", "[local] global mono\n");
  root.put("buffer_size_kb", "7 (expanded: 1408)\n");
  in_loop(use_global(&root, &state, false));
  CHECK(root.get("trace_clock") == "local");
  CHECK(root.get("buffer_size_kb") == "1408");
  CHECK(fs::is_empty(state.path));
}

TEST_CASE("after a crash the next start puts the global buffer's settings back") {
  const Folder root, state;
  root.put("trace_clock", "[local] global mono\n");
  root.put("buffer_size_kb", "1408\n");
  in_loop(use_global(&root, &state, true));
  CHECK_FALSE(fs::is_empty(state.path));
  in_loop(only_make(&root, &state));
  CHECK(root.get("trace_clock") == "local");
  CHECK(root.get("buffer_size_kb") == "1408");
  CHECK(fs::is_empty(state.path));
}
