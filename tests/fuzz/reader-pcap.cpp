// Input: size of the chunks, which of the four magics, then the file behind its magic.
#include <iterator>

#include "reader.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  constexpr std::uint8_t magics[][4] = {
      {0xd4, 0xc3, 0xb2, 0xa1}, {0xa1, 0xb2, 0xc3, 0xd4}, {0x4d, 0x3c, 0xb2, 0xa1}, {0xa1, 0xb2, 0x3c, 0x4d}};
  const auto& magic = magics[data[1] % 4];
  std::vector<std::uint8_t> file(std::begin(magic), std::end(magic));
  file.insert(file.end(), data + 2, data + size);
  proto_fuzz::read_both_ways(file, data[0]);
  return 0;
}
