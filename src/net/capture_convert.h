// From one capture file to another, on the loop: what pcap2json and json2pcap have in common.
#pragma once

#include <string>

#include "proto/converter.h"
#include "reactor/stream.h"

namespace net {

struct Conversion {
  std::string command;  // in messages
  std::string from;     // paths; "-": the command's own streams
  std::string to;
  std::string filter;          // libpcap expression; empty: all packets
  bool needs_capture = false;  // an empty input is no capture
  bool progress = false;       // wanted, if `messages` is a terminal
};

/// Converts, with a line on `messages` for each bad record ("json2pcap: a.jsonl: line 3: …"), a progress line if it is
/// wanted, and at the end "Converted N packets from IN to OUT" on `out` (or on `messages` if OUT is `out`). Returns the
/// command's exit status; an error is one of the files or of the filter. All streams outlive the task.
reactor::Task<reactor::Result<int>> convert(Conversion what, proto::Converter::Options options, reactor::In& in, reactor::Out& out,
                                            reactor::Out& messages);

}  // namespace net
