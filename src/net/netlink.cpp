#include "net/netlink.h"

#include <sys/socket.h>

#include <algorithm>
#include <utility>

#include "reactor/blocking.h"
#include "reactor/loop.h"
#include "reactor/socket.h"

namespace net {

namespace {

using reactor::failed;

// A table that changes faster than it can be read this often has a writer gone wild.
constexpr int kDumpTries = 50;
constexpr int kEventBuffer = 4 << 20;  // bytes; a burst of 10,000 route changes fits

Result<reactor::Fd> open_socket() {
  TRY(fd, reactor::make_socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE));
  sockaddr_nl own{};
  own.nl_family = AF_NETLINK;
  TRY(bound, reactor::checked(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&own), sizeof own), "bind", "netlink"));
  return std::move(fd);
}

void enable(int fd, int option) {
  const int on = 1;
  // An older kernel lacks these; it then gives less text and checks less.
  (void)::setsockopt(fd, SOL_NETLINK, option, &on, sizeof on);
}

// One datagram, however large: asked for its size first.
Task<Result<std::vector<std::uint8_t>>> receive(int fd) {
  for (;;) {
    msghdr question{};
    auto size = co_await reactor::recvmsg(fd, &question, MSG_PEEK | MSG_TRUNC);
    if (!size) co_return tl::unexpected(size.error());
    // The kernel makes the next piece of a dump as large as this buffer allows, up to 32 KiB.
    std::vector<std::uint8_t> bytes(std::max<std::size_t>(*size, 32768));
    iovec part{bytes.data(), bytes.size()};
    sockaddr_nl from{};
    msghdr message{};
    message.msg_name = &from;
    message.msg_namelen = sizeof from;
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    auto n = co_await reactor::recvmsg(fd, &message);
    if (!n) co_return tl::unexpected(n.error());
    if (from.nl_pid != 0) continue;  // not from the kernel
    bytes.resize(*n);
    co_return bytes;
  }
}

struct Parsed {
  nlmsghdr header;
  Bytes body;
};

// Splits a datagram; a length that does not fit ends it.
std::vector<Parsed> split(Bytes bytes) {
  std::vector<Parsed> out;
  while (bytes.size() >= NLMSG_HDRLEN) {
    const auto header = leading<nlmsghdr>(bytes);
    if (header.nlmsg_len < NLMSG_HDRLEN || header.nlmsg_len > bytes.size()) break;
    out.push_back({header, bytes.subspan(NLMSG_HDRLEN, header.nlmsg_len - NLMSG_HDRLEN)});
    bytes = bytes.subspan(std::min<std::size_t>(bytes.size(), NLMSG_ALIGN(header.nlmsg_len)));
  }
  return out;
}

// The code and the extended text of NLMSG_ERROR and NLMSG_DONE; `quoted` is what stands between the code and the attributes.
Result<void> verdict(const Parsed& message, std::size_t quoted) {
  const auto code = leading<std::int32_t>(message.body);
  if (code >= 0) return {};
  Error error;
  error.code = -code;
  if ((message.header.nlmsg_flags & NLM_F_ACK_TLVS) != 0)
    error.reason = Attributes(message.body.subspan(std::min(message.body.size(), sizeof code + quoted))).text(NLMSGERR_ATTR_MSG);
  return tl::unexpected(std::move(error));
}

Result<void> error_verdict(const Parsed& message) {
  std::size_t quoted = sizeof(nlmsghdr);
  if ((message.header.nlmsg_flags & NLM_F_CAPPED) == 0) {
    const auto request = leading<nlmsghdr>(message.body.subspan(std::min(message.body.size(), sizeof(std::int32_t))));
    quoted = NLMSG_ALIGN(request.nlmsg_len);
  }
  return verdict(message, quoted);
}

tl::unexpected<Error> about(Error error, std::string_view tried, std::string_view on) {
  error.tried = tried;
  error.on = on;
  return tl::unexpected(std::move(error));
}

}  // namespace

Result<Netlink> Netlink::open() {
  TRY(fd, open_socket());
  enable(fd.get(), NETLINK_EXT_ACK);
  enable(fd.get(), NETLINK_CAP_ACK);
  enable(fd.get(), NETLINK_GET_STRICT_CHK);
  return Netlink(std::move(fd));
}

