#include "reactor/require.h"

#include <cstdlib>
#include <initializer_list>
#include <cstring>
#include <unistd.h>

namespace reactor {

void broken(const char* what, const char* detail) noexcept {
  for (const char* part : {"reactor: ", what, *detail ? ": " : "", detail, "\n"})
    if (::write(2, part, std::strlen(part)) < 0) break;
  std::abort();
}

}  // namespace reactor
