// Requests over a pair of sockets, at whose other end the test plays the kernel.
#include "net/netlink.h"

#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <catch2/catch.hpp>
#include <cstring>
#include <string>

#include "reactor/io.h"
#include "reactor/job.h"
#include "reactor/loop.h"

using namespace net;
using reactor::Fd;

namespace {

constexpr std::uint16_t row_type = RTM_NEWROUTE;

// A message with its body behind the header, as it stands in a datagram.
std::string message(std::uint16_t type, std::uint16_t flags, std::uint32_t sequence, std::string_view body) {
  nlmsghdr header{};
  header.nlmsg_type = type;
  header.nlmsg_flags = flags;
  header.nlmsg_seq = sequence;
  header.nlmsg_len = static_cast<std::uint32_t>(NLMSG_HDRLEN + body.size());
  std::string text(reinterpret_cast<const char*>(&header), sizeof header);
  text.append(body);
  text.resize(NLMSG_ALIGN(text.size()));
  return text;
}

std::string code(int value) { return {reinterpret_cast<const char*>(&value), sizeof value}; }

// Answers `interrupted` requests with a table that changed meanwhile, then one with a whole table.
Task<void> play_kernel(int fd, int interrupted, int* requests) {
  std::string request(65536, '\0');
  for (;;) {
    auto n = co_await reactor::read(fd, request);
    if (!n || *n == 0) co_return;
    nlmsghdr header;
    std::memcpy(&header, request.data(), sizeof header);
    ++*requests;
    const bool last = *requests > interrupted;
    const std::uint16_t flags = last ? 0 : NLM_F_DUMP_INTR;
    // What belongs to another request is nobody's.
    const std::string stray = message(row_type, NLM_F_MULTI, header.nlmsg_seq + 7, "stray...");
    auto sent = co_await reactor::write_all(fd, stray + message(row_type, NLM_F_MULTI, header.nlmsg_seq, last ? "whole..." : "partial."));
    if (sent) sent = co_await reactor::write_all(fd, message(NLMSG_DONE, static_cast<std::uint16_t>(NLM_F_MULTI | flags), header.nlmsg_seq, code(0)));
    if (!sent) co_return;
  }
}

struct Outcome {
  Result<Replies> replies;
  int requests = 0;
};

Task<int> play(int interrupted, Outcome* outcome) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | reactor::Loop::current().nonblocking_flag(), 0, ends) < 0) co_return 1;
  const Fd kernel(ends[1]);
  Netlink netlink = Netlink::over(Fd(ends[0]));
  reactor::JobScope scope;
  scope.spawn("kernel", play_kernel(kernel.get(), interrupted, &outcome->requests));
  auto replies = co_await netlink.dump(Message(RTM_GETROUTE, 0, rtmsg{}), "routes");
  outcome->replies = std::move(replies);
  scope.request_stop();
  co_await scope.join();
  co_return 0;
}

// On both back ends.
Outcome outcome_of(int interrupted) {
  const auto choice = GENERATE(reactor::BackendChoice::uring, reactor::BackendChoice::epoll);
  reactor::Loop loop(choice);
  Outcome outcome;
  REQUIRE(loop.run(play(interrupted, &outcome)) == 0);
  return outcome;
}

}  // namespace

TEST_CASE("a table that changes while it is read is read again") {
  const Outcome outcome = outcome_of(2);
  REQUIRE(outcome.replies);
  CHECK(outcome.requests == 3);
  REQUIRE(outcome.replies->messages.size() == 1);
  const Received& row = outcome.replies->messages[0];
  CHECK(row.type == row_type);
  CHECK(std::string(row.body.begin(), row.body.end()) == "whole...");
}

TEST_CASE("a table that never stands still is given up, and said to be so") {
  const Outcome outcome = outcome_of(1000);
  REQUIRE_FALSE(outcome.replies);
  CHECK(outcome.replies.error().text() == "list routes: the table kept changing while it was read");
}