Task<Result<void>> Netlink::send(Message& message) {
  auto header = leading<nlmsghdr>(message.bytes_);
  header.nlmsg_len = static_cast<std::uint32_t>(message.bytes_.size());
  header.nlmsg_seq = ++sequence_;
  std::memcpy(message.bytes_.data(), &header, sizeof header);
  iovec part{message.bytes_.data(), message.bytes_.size()};
  msghdr envelope{};
  envelope.msg_iov = &part;
  envelope.msg_iovlen = 1;
  // The kernel does the work inside sendmsg. Whatever changes a link may take tens of milliseconds (deleting a veth: 43).
  const bool slow = header.nlmsg_type == RTM_NEWLINK || header.nlmsg_type == RTM_DELLINK;
  if (slow && reactor::Loop::current().backend().wants_nonblocking()) {
    const int fd = fd_.get();
    const auto call = [fd, &envelope]() noexcept { return ::sendmsg(fd, &envelope, 0) < 0 ? errno : 0; };
    auto sent = co_await reactor::blocking("send", call);
    co_return sent;
  }
  if (slow) {
    auto sent = co_await reactor::sendmsg_off_loop(fd_.get(), &envelope);
    co_return sent.map([](std::size_t) {});
  }
  auto sent = co_await reactor::sendmsg(fd_.get(), &envelope);
  co_return sent.map([](std::size_t) {});
}

Task<Result<void>> Netlink::change(Message message, std::string tried, std::string on) {
  auto header = leading<nlmsghdr>(message.bytes_);
  header.nlmsg_flags |= NLM_F_ACK;
  std::memcpy(message.bytes_.data(), &header, sizeof header);
  auto sent = co_await send(message);
  if (!sent) co_return about(std::move(sent.error()), tried, on);
  for (;;) {
    auto bytes = co_await receive(fd_.get());
    if (!bytes) co_return about(std::move(bytes.error()), tried, on);
    for (const Parsed& answer : split(*bytes)) {
      if (answer.header.nlmsg_seq != sequence_ || answer.header.nlmsg_type != NLMSG_ERROR) continue;
      auto done = error_verdict(answer);
      if (!done) co_return about(std::move(done.error()), tried, on);
      co_return done;
    }
  }
}

Task<Result<Replies>> Netlink::get(Message message, std::string tried, std::string on) {
  auto sent = co_await send(message);
  if (!sent) co_return about(std::move(sent.error()), tried, on);
  for (;;) {
    auto bytes = co_await receive(fd_.get());
    if (!bytes) co_return about(std::move(bytes.error()), tried, on);
    for (const Parsed& answer : split(*bytes)) {
      if (answer.header.nlmsg_seq != sequence_) continue;
      if (answer.header.nlmsg_type == NLMSG_ERROR) {
        auto done = error_verdict(answer);
        if (!done) co_return about(std::move(done.error()), tried, on);
        continue;
      }
      Replies replies;
      replies.messages.push_back({answer.header.nlmsg_type, answer.body});
      replies.memory.push_back(std::move(*bytes));
      co_return replies;
    }
  }
}

Task<Result<Replies>> Netlink::dump(Message message, std::string what) {
  auto header = leading<nlmsghdr>(message.bytes_);
  header.nlmsg_flags |= NLM_F_DUMP;
  std::memcpy(message.bytes_.data(), &header, sizeof header);
  for (int tries = 0; tries < kDumpTries; ++tries) {
    auto sent = co_await send(message);
    if (!sent) co_return about(std::move(sent.error()), "list", what);
    Replies replies;
    bool done = false, interrupted = false;
    while (!done) {
      auto bytes = co_await receive(fd_.get());
      if (!bytes) co_return about(std::move(bytes.error()), "list", what);
      for (const Parsed& answer : split(*bytes)) {
        if (answer.header.nlmsg_seq != sequence_) continue;
        if ((answer.header.nlmsg_flags & NLM_F_DUMP_INTR) != 0) interrupted = true;
        if (answer.header.nlmsg_type == NLMSG_ERROR || answer.header.nlmsg_type == NLMSG_DONE) {
          auto ended = answer.header.nlmsg_type == NLMSG_DONE ? verdict(answer, 0) : error_verdict(answer);
          if (!ended) co_return about(std::move(ended.error()), "list", what);
          done = true;
          continue;
        }
        replies.messages.push_back({answer.header.nlmsg_type, answer.body});
      }
      replies.memory.push_back(std::move(*bytes));
    }
    if (!interrupted) co_return replies;
  }
  co_return failed("list", what, "the table kept changing while it was read");
}

Result<Events> Events::open(std::initializer_list<unsigned> groups) {
  TRY(fd, open_socket());
  if (::setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUFFORCE, &kEventBuffer, sizeof kEventBuffer) < 0)
    (void)::setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUF, &kEventBuffer, sizeof kEventBuffer);
  for (const unsigned group : groups) {
    TRY(joined, reactor::checked(::setsockopt(fd.get(), SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof group), "subscribe to",
                                 "netlink group " + std::to_string(group)));
  }
  return Events(std::move(fd));
}

Task<Result<Replies>> Events::next() {
  auto bytes = co_await receive(fd_.get());
  if (!bytes) co_return tl::unexpected(bytes.error());
  Replies replies;
  for (const Parsed& message : split(*bytes)) replies.messages.push_back({message.header.nlmsg_type, message.body});
  replies.memory.push_back(std::move(*bytes));
  co_return replies;
}

}  // namespace net
