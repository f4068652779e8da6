// ping: ICMP and ICMPv6 echo requests. Round-trip times are from the kernel's receive timestamps. Sequence numbers begin at 0.
// Status 0 when at least one reply came, 1 when none, 130 when stopped (the statistics are printed all the same).
#include <fmt/format.h>
#include <sys/socket.h>

#include <cmath>
#include <deque>

#include "net/echo.h"
#include "net/link.h"
#include "reactor/event.h"
#include "reactor/job.h"
#include "reactor/loop.h"
#include "reactor/timer.h"
#include "shell/command.h"

namespace {
using namespace shell;
using std::chrono::nanoseconds;

constexpr std::int64_t kUsualCount = 4;
constexpr nanoseconds kFloodPause = std::chrono::milliseconds(10);  // a flood sends on a reply, or after this long without one

struct Options {
  std::string destination;
  int family = AF_UNSPEC;
  std::int64_t count = kUsualCount;  // 0: until stopped
  nanoseconds interval = std::chrono::seconds(1), wait = std::chrono::seconds(2);
  bool flood = false, quiet = false;
};

double milliseconds(nanoseconds time) { return static_cast<double>(time.count()) / 1e6; }

class Pinger {
 public:
  Pinger(Context& cx, Options options, net::EchoSocket socket) : cx_(cx), options_(std::move(options)), socket_(std::move(socket)) {}

  Task<int> run();

 private:
  struct Sent {
    nanoseconds at{0};  // CLOCK_REALTIME
    bool answered = false;
  };
  struct Waiting {
    std::uint16_t sequence;
    nanoseconds deadline;  // CLOCK_MONOTONIC
  };

  Task<void> receive();
  Task<void> send_one();
  void take(const net::EchoEvent& event);
  void take_reply(const net::EchoEvent& event);
  void expire(nanoseconds now);
  void print_statistics();
  [[nodiscard]] bool all_sent() const { return options_.count != 0 && transmitted_ >= options_.count; }
  [[nodiscard]] bool answered(std::uint16_t sequence) const { return sent_[sequence].answered; }

