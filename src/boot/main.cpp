#include <unistd.h>

#include "boot/program.h"

int main(int count, char** words) {
  std::vector<std::string> arguments(words, words + count);
  if (arguments.empty()) arguments.emplace_back("myinit");
  return boot::run_program(std::move(arguments));
}
