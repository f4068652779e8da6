#include "net/trace_format.h"

#include <catch2/catch.hpp>

#include "net/trace_data.h"

using namespace net;

namespace {

// Linux 5.10 to 5.16: no reason.
constexpr std::string_view kWithoutReason = R"(name: kfree_skb
ID: 1201
format:
	field:unsigned short common_type;	offset:0;	size:2;	signed:0;
	field:unsigned char common_flags;	offset:2;	size:1;	signed:0;
	field:unsigned char common_preempt_count;	offset:3;	size:1;	signed:0;
	field:int common_pid;	offset:4;	size:4;	signed:1;

	field:void * skbaddr;	offset:8;	size:8;	signed:0;
	field:void * location;	offset:16;	size:8;	signed:0;
	field:unsigned short protocol;	offset:24;	size:2;	signed:0;

print fmt: "skbaddr=%p protocol=%u location=%p", REC->skbaddr, REC->protocol, REC->location
)";

}  // namespace

TEST_CASE("the drop event of Debian's 6.1 kernel") {
  const auto format = parse_trace_format(trace_data("kfree_skb.format"));
  REQUIRE(format);
  CHECK(format->name == "kfree_skb");
  CHECK(format->id == 1319);
  REQUIRE(format->field("reason") != nullptr);
  CHECK(format->field("reason")->offset == 28);
  CHECK(format->field("reason")->size == 4);
  CHECK(format->field("common_pid")->is_signed);
  CHECK(format->field("rx_sk") == nullptr);
  const auto reasons = format->symbols("reason");
  CHECK(reasons.size() == 66);
  CHECK(reasons.at(1) == "NOT_SPECIFIED");
  CHECK(reasons.at(2) == "NO_SOCKET");
  CHECK(reasons.at(65) == "TC_CHAIN_NOTFOUND");
  CHECK(format->symbols("protocol").empty());
}

TEST_CASE("the drop event before 5.17 has no reason") {
  const auto format = parse_trace_format(kWithoutReason);
  REQUIRE(format);
  CHECK(format->field("reason") == nullptr);
  CHECK(format->symbols("reason").empty());
  CHECK(format->field("protocol")->offset == 24);
}

TEST_CASE("a name that is somewhere else in the record, and an array") {
  const auto receive = parse_trace_format(trace_data("netif_receive_skb.format"));
  REQUIRE(receive);
  REQUIRE(receive->field("name") != nullptr);
  CHECK(receive->field("name")->data_loc);
  CHECK_FALSE(receive->field("len")->data_loc);
  const auto stack = parse_trace_format(trace_data("kernel_stack.format"));
  REQUIRE(stack);
  REQUIRE(stack->field("caller") != nullptr);
  CHECK(stack->field("caller")->offset == 16);
}

TEST_CASE("symbols in hexadecimal are read, expressions left out, and an open end is no end of the world") {
  TraceFormat format;
  format.print = R"("x %s", __print_symbolic(REC->reason, { 0x10, "SIXTEEN" }, { 1 << 3, "EIGHT" }, { 5, "FIVE" }), REC->y)";
  const auto symbols = format.symbols("reason");
  CHECK(symbols.size() == 2);
  CHECK(symbols.at(16) == "SIXTEEN");
  CHECK(symbols.at(5) == "FIVE");
  for (std::size_t length = 0; length < format.print.size(); ++length) {
    TraceFormat cut;
    cut.print = format.print.substr(0, length);
    CHECK(cut.symbols("reason").size() <= 2);
  }
}

TEST_CASE("formats that make no sense are refused with the line") {
  CHECK_FALSE(parse_trace_format(""));
  CHECK_FALSE(parse_trace_format("name: x\nID: 70000\n"));
  const auto bad = parse_trace_format("name: x\nID: 7\n\tfield:int a;\toffset:-1;\tsize:4;\tsigned:1;\n");
  REQUIRE_FALSE(bad);
  CHECK(bad.error().text().find("field:int a;") != std::string::npos);
}

TEST_CASE("the ring's page header, on 64 and on 32 bits") {
  const auto layout = parse_trace_header_page(trace_data("header_page"));
  REQUIRE(layout);
  CHECK(layout->commit == 8);
  CHECK(layout->commit_size == 8);
  CHECK(layout->data == 16);
  CHECK(layout->page_size() == 4096);
  const auto narrow = parse_trace_header_page(
      "\tfield: u64 timestamp;\toffset:0;\tsize:8;\tsigned:0;\n\tfield: local_t commit;\toffset:8;\tsize:4;\tsigned:1;\n"
      "\tfield: char data;\toffset:12;\tsize:4084;\tsigned:0;\n");
  REQUIRE(narrow);
  CHECK(narrow->page_size() == 4096);
  CHECK_FALSE(parse_trace_header_page("\tfield: u64 timestamp;\toffset:0;\tsize:8;\tsigned:0;\n"));
  CHECK_FALSE(parse_trace_header_page(
      "\tfield: u64 timestamp;\toffset:0;\tsize:8;\tsigned:0;\n\tfield: local_t commit;\toffset:8;\tsize:8;\tsigned:1;\n"
      "\tfield: char data;\toffset:12;\tsize:4084;\tsigned:0;\n"));  // data inside the commit word
}

TEST_CASE("record heads of another width are noticed") {
  const std::string known =
      "# compressed entry header\n\ttype_len    :    5 bits\n\ttime_delta  :   27 bits\n\tarray       :   32 bits\n\n"
      "\tpadding     : type == 29\n\ttime_extend : type == 30\n\ttime_stamp : type == 31\n\tdata max type_len  == 28\n";
  CHECK(check_trace_header_event(known));
  std::string other = known;
  other.replace(other.find("27"), 2, "26");
  CHECK_FALSE(check_trace_header_event(other));
}
