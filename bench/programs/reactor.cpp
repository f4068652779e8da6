// The reactor against raw liburing doing the same, in one run: no-op submissions, a pipe ping-pong, and the cost of an await.
// Prints medians of 5 and each ratio; exit status 1 when a bar is missed.
#include <fmt/format.h>
#include <liburing.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <vector>

#include "reactor/io.h"
#include "reactor/loop.h"

namespace {

using namespace reactor;

constexpr int kRuns = 5;
constexpr int kNops = 64 * 6000;
constexpr int kBatch = 64;  // no-ops in flight at a time, in both
constexpr int kRounds = 100'000;
constexpr int kAwaits = 3'000'000;

double seconds(Nanoseconds t) { return static_cast<double>(t.count()) * 1e-9; }

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

// The same flags as the reactor's own ring.
void set_up(io_uring& ring) {
  io_uring_params params{};
  params.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN;
  if (io_uring_queue_init_params(256, &ring, &params) == 0) return;
  params = {};
  if (io_uring_queue_init_params(256, &ring, &params) != 0) std::abort();
}

double raw_nops() {
  io_uring ring{};
  set_up(ring);
  const auto begin = monotonic_now();
  for (int done = 0; done < kNops;) {
    for (int i = 0; i < kBatch; ++i) {
      io_uring_sqe* sqe = io_uring_get_sqe(&ring);
      io_uring_prep_nop(sqe);
      io_uring_sqe_set_data64(sqe, 1);
    }
    io_uring_submit_and_wait(&ring, kBatch);
    unsigned head = 0, seen = 0;
    io_uring_cqe* cqe = nullptr;
    io_uring_for_each_cqe(&ring, head, cqe) ++seen;
    io_uring_cq_advance(&ring, seen);
    done += static_cast<int>(seen);
  }
  const double rate = kNops / seconds(monotonic_now() - begin);
  io_uring_queue_exit(&ring);
  return rate;
}

Task<int> nop_worker(int count) {
  for (int i = 0; i < count; ++i) (void)co_await Nop();
  co_return 0;
}

Task<int> nop_workers() {
  JobScope scope;
  for (int i = 0; i < kBatch; ++i) scope.spawn("nops", nop_worker(kNops / kBatch));
  co_await scope.join();
  co_return 0;
}

double our_nops() {
  Loop loop(BackendChoice::uring);
  const auto begin = monotonic_now();
  loop.run(nop_workers());
  return kNops / seconds(monotonic_now() - begin);
}

// Two pipes; one byte goes there and back. Raw: reads and writes of both sides on one ring, like the reactor's two coroutines.
double raw_ping_pong() {
  io_uring ring{};
  set_up(ring);
  int there[2], back[2];
  if (::pipe(there) != 0 || ::pipe(back) != 0) std::abort();
  char a = 'x', b = 0, c = 0;
  enum : std::uint64_t { wrote_there = 1, read_there, wrote_back, read_back };
  const auto queue = [&ring](bool out, int fd, char* byte, std::uint64_t tag) {
    io_uring_sqe* sqe = io_uring_get_sqe(&ring);
    if (out)
      io_uring_prep_write(sqe, fd, byte, 1, static_cast<std::uint64_t>(-1));
    else
      io_uring_prep_read(sqe, fd, byte, 1, static_cast<std::uint64_t>(-1));
    io_uring_sqe_set_data64(sqe, tag);
  };
  const auto begin = monotonic_now();
  queue(false, there[0], &b, read_there);
  queue(true, there[1], &a, wrote_there);
  for (int rounds = 0; rounds < kRounds;) {
    io_uring_submit_and_wait(&ring, 1);
    unsigned head = 0, seen = 0;
    io_uring_cqe* cqe = nullptr;
    std::array<std::uint64_t, 16> tags{};
    io_uring_for_each_cqe(&ring, head, cqe) tags[seen++] = cqe->user_data;
    io_uring_cq_advance(&ring, seen);
    for (unsigned i = 0; i < seen; ++i) switch (tags[i]) {
        case read_there: queue(true, back[1], &b, wrote_back); break;
        case wrote_there: queue(false, back[0], &c, read_back); break;
        case wrote_back: queue(false, there[0], &b, read_there); break;
        case read_back:
          ++rounds;
          queue(true, there[1], &a, wrote_there);
          break;
        default: break;
      }
  }
  const double rate = kRounds / seconds(monotonic_now() - begin);
  io_uring_queue_exit(&ring);
  for (const int fd : {there[0], there[1], back[0], back[1]}) ::close(fd);
  return rate;
}

Task<int> ping(int out, int in) {
  char byte = 'x';
  for (int i = 0; i < kRounds; ++i) {
    (void)co_await write(out, std::string_view(&byte, 1));
    (void)co_await read(in, std::span(&byte, 1));
  }
  co_return 0;
}

Task<int> pong(int in, int out) {
  char byte = 0;
  for (int i = 0; i < kRounds; ++i) {
    (void)co_await read(in, std::span(&byte, 1));
    (void)co_await write(out, std::string_view(&byte, 1));
  }
  co_return 0;
}

Task<int> ping_pong() {
  auto there = make_pipe();
  auto back = make_pipe();
  JobScope scope;
  scope.spawn("pong", pong(there->read.get(), back->write.get()));
  scope.spawn("ping", ping(there->write.get(), back->read.get()));
  co_await scope.join();
  co_return 0;
}

double our_ping_pong() {
  Loop loop(BackendChoice::uring);
  const auto begin = monotonic_now();
  loop.run(ping_pong());
  return kRounds / seconds(monotonic_now() - begin);
}

Task<int> ready_child(int value) { co_return value; }

Task<int> await_many() {
  int sum = 0;
  for (int i = 0; i < kAwaits; ++i) {
    auto value = co_await ready_child(i);
    sum += value;
  }
  co_return sum == 42 ? 1 : 0;
}

double await_nanoseconds() {
  Loop loop(BackendChoice::uring);
  const auto begin = monotonic_now();
  loop.run(await_many());
  return seconds(monotonic_now() - begin) * 1e9 / kAwaits;
}

}  // namespace

int main() {
  std::vector<double> nops_raw, nops_ours, pong_raw, pong_ours, awaits;
  for (int run = 0; run < kRuns; ++run) {
    nops_raw.push_back(raw_nops());
    nops_ours.push_back(our_nops());
    pong_raw.push_back(raw_ping_pong());
    pong_ours.push_back(our_ping_pong());
    awaits.push_back(await_nanoseconds());
  }
  bool met = true;
  const auto report = [&met](const char* what, double ours, double raw) {
    const double ratio = ours / raw;
    fmt::print("{:<16} ours {:>12.0f}/s   liburing {:>12.0f}/s   ratio {:.2f} (bar 0.70)\n", what, ours, raw, ratio);
    met = met && ratio >= 0.7;
  };
  report("no-ops", median(nops_ours), median(nops_raw));
  report("pipe ping-pong", median(pong_ours), median(pong_raw));
  fmt::print("{:<16} {:.1f} ns (bar 20)\n", "await", median(awaits));
  return met && median(awaits) < 20 ? 0 : 1;
}
