// What a Debian kernel 6.1.0-56 gave: formats, and the first page of a ring while a TCP connection and an echo request went to
// closed ports of 127.0.0.1. The kernel's own text for that page has 4 net_dev_queue, 4 netif_receive_skb and 2 kfree_skb
// events, each followed by its stack.
#pragma once

#include <fstream>
#include <iterator>
#include <string>

inline std::string trace_data(const std::string& name) {
  std::ifstream file(std::string(SOURCE_DIR) + "/tests/unit/net/data/trace-6.1/" + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}
