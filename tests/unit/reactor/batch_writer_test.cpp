#include "reactor/batch_writer.h"

#include <sys/socket.h>

#include <vector>

#include "harness.h"

using namespace testing;

namespace {

using Buffer = std::span<const std::uint8_t>;

// Datagrams are taken whole or not at all, and a full queue says EAGAIN.
struct Pair {
  Fd writer, reader;
  Pair() {
    int fds[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, fds) == 0);
    writer = Fd(fds[0]);
    reader = Fd(fds[1]);
  }
  // The numbers that the datagrams begin with.
  std::vector<int> arrived() const {
    std::vector<int> numbers;
    std::uint8_t data[16];
    while (::read(reader.get(), data, sizeof data) > 0) numbers.push_back(data[0]);
    return numbers;
  }
};

std::vector<int> numbers(int first, int last) {
  std::vector<int> all;
  for (int i = first; i < last; ++i) all.push_back(i);
  return all;
}

Task<int> fill_and_go_on() {
  BatchWriter writer;
  const Pair pair;
  std::vector<std::uint8_t> data(100);
  std::vector<Buffer> buffers;
  for (std::size_t i = 0; i < data.size(); ++i) {
    data[i] = static_cast<std::uint8_t>(i);
    buffers.emplace_back(&data[i], 1);
  }
  std::vector<int> all;
  for (std::span<const Buffer> rest = buffers; !rest.empty();) {
    const auto [count, error] = writer.write(pair.writer.get(), rest);
    const auto arrived = pair.arrived();
    CHECK(arrived.size() == count);
    CHECK(((error == EAGAIN && count != 0) || (error == 0 && count == std::min(rest.size(), BatchWriter::kMost))));
    if (count == 0) co_return 1;
    all.insert(all.end(), arrived.begin(), arrived.end());
    rest = rest.subspan(count);
  }
  CHECK(all == numbers(0, 100));
  co_return 0;
}

Task<int> stop_at_a_failure() {
  BatchWriter writer;
  const Pair pair;
  std::vector<std::uint8_t> data{0, 1, 2, 3};
  const std::vector<std::uint8_t> huge(8 << 20);
  const std::vector<Buffer> buffers{{&data[0], 1}, {&data[1], 1}, huge, {&data[2], 1}, {&data[3], 1}};
  auto done = writer.write(pair.writer.get(), buffers);
  CHECK(done.count == 2);
  CHECK(done.error == EMSGSIZE);
  CHECK(pair.arrived() == numbers(0, 2));
  done = writer.write(pair.writer.get(), std::span(buffers).subspan(3));
  CHECK(done.count == 2);
  CHECK(done.error == 0);
  CHECK(pair.arrived() == numbers(2, 4));
  done = writer.write(-1, buffers);
  CHECK(done.count == 0);
  CHECK(done.error == EBADF);
  done = writer.write(pair.writer.get(), {});
  CHECK(done.count == 0);
  CHECK(done.error == 0);
  co_return 0;
}

}  // namespace

TEST_CASE("a batch of writes ends where the descriptor takes no more, and goes on there") { CHECK(on_loop(backend(), fill_and_go_on()) == 0); }
TEST_CASE("a batch of writes ends at one that fails: none behind it is done") { CHECK(on_loop(backend(), stop_at_a_failure()) == 0); }
