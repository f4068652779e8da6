#include "boot/settings.h"

#include <catch2/catch.hpp>

using namespace boot;
using namespace std::chrono_literals;

TEST_CASE("without a word of ours the countdowns are 5 s and 10 s") {
  const Settings s = parse_settings("console=ttyS0 quiet panic=-1\n");
  CHECK(s.autoexec == 5s);
  CHECK(s.poweroff == 10s);
  CHECK(s.script.empty());
  CHECK_FALSE(s.heartbeat);
  CHECK(s.complaints.empty());
}

TEST_CASE("countdowns are set, to nothing, and to never") {
  const Settings s = parse_settings("myinit.autoexec=0 myinit.poweroff=off");
  CHECK(s.autoexec == 0s);
  CHECK_FALSE(s.poweroff.has_value());
  CHECK(parse_settings("myinit.autoexec=30").autoexec == 30s);
}

TEST_CASE("a script powers off at once, unless told otherwise") {
  CHECK(parse_settings("myinit.script=/x.run").poweroff == 0s);
  CHECK(parse_settings("myinit.poweroff=3 myinit.script=/x.run").poweroff == 3s);
  CHECK(parse_settings("myinit.script=/x.run myinit.poweroff=3").poweroff == 3s);
}

TEST_CASE("quotes protect spaces, variables and shares are taken apart once") {
  const Settings s = parse_settings(R"(myinit.env.A="two words" "myinit.env.B=x=y" myinit.share=src:/mnt/src myinit.startup=/a.run)");
  REQUIRE(s.variables.size() == 2);
  CHECK(s.variables[0] == std::pair<std::string, std::string>("A", "two words"));
  CHECK(s.variables[1] == std::pair<std::string, std::string>("B", "x=y"));
  REQUIRE(s.shares.size() == 1);
  CHECK(s.shares[0] == std::pair<std::string, std::string>("src", "/mnt/src"));
  CHECK(s.startup == "/a.run");
}

TEST_CASE("what is not understood is said, and the rest is taken") {
  const Settings s = parse_settings("myinit.autoexec=soon myinit.budget=-1 myinit.colour=red myinit.share=x myinit.heartbeat=1 myinit.debug_exit=0xf4 myinit.debug_console=233");
  CHECK(s.autoexec == 5s);
  CHECK(s.complaints.size() == 4);
  CHECK(s.complaints[0] == "kernel command line: myinit.autoexec=soon: 'soon' is not a number");
  CHECK(s.heartbeat);
  CHECK(s.debug_exit == 0xf4);
  CHECK(s.debug_console == 0xe9);
}

TEST_CASE("the last console of the command line is the one that counts") {
  CHECK_FALSE(parse_settings("console=ttyS0").virtio_console);
  CHECK(parse_settings("console=ttyS0 console=hvc0").virtio_console);
  CHECK_FALSE(parse_settings("console=hvc0 console=ttyS0,115200n8").virtio_console);
}
