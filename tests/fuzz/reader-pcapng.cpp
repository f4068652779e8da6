// Input: size of the chunks, then the file behind the type of its first block.
#include "reader.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  std::vector<std::uint8_t> file = {0x0a, 0x0d, 0x0d, 0x0a};
  file.insert(file.end(), data + 1, data + size);
  proto_fuzz::read_both_ways(file, data[0]);
  return 0;
}
