// Input: size of the chunks, then the lines.
#include "reader.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  proto_fuzz::read_both_ways({data + 1, size - 1}, data[0]);
  return 0;
}
