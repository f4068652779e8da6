// rtnetlink on the loop: requests with their answers, dumps, and the kernel's own events (rtnetlink(7), netlink(7)).
#pragma once

#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include <initializer_list>
#include <string>
#include <vector>

#include "net/attributes.h"
#include "reactor/fd.h"
#include "reactor/task.h"
#include "reactor/error.h"

namespace net {

using reactor::Error;
using reactor::Result;
using reactor::Task;

/// A request: the netlink header, the family's fixed structure, attributes.
class Message : public AttributeBuilder {
 public:
  template <class Fixed>
  Message(std::uint16_t type, std::uint16_t flags, const Fixed& fixed) {
    append_value(nlmsghdr{0, type, static_cast<std::uint16_t>(flags | NLM_F_REQUEST), 0, 0});
    append_value(fixed);
  }

 private:
  friend class Netlink;
};

/// What the kernel sent: the message type and what follows its header.
struct Received {
  std::uint16_t type = 0;
  Bytes body;
};

/// Messages together with the memory that they lie in.
struct Replies {
  std::vector<std::vector<std::uint8_t>> memory;
  std::vector<Received> messages;
};

/// A socket for requests. One request at a time; each user opens its own, so that a cancelled request disturbs nobody.
class Netlink {
 public:
  static Result<Netlink> open();
  /// Over a socket with somebody else at its other end, who plays the kernel.
  static Netlink over(reactor::Fd fd) { return Netlink(std::move(fd)); }

  /// Sends a change and waits for the kernel's verdict. Errors: `tried on: the kernel's extended text: errno text`.
  [[nodiscard]] Task<Result<void>> change(Message message, std::string tried, std::string on);
  /// Sends a question that has one answer.
  [[nodiscard]] Task<Result<Replies>> get(Message message, std::string tried, std::string on);
  /// Asks for a whole table; from the start again when it changed meanwhile (NLM_F_DUMP_INTR). The kernel checks the request's
  /// filters strictly where it can (5.0); an older one ignores them, so callers filter, too.
  [[nodiscard]] Task<Result<Replies>> dump(Message message, std::string what);

 private:
  explicit Netlink(reactor::Fd fd) : fd_(std::move(fd)) {}
  [[nodiscard]] Task<Result<void>> send(Message& message);
  reactor::Fd fd_;
  std::uint32_t sequence_ = 0;
};

/// The kernel's messages about changes, for those who wait or watch.
class Events {
 public:
  /// RTNLGRP_… groups.
  static Result<Events> open(std::initializer_list<unsigned> groups);
  /// What has come since; waits for the first. ENOBUFS: some were lost, ask for the tables again.
  [[nodiscard]] Task<Result<Replies>> next();

 private:
  explicit Events(reactor::Fd fd) : fd_(std::move(fd)) {}
  reactor::Fd fd_;
};

}  // namespace net
