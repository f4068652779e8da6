#include <unistd.h>

#include "boot/init.h"
#include "boot/program.h"

int main(int count, char** words) {
  if (::getpid() == 1 && count > 0 && std::string_view(words[0]).ends_with("init")) boot::run_init();
  std::vector<std::string> arguments(words, words + count);
  if (arguments.empty()) arguments.emplace_back("myinit");
  return boot::run_program(std::move(arguments));
}
