// One packet of the packet editor out of an interface, or into a TAP of ours.
#pragma once

#include <string>
#include <vector>

#include "net/tap.h"
#include "proto/record.h"
#include "reactor/error.h"
#include "reactor/task.h"

namespace cmds::oside {

/// What happened, in words: "42 bytes transmitted on eth0". `taps` outlives the task.
reactor::Task<reactor::Result<std::string>> inject_packet(net::Taps& taps, std::string interface, std::vector<std::uint8_t> bytes, proto::LinkType link);

}  // namespace cmds::oside
