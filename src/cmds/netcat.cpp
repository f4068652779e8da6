// netcat, nc: TCP, UDP and UNIX connections to and from the console or files.
// The end of the input ends our half of the connection; the peer's end ends a server, and a client at a terminal; other
// clients go on to the end of their input. Status 0, 1 when no connection came about or it broke, 130 when stopped.
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/dial.h"
#include "net/relay.h"
#include "reactor/socket.h"
#include "reactor/timeout.h"
#include "shell/command.h"

namespace {
using namespace shell;
using std::chrono::nanoseconds;

constexpr nanoseconds kConnectLimit = std::chrono::seconds(10);
constexpr nanoseconds kAnswerWait = std::chrono::seconds(1);  // for datagrams, after the end of the input

struct Options {
  bool listen = false, keep = false, udp = false, verbose = false, scan = false, local = false;
  int family = AF_UNSPEC;
  nanoseconds wait{0};  // 0: not given
  std::string host;     // or the path of a UNIX socket
  std::uint16_t first_port = 0, last_port = 0, own_port = 0;
  std::string own_address;

  [[nodiscard]] int type() const { return udp ? SOCK_DGRAM : SOCK_STREAM; }
  [[nodiscard]] const char* protocol() const { return local ? "UNIX" : udp ? "UDP" : "TCP"; }
};

Result<void> read_ports(Options& options, std::string_view text) {
  const std::size_t dash = text.find('-');
  TRY(first, parse_number(text.substr(0, dash), "port", 1, 65535));
  options.first_port = options.last_port = static_cast<std::uint16_t>(first);
  if (dash == std::string_view::npos) return {};
  TRY(last, parse_number(text.substr(dash + 1), "port", first, 65535));
  options.last_port = static_cast<std::uint16_t>(last);
  if (!options.scan) return reactor::failed({}, {}, "a range of ports is for -z");
  return {};
}

Result<Options> read_options(const Args& args) {
  Options options;
  options.listen = args.has("-l");
  options.keep = args.has("-k");
  options.udp = args.has("-u");
  options.verbose = args.has("-v");
  options.scan = args.has("-z");
  options.local = args.has("-U");
  if (args.has("-4")) options.family = AF_INET;
  if (args.has("-6")) options.family = AF_INET6;
  TRY(wait, args.duration("-w", nanoseconds(0)));
  options.wait = wait;
  TRY(own_port, args.number("-p", 0, 1, 65535));
  options.own_port = static_cast<std::uint16_t>(own_port);
  options.own_address = args.value("-s").value_or("");
  const auto wrong = [](std::string_view text) { return reactor::failed({}, {}, text); };
  if (options.keep && !options.listen) return wrong("-k is for servers (-l)");
  if (options.scan && options.listen) return wrong("-z is for clients");
  if (options.local) {
    if (options.udp || options.scan) return wrong("-U is for streams");
    if (args.count() != 1) return wrong("-U needs one PATH");
    options.host = args[0];
    return options;
  }
  if (options.listen && args.count() == 0 && options.own_port != 0) {
    options.first_port = options.own_port;
    return options;
  }
  if (args.count() != 2 && !(options.listen && args.count() == 1)) return wrong(options.listen ? "PORT is missing" : "HOST and PORT are needed");
  if (args.count() == 2) options.host = args[0];
  if (options.host.starts_with('[') && options.host.ends_with(']')) options.host = options.host.substr(1, options.host.size() - 2);
  TRY_VOID(read_ports(options, args[args.count() - 1]));
  return options;
}

bool at_terminal(const In& in) { return in.fd() >= 0 && ::isatty(in.fd()) == 1; }

void say(Context& cx, const Options& options, std::string_view what) {
  if (options.verbose) cx.err.print("{}\n", what);
}

int ended(Context& cx, const Options& options, const Result<net::RelayCounts>& counts) {
  if (!counts) return cx.fail(counts.error());
  say(cx, options, counts->timed_out ? "Connection closed: nothing more came" : "Connection closed");
  return 0;
}

// ---- client ----

Task<Result<std::vector<net::Endpoint>>> destinations(const Options& options, std::uint16_t port) {
  std::vector<net::Endpoint> out;
  if (options.local) {
    auto path = net::Endpoint::unix_path(options.host);
    if (!path) co_return tl::unexpected(path.error());
    out.push_back(*path);
    co_return out;
  }
  auto hosts = co_await net::resolve(options.host, options.family);
  if (!hosts) co_return tl::unexpected(hosts.error());
  for (const net::HostAddress& host : *hosts) out.push_back(net::Endpoint::of(host, port));
  co_return out;
}

Result<std::optional<net::Endpoint>> own_endpoint(const Options& options, int family) {
  if (options.own_port == 0 && options.own_address.empty()) return std::nullopt;
  net::HostAddress own;
  own.address.family = static_cast<std::uint8_t>(family);
  if (!options.own_address.empty()) {
    TRY(address, net::parse_address(options.own_address, family));
    own.address = address;
  }
  return net::Endpoint::of(own, options.own_port);
}

// The first address that takes the connection; else the error of the last one.
Task<Result<reactor::Fd>> connect_one(Context& cx, const Options& options, std::uint16_t port) {
  auto all = co_await destinations(options, port);
  if (!all) co_return tl::unexpected(all.error());
  Result<reactor::Fd> fd;
  for (const net::Endpoint& to : *all) {
    auto own = own_endpoint(options, to.family());
    if (!own) co_return tl::unexpected(own.error());
    say(cx, options, fmt::format("Connecting to {} ({})...", to.text(), options.protocol()));
    (void)co_await cx.err.flush();
    const nanoseconds limit = options.wait.count() != 0 ? options.wait : kConnectLimit;
    fd = co_await reactor::with_timeout(limit, "connect", net::dial(to, options.type(), *own));
    if (fd) {
      say(cx, options, fmt::format("Connected to {}", to.text()));
      break;
    }
    if (fd.error().cancelled()) break;
  }
  co_return std::move(fd);
}

Task<Result<std::size_t>> receive_once(int fd) {
  char byte = 0;
  auto n = co_await reactor::recv(fd, std::span(&byte, 1));
  co_return n;
}

// A datagram is refused by an error message that comes back, or not at all.
Task<Result<void>> probe(int fd, nanoseconds limit) {
  auto sent = co_await reactor::send(fd, "X");
  if (!sent) co_return tl::unexpected(sent.error());
  auto answer = co_await reactor::with_timeout(limit, "probe", receive_once(fd));
  if (!answer && answer.error().code != ETIMEDOUT) co_return tl::unexpected(answer.error());
  co_return Result<void>();
}

Task<int> scan(Context& cx, const Options& options) {
  bool found = false;
  for (unsigned port = options.first_port; port <= options.last_port; ++port) {
    auto fd = co_await connect_one(cx, options, static_cast<std::uint16_t>(port));
    Result<void> open = fd.map([](const reactor::Fd&) {});
    if (fd && options.udp) {
      const nanoseconds limit = options.wait.count() != 0 ? options.wait : kAnswerWait;
      open = co_await probe(fd->get(), limit);
    }
    if (!open && open.error().cancelled()) co_return 130;
    if (open) {
      found = true;
      cx.out.print("Connection to {} {} port [{}] succeeded!\n", options.host, port, options.udp ? "udp" : "tcp");
    } else if (options.verbose) {
      cx.fail(open.error());
    }
    (void)co_await cx.out.flush();
  }
  co_return found ? 0 : 1;
}

Task<int> client(Context& cx, const Options& options) {
  auto fd = co_await connect_one(cx, options, options.first_port);
  if (!fd) co_return cx.fail(fd.error());
  (void)co_await cx.err.flush();
  net::RelaySettings settings;
  settings.datagrams = options.udp;
  settings.idle = options.wait;
  settings.end_with_peer = at_terminal(cx.in);
  if (options.udp) settings.linger = kAnswerWait;
  auto counts = co_await net::relay(fd->get(), cx.in, cx.out, std::move(settings));
  co_return ended(cx, options, counts);
}

// ---- server ----

Task<Result<net::Endpoint>> listen_endpoint(const Options& options) {
  if (options.local) co_return net::Endpoint::unix_path(options.host);
  const std::string& name = options.host.empty() ? options.own_address : options.host;
  if (!name.empty()) {
    auto hosts = co_await net::resolve(name, options.family);
    if (!hosts) co_return tl::unexpected(hosts.error());
    co_return net::Endpoint::of(hosts->front(), options.first_port);
  }
  net::HostAddress any;
  any.address.family = options.family == AF_INET6 ? AF_INET6 : AF_INET;
  co_return net::Endpoint::of(any, options.first_port);
}

Task<int> serve_datagrams(Context& cx, const Options& options, int fd) {
  net::RelaySettings settings;
  settings.datagrams = settings.answer_last_sender = true;
  settings.idle = options.wait;
  settings.on_sender = [&cx, &options](const net::Endpoint& from) { say(cx, options, fmt::format("Received from {}", from.text())); };
  auto counts = co_await net::relay(fd, cx.in, cx.out, std::move(settings));
  co_return ended(cx, options, counts);
}

Task<int> serve_one(Context& cx, const Options& options, int listener) {
  net::Endpoint peer;
  auto fd = co_await reactor::accept(listener, &peer.storage);
  if (!fd) co_return cx.fail(fd.error());
  say(cx, options, options.local ? std::string("Connection") : fmt::format("Connection from {}", peer.text()));
  (void)co_await cx.err.flush();
  net::RelaySettings settings;
  settings.idle = options.wait;
  settings.end_with_peer = true;
  auto counts = co_await net::relay(fd->get(), cx.in, cx.out, std::move(settings));
  co_return ended(cx, options, counts);
}

Task<int> server(Context& cx, const Options& options) {
  auto own = co_await listen_endpoint(options);
  if (!own) co_return cx.fail(own.error());
  auto listener = net::listen_on(*own, options.type());
  if (!listener) co_return cx.fail(listener.error());
  say(cx, options, fmt::format("Listening on {} ({})...", own->text(), options.protocol()));
  (void)co_await cx.err.flush();
  int status = 0;
  for (bool more = true; more; more = options.keep && !reactor::must_stop()) {
    auto serving = options.udp ? serve_datagrams(cx, options, listener->get()) : serve_one(cx, options, listener->get());
    status = co_await std::move(serving);
    (void)co_await cx.err.flush();
  }
  if (options.local) ::unlink(options.host.c_str());
  co_return status;
}

Task<int> run(Context& cx) {
  auto options = read_options(cx.args);
  if (!options) co_return cx.bad_usage(options.error());
  const auto way = options->listen ? server : options->scan ? scan : client;
  co_return co_await way(cx, *options);
}

constexpr OptSpec options[] = {{.flag = "-l", .help = "wait for a connection"},
                               {.flag = "-k", .help = "with -l: for one after the other"},
                               {.flag = "-u", .help = "UDP"},
                               {.flag = "-U", .help = "UNIX socket: a PATH in place of HOST and PORT"},
                               {.flag = "-4", .help = "IPv4"},
                               {.flag = "-6", .help = "IPv6"},
                               {.flag = "-v", .help = "tell what happens"},
                               {.flag = "-w", .value = "S", .kind = Arg::duration, .help = "limit for connecting, and for silence afterwards"},
                               {.flag = "-z", .help = "only see whether the ports are open: PORT or FIRST-LAST"},
                               {.flag = "-p", .value = "PORT", .kind = Arg::number, .help = "our own port"},
                               {.flag = "-s", .value = "ADDR", .kind = Arg::address, .help = "our own address"},
                               {.flag = "-N", .help = "end our half at the end of the input; always so"}};
constexpr ArgSpec args[] = {{.name = "HOST", .kind = Arg::address, .optional = true}, {.name = "PORT", .kind = Arg::text, .optional = true}};
constexpr CommandSpec spec = {
    .name = "netcat",
    .aliases = "nc",
    .group = Group::interfaces,
    .usage = "[-46uvN] [-w S] [-p PORT] [-s ADDR] HOST PORT\n-l [-46ukv] [-w S] [HOST] PORT\n-z [-46uv] [-w S] HOST PORT|FIRST-LAST\n[-l] [-kv] -U PATH",
    .help = "TCP, UDP and UNIX connections",
    .options = options,
    .args = args,
    .details = "The end of the input is passed on: the peer sees the end of what we send and can still answer. A server ends when\n"
               "the peer has ended and its input has nothing more ready. A UDP client ends one second after the last answer once\n"
               "its input has ended; a UDP server answers whoever sent last, until Ctrl-C or -w.",
    .example = "nc -l 5000 > received\nnc 192.0.2.1 5000 < file\nnc -zv 192.0.2.1 20-25",
    .run = run};
const Command self(spec);

}  // namespace
