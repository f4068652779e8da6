#include "harness.h"

#include "reactor/stream.h"

using namespace testing;

namespace {

Task<int> lines() {
  In in(string_source("one\n\nlast"));
  for (const char* expected : {"one", "", "last"}) {
    auto line = co_await in.line();
    if (!line || !*line || **line != expected) co_return 1;
  }
  auto end = co_await in.line();
  co_return end && !*end ? 0 : 2;
}

Task<int> long_line() {
  In in(string_source(std::string(100'000, 'a') + "\nnext\n"));
  auto first = co_await in.line(1000);
  if (first || first.error().code != EMSGSIZE) co_return 1;
  auto next = co_await in.line(1000);
  co_return next && *next && **next == "next" ? 0 : 2;
}

// Counts the calls: what a file gets must come in one piece.
class CountingSink final : public Sink {
 public:
  CountingSink(std::vector<std::size_t>& sizes, bool interactive) : sizes_(sizes), interactive_(interactive) {}
  Task<Result<void>> write(std::string_view data) override {
    sizes_.push_back(data.size());
    co_return Result<void>();
  }
  [[nodiscard]] bool interactive() const noexcept override { return interactive_; }

 private:
  std::vector<std::size_t>& sizes_;
  bool interactive_;
};

Task<int> one_write(std::vector<std::size_t>* sizes, bool interactive, int lines) {
  Out out(std::make_unique<CountingSink>(*sizes, interactive));
  for (int i = 0; i < lines; ++i) {
    out.print("{:9}\n", i);
    (void)co_await out.flush();
  }
  (void)co_await out.finish();
  co_return 0;
}

Task<int> produce(std::unique_ptr<Sink> sink, std::size_t bytes) {
  Out out(std::move(sink));
  for (std::size_t i = 0; i < bytes; i += 1000) {
    out.write(std::string(1000, 'p'));
    auto flushed = co_await out.flush();
    if (!flushed) co_return flushed.error().code == EPIPE ? 141 : 1;
  }
  co_return 0;
}

Task<int> pipe_of_a_megabyte() {
  StreamPipe pipe = make_stream_pipe();
  JobScope scope;
  const auto writer = scope.spawn("produce", produce(std::move(pipe.sink), 1'000'000));
  In in(std::move(pipe.source));
  auto all = co_await in.all();
  co_await scope.join();
  co_return all && all->size() == 1'000'000 && writer->status() == 0 ? 0 : 1;
}

Task<int> reader_leaves() {
  StreamPipe pipe = make_stream_pipe();
  JobScope scope;
  const auto writer = scope.spawn("produce", produce(std::move(pipe.sink), 1'000'000'000));
  {
    In in(std::move(pipe.source));
    char byte = 0;
    (void)co_await in.read(std::span(&byte, 1));
  }
  co_await scope.join();
  co_return writer->status();
}

Task<int> error_stays() {
  Out out(fd_sink(999));
  out.write("x");
  auto first = co_await out.finish();
  auto second = co_await out.finish();
  co_return !first && !second && out.broken() && second.error().code == EBADF ? 0 : 1;
}

}  // namespace

TEST_CASE("lines come without their newline, the last one may lack it") { CHECK(on_loop(backend(), lines()) == 0); }
TEST_CASE("a line over the limit is an error, and the next one is read") { CHECK(on_loop(backend(), long_line()) == 0); }
TEST_CASE("a file gets under 64 KiB in one write, a terminal each flush") {
  const auto choice = backend();
  std::vector<std::size_t> sizes;
  CHECK(on_loop(choice, one_write(&sizes, false, 6000)) == 0);
  CHECK(sizes == std::vector<std::size_t>{60'000});
  sizes.clear();
  CHECK(on_loop(choice, one_write(&sizes, true, 3)) == 0);
  CHECK(sizes == std::vector<std::size_t>{10, 10, 10});
}
TEST_CASE("a megabyte goes through a pipe between coroutines") { CHECK(on_loop(backend(), pipe_of_a_megabyte()) == 0); }
TEST_CASE("a writer whose reader has left gets EPIPE") { CHECK(on_loop(backend(), reader_leaves()) == 141); }
TEST_CASE("a writer's first error stays") { CHECK(on_loop(backend(), error_stays()) == 0); }
