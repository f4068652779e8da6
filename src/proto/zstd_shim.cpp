// Debian's static libzstd can read the formats of zstd 0.5 to 0.7, of 2016: 90 KB that no kernel module and no capture needs.
// Here each of their frames is an error, as it is for the kernel. Hidden: in a dynamic build libzstd.so must find its own.
#include <cstddef>

#pragma GCC visibility push(hidden)
extern "C" {

// What libzstd takes for its ERROR(GENERIC).
#define NOT_READ(name) \
  std::size_t name() { return static_cast<std::size_t>(-1); }
// A context that cannot be made ends the reading of a frame.
#define NOT_MADE(name) \
  void* name() { return nullptr; }
#define VERSION(v)                                                                                        \
  NOT_MADE(ZSTDv0##v##_createDCtx)                                                                        \
  NOT_READ(ZSTDv0##v##_freeDCtx)                                                                          \
  NOT_READ(ZSTDv0##v##_decompress_usingDict)                                                              \
  NOT_READ(ZSTDv0##v##_getFrameParams)                                                                    \
  NOT_MADE(ZBUFFv0##v##_createDCtx)                                                                       \
  NOT_READ(ZBUFFv0##v##_freeDCtx)                                                                         \
  NOT_READ(ZBUFFv0##v##_decompressInitDictionary)                                                         \
  NOT_READ(ZBUFFv0##v##_decompressContinue)                                                               \
  void ZSTDv0##v##_findFrameSizeInfoLegacy(const void*, std::size_t, std::size_t* size, unsigned long long* bound) { \
    *size = static_cast<std::size_t>(-1);                                                                 \
    *bound = 0ULL - 2; /* ZSTD_CONTENTSIZE_ERROR */                                                       \
  }
VERSION(5)
VERSION(6)
VERSION(7)
#undef VERSION
#undef NOT_MADE
#undef NOT_READ

}  // extern "C"
#pragma GCC visibility pop
