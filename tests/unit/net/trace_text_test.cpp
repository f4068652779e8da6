// The smaller pure pieces: filter expressions, reasons and protocols, symbols, saved task names, old values of settings.
#include <catch2/catch.hpp>
#include <set>

#include "net/trace_comms.h"
#include "net/trace_data.h"
#include "net/trace_filter.h"
#include "net/trace_instance.h"
#include "net/trace_reasons.h"
#include "net/trace_symbols.h"

using namespace net;

TEST_CASE("a filter becomes the kernel's expression") {
  const auto drop = *parse_trace_format(trace_data("kfree_skb.format"));
  CHECK(*kernel_drop_filter(DropFilter(), drop) == "");
  const DropFilter filter{.ifaces = {"eth0"}, .reasons = {"NO_SOCKET", "OTHERHOST", "70"}, .protocols = {"ipv6", "0x88b5"}, .comms = {"nc", "my app*"}};
  CHECK(*kernel_drop_filter(filter, drop) ==
        "(reason == 2 || reason == 8 || reason == 70) && (protocol == 34525 || protocol == 34997) && (comm == \"nc\" || comm ~ \"my app*\")");
}

TEST_CASE("a filter's word that the kernel does not know is named") {
  auto drop = *parse_trace_format(trace_data("kfree_skb.format"));
  const auto unknown = kernel_drop_filter({.ifaces = {}, .reasons = {"NO_SUCH"}, .protocols = {}, .comms = {}}, drop);
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().text().find("NO_SUCH") != std::string::npos);
  CHECK_FALSE(kernel_drop_filter({.ifaces = {}, .reasons = {}, .protocols = {"ipx9"}, .comms = {}}, drop));
  CHECK_FALSE(kernel_drop_filter({.ifaces = {}, .reasons = {}, .protocols = {}, .comms = {"a\"b"}}, drop));
  CHECK_FALSE(kernel_drop_filter({.ifaces = {}, .reasons = {}, .protocols = {}, .comms = {"sixteen letters!"}}, drop));
  std::erase_if(drop.fields, [](const TraceField& f) { return f.name == "reason"; });
  CHECK_FALSE(kernel_drop_filter({.ifaces = {}, .reasons = {"NO_SOCKET"}, .protocols = {}, .comms = {}}, drop));
}

TEST_CASE("reasons: normal ones, unknown ones, and each explained in one sentence") {
  CHECK(is_normal_drop("NOT_SPECIFIED"));
  CHECK(is_normal_drop("CONSUMED"));
  CHECK_FALSE(is_normal_drop("NO_SOCKET"));
  CHECK_FALSE(is_normal_drop("?"));
  CHECK(find_drop_reason("NO_SUCH") == nullptr);
  for (const char* name : {"OTHERHOST", "NO_SOCKET", "IP_RPFILTER", "NEIGH_FAILED"}) REQUIRE(find_drop_reason(name) != nullptr);
  CHECK(find_drop_reason("OTHERHOST")->means.find("promisc") != std::string_view::npos);
  CHECK(find_drop_reason("IP_RPFILTER")->means.find("sysctl") != std::string_view::npos);
  CHECK(find_drop_reason("NEIGH_FAILED")->means.find("fakehost") != std::string_view::npos);
}

TEST_CASE("protocols by name and number") {
  CHECK(protocol_name(0x0800) == "IPv4");
  CHECK(protocol_name(0x88b5) == "0x88b5");
  CHECK(protocol_name(0) == "-");
  CHECK(protocol_number("IP") == 0x0800);
  CHECK(protocol_number("ipv6") == 0x86dd);
  CHECK(protocol_number("0x88b5") == 0x88b5);
  CHECK(protocol_number("2054") == 0x0806);
  CHECK_FALSE(protocol_number("65536"));
  CHECK_FALSE(protocol_number("ipx9"));
  CHECK_FALSE(protocol_number(""));
}

TEST_CASE("symbols are the nearest code below, whatever the file's order and pieces") {
  const std::string file =
      "ffffffff81001000 T first\n"
      "ffffffff81003000 D data_is_no_code\n"
      "ffffffffc0300000 t module_code\t[nat46]\n"
      "ffffffff81002000 t second.isra.0\n"
      "ffffffff81002000 T alias_comes_too_late\n";
  for (const std::size_t piece : {1UL, 7UL, file.size()}) {
    SymbolScan scan({0xffffffff81003010, 0xffffffff81001004, 0xffffffffc0300020, 0xffffffff81001ffc, 0x1000, 0xffffffff81002000});
    for (std::size_t at = 0; at < file.size(); at += piece) scan.feed(std::string_view(file).substr(at, piece));
    CHECK_FALSE(scan.hidden());
    const auto found = scan.finish();
    REQUIRE(found.size() == 6);
    CHECK(found[0].symbol == 0);
    CHECK(found[1].name == "first");
    CHECK(found[2].name == "first");
    CHECK(found[3].name == "second.isra.0");
    CHECK(found[4].name == "second.isra.0");
    CHECK(found[4].symbol == 0xffffffff81002000);
    CHECK(found[5].name == "module_code");
    CHECK(found[5].module == "nat46");
  }
}

TEST_CASE("hidden symbols are noticed, and odd lines passed over") {
  SymbolScan scan({5});
  scan.feed("0000000000000000 T first\n0000000000000000 t second\t[mod]\n");
  CHECK(scan.hidden());
  SymbolScan odd({0xffff});
  odd.feed("\nzzz\n12\n12 T\n1000 T x\n2000 T y [\n");
  CHECK(odd.finish()[0].name == "y");
}

TEST_CASE("saved task names may have spaces and dashes") {
  const auto names = parse_saved_cmdlines("12 nc\n99 my app-7 x\nbad\n7 \n");
  CHECK(names.size() == 2);
  CHECK(names.at(12) == "nc");
  CHECK(names.at(99) == "my app-7 x");
}

TEST_CASE("what to write to get an old setting back") {
  CHECK(restorable_value("[local] global mono\n") == "local");
  CHECK(restorable_value("local global [mono]\n") == "mono");
  CHECK(restorable_value("7 (expanded: 1408)\n") == "1408");
  CHECK(restorable_value("1408\n") == "1408");
  CHECK(restorable_value("none\n") == "0");
  CHECK(restorable_value("1*\n") == "1");
  CHECK(restorable_value("reason == 3\n") == "reason == 3");
}