  Context& cx_;
  Options options_;
  net::EchoSocket socket_;
  reactor::Event changed_;
  std::vector<Sent> sent_;         // by sequence number; it wraps at 65536
  std::deque<Waiting> waiting_;    // oldest first
  std::int64_t transmitted_ = 0, received_ = 0, duplicates_ = 0, errors_ = 0;
  nanoseconds next_send_{0};
  std::optional<Error> broken_;    // of the receiver
  double sum_ = 0, sum_of_squares_ = 0, least_ = 0, most_ = 0;  // milliseconds
};

Task<void> Pinger::send_one() {
  const auto sequence = static_cast<std::uint16_t>(transmitted_);
  ++transmitted_;
  if (sent_.size() <= sequence) sent_.resize(sequence + 1U);
  sent_[sequence] = {};
  auto at = co_await socket_.send(sequence);
  if (!at) {
    if (at.error().cancelled()) co_return;
    ++errors_;
    sent_[sequence].answered = true;  // nothing to wait for
    if (!options_.quiet) cx_.fail(at.error());
    co_return;
  }
  sent_[sequence].at = *at;
  waiting_.push_back({sequence, reactor::monotonic_now() + options_.wait});
  if (options_.flood && !options_.quiet) cx_.out.write(".");
}

void Pinger::take_reply(const net::EchoEvent& event) {
  Sent& sent = sent_[event.sequence];
  const double time = std::max(0.0, milliseconds(event.received - sent.at));
  const bool again = std::exchange(sent.answered, true);
  if (again) {
    ++duplicates_;
  } else {
    least_ = received_ == 0 ? time : std::min(least_, time);
    most_ = std::max(most_, time);
    sum_ += time;
    sum_of_squares_ += time * time;
    ++received_;
  }
  if (options_.quiet) return;
  if (options_.flood) return cx_.out.write("\b \b");
  const char* limit = event.from.family == AF_INET6 ? "hlim" : "ttl";
  cx_.out.print("{} bytes from {}: icmp_seq={} {}={} time={:.{}f} ms{}\n", event.bytes, event.from.text(), event.sequence, limit, event.ttl, time,
                time < 1 ? 3 : time < 10 ? 2 : 1, again ? " (DUP!)" : "");
}

void Pinger::take(const net::EchoEvent& event) {
  if (event.sequence >= sent_.size()) return;
  if (event.reply) return take_reply(event);
  ++errors_;
  sent_[event.sequence].answered = true;
  if (!options_.quiet) cx_.out.print("From {} icmp_seq={} {}\n", event.from.text(), event.sequence, event.error);
}

Task<void> Pinger::receive() {
  for (;;) {
    auto event = co_await socket_.next();
    if (!event && event.error().cancelled()) co_return;
    if (!event) {
      // A raw socket hands over errors of the path (EHOSTUNREACH and the like) once; the messages behind them follow.
      if (event.error().code == EBADF || event.error().code == ENETDOWN) {
        broken_ = event.error();
        changed_.set();
        co_return;
      }
      continue;
    }
    take(*event);
    changed_.set();
  }
}

void Pinger::expire(nanoseconds now) {
  while (!waiting_.empty() && (answered(waiting_.front().sequence) || waiting_.front().deadline <= now)) {
    const std::uint16_t sequence = waiting_.front().sequence;
    waiting_.pop_front();
    if (!answered(sequence) && !options_.quiet && !options_.flood) cx_.out.print("Request timeout for icmp_seq {}\n", sequence);
  }
}

void Pinger::print_statistics() {
  std::string line = fmt::format("{} packets transmitted, {} received", transmitted_, received_);
  if (duplicates_ != 0) line += fmt::format(", +{} duplicates", duplicates_);
  if (errors_ != 0) line += fmt::format(", +{} errors", errors_);
  const double loss = transmitted_ == 0 ? 0 : 100.0 * static_cast<double>(transmitted_ - received_) / static_cast<double>(transmitted_);
  cx_.out.print("\n--- {} ping statistics ---\n{}, {:.1f}% packet loss\n", socket_.settings().destination.address.text(), line, loss);
  if (received_ == 0) return;
  const auto n = static_cast<double>(received_);
  const double mean = sum_ / n, deviation = std::sqrt(std::max(0.0, sum_of_squares_ / n - mean * mean));
  cx_.out.print("rtt min/avg/max/mdev = {:.3f}/{:.3f}/{:.3f}/{:.3f} ms\n", least_, mean, most_, deviation);
}

Task<int> Pinger::run() {
  const auto& address = socket_.settings().destination.address;
  const std::string how_many = options_.count == 0 ? "until stopped" : fmt::format("with {} packets", options_.count);
  cx_.out.print("PING {} ({}) {}\n", options_.destination, address.text(), how_many);
  reactor::JobScope scope;
  scope.spawn("ping receiver", receive());
  reactor::Timer timer([](void* event) noexcept { static_cast<reactor::Event*>(event)->set(); }, &changed_);
  next_send_ = reactor::monotonic_now();
  bool stopped = false;
  for (;;) {
    const std::int64_t answers = received_ + errors_;
    const nanoseconds now = reactor::monotonic_now();
    if (!all_sent() && now >= next_send_) {
      co_await send_one();
      // A sender that fell behind does not catch up in a burst.
      next_send_ = std::max(next_send_ + options_.interval, now);
      if (options_.flood) next_send_ = now + kFloodPause;
    }
    expire(now);
    (void)co_await cx_.out.flush();
    (void)co_await cx_.err.flush();
    if (broken_ || (all_sent() && waiting_.empty())) break;
    nanoseconds deadline = waiting_.empty() ? next_send_ : waiting_.front().deadline;
    if (!all_sent()) deadline = std::min(deadline, next_send_);
    timer.arm(deadline);
    auto woken = co_await changed_.wait();
    if (!woken) {
      stopped = true;
      break;
    }
    changed_.reset();
    if (options_.flood && received_ + errors_ != answers) next_send_ = reactor::monotonic_now();
  }
  timer.disarm();
  scope.request_stop();
  co_await scope.join();
  if (broken_) cx_.fail(*broken_);
  print_statistics();
  co_return stopped ? 130 : received_ > 0 ? 0 : 1;
}

Result<Options> read_options(const Args& args) {
  Options options;
  options.destination = args[0];
  options.flood = args.has("-f");
  options.quiet = args.has("-q");
  if (args.has("-4")) options.family = AF_INET;
  if (args.has("-6")) options.family = AF_INET6;
  if (options.flood) options.count = 0;
  if (args.count() > 1) {
    TRY(count, args.number(1, 1));
    options.count = count;
  }
  TRY(count, args.number("-c", options.count, 0));
  options.count = count;
  TRY(interval, args.duration("-i", options.interval));
  options.interval = interval;
  TRY(wait, args.duration("-W", options.wait));
  options.wait = wait;
  return options;
}

Task<int> run(Context& cx) {
  auto options = read_options(cx.args);
  if (!options) co_return cx.bad_usage(options.error());
  net::EchoSettings settings;
  auto size = cx.args.number("-s", 56, 0, 65507);
  if (!size) co_return cx.bad_usage(size.error());
  settings.data_bytes = static_cast<std::size_t>(*size);
  auto ttl = cx.args.number("-t", 0, 0, 255);
  if (!ttl) co_return cx.bad_usage(ttl.error());
  settings.ttl = static_cast<int>(*ttl);
  if (const auto from = cx.args.value("-I")) {
    // An address, or an interface.
    if (auto address = net::parse_address(*from)) {
      settings.source = *address;
      if (options->family == AF_UNSPEC) options->family = address->family;
    } else {
      settings.device = *from;
    }
  }
  auto found = co_await net::resolve(options->destination, options->family);
  if (!found) co_return cx.fail(found.error());
  settings.destination = found->front();
  if (!settings.device.empty()) {
    auto link = co_await net::find_link(settings.device);
    if (!link) co_return cx.fail(link.error());
    if (settings.destination.scope == 0) settings.destination.scope = static_cast<unsigned>(link->index);
  }
  const net::HostAddress& to = settings.destination;
  if (to.address.family == AF_INET6 && to.address.is_link_local() && to.scope == 0)
    co_return cx.fail(fmt::format("{} is a link-local address: which interface? Write {}%IF", to.address.text(), to.address.text()));
  if (settings.source && settings.source.family != to.address.family) co_return cx.fail("-I: the address is of another family than the destination");
  auto socket = net::EchoSocket::open(std::move(settings));
  if (!socket) co_return cx.fail(socket.error());
  Pinger pinger(cx, std::move(*options), std::move(*socket));
  co_return co_await pinger.run();
}

constexpr OptSpec options[] = {{.flag = "-c", .value = "N", .kind = Arg::number, .help = "how many requests; 0: until stopped"},
                               {.flag = "-i", .value = "S", .kind = Arg::duration, .help = "time between requests (1)"},
                               {.flag = "-s", .value = "SIZE", .kind = Arg::number, .help = "bytes of data (56)"},
                               {.flag = "-W", .value = "S", .kind = Arg::duration, .help = "how long to wait for a reply (2)"},
                               {.flag = "-t", .value = "TTL", .kind = Arg::number, .help = "time to live, hop limit"},
                               {.flag = "-I", .value = "IF|SRC", .kind = Arg::iface, .help = "by this interface, or from this address"},
                               {.flag = "-f", .help = "flood: a request for each reply, and at least 100 a second; a dot for each that is missing"},
                               {.flag = "-q", .help = "only the statistics"},
                               {.flag = "-4", .help = "IPv4"},
                               {.flag = "-6", .help = "IPv6"}};
constexpr ArgSpec args[] = {{.name = "DEST", .kind = Arg::address}, {.name = "COUNT", .kind = Arg::number, .optional = true}};
constexpr CommandSpec spec = {.name = "ping",
                              .group = Group::interfaces,
                              .usage = "DEST [COUNT] [-c N] [-i S] [-s SIZE] [-W S] [-t TTL] [-I IF|SRC] [-f] [-q] [-4|-6]",
                              .help = "send echo requests and time the replies",
                              .options = options,
                              .args = args,
                              .details = "DEST is an address, an IPv6 address with its interface (fe80::1%tap1), or a name. Without a count: 4,\n"
                                         "with -f until stopped.",
                              .example = "ping fe80::1%tap1\nping -c 10 -i 0.2 192.0.2.1",
                              .run = run};
const Command self(spec);

}  // namespace
