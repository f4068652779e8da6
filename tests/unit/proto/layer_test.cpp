#include <catch2/catch.hpp>
#include <functional>
#include <initializer_list>

#include "proto/line_reader.h"
#include "proto/line_writer.h"
#include "proto/packet.h"
#include "proto/registry.h"

using namespace proto;

namespace {

// A protocol of this test only: the same lines that a file in src/proto has.
constexpr Name kinds[] = {{1, "Ask"}, {2, "Tell"}};
constexpr Field toy_fields[] = {choice("kind", 4, kinds), number("level", 12, 7), u16("length").computed(), ipv4("who"), bytes("note")};
constexpr Binding toy_bindings[] = {{"udp.port", 40404}};
constexpr Spec toy_spec = {.tag = "Toy",
                           .help = "a protocol of the tests",
                           .summary = "Toy {kind} {who}",
                           .fields = toy_fields,
                           .bindings = toy_bindings,
                           .full_only = true,
                           .fill = [](Fill& fill) { fill.set_length(index_of(toy_fields, "length"), fill.whole().size()); }};
const Protocol<toy_spec> toy;

std::string hex(Bytes bytes) {
  std::string text(bytes.size() * 2, ' ');
  put_hex(text.data(), bytes);
  return text;
}

std::vector<std::uint8_t> from_hex(std::string_view text) {
  Wire wire;
  REQUIRE(parse_hex(text, wire));
  return {wire.data(), wire.data() + wire.size()};
}

std::string encoded(std::string_view line, LineReader::Mode mode = LineReader::Mode::as_given) {
  LineReader reader(mode);
  const auto read = reader.read(line);
  return read ? hex(read->packet) : "error: " + read.error().what;
}

std::string layers(std::string_view list) { return R"({"timestamp_us":1,"layers":[)" + std::string(list) + "]}"; }

}  // namespace

TEST_CASE("no two layers claim the same tag or binding, and each says what it is") {
  CHECK(Registry::get().conflicts() == std::vector<std::string>{});
  for (const Layer* layer : Registry::get().layers()) {
    INFO(layer->tag());
    CHECK_FALSE(layer->spec().help.empty());
    CHECK_FALSE(layer->spec().summary.empty());
  }
}

TEST_CASE("a protocol that one file declares is decoded, written, read and computed") {
  const std::string line = layers(R"({"layertype":"Ip","id":1,"src":"192.0.2.1","dst":"192.0.2.2"},{"layertype":"Udp","sport":5},)"
                                  R"({"layertype":"Toy","kind":"Tell","who":"192.0.2.9","note":[1,2]})");
  LineReader reader;
  const auto read = reader.read(line);
  REQUIRE(read);
  CHECK(hex(read->packet.subspan(20)) == "00059dd40012facf" "2007000ac00002090102");
  LineWriter writer({.dialect = Dialect::full});
  Text out;
  writer.append(out, Record{.link = LinkType::raw_ip, .data = read->packet});
  CHECK(std::string(out.view()).find(R"({"layertype":"Toy","kind":"Tell","level":7,"length":10,"who":"192.0.2.9","note":[1,2]})") != std::string::npos);
}

TEST_CASE("absent and automatic fields are computed, given ones are kept") {
  // jsonl.md section 13, automatic fields
  CHECK(encoded(R"({"timestamp_us":1000000,"layers":[{"layertype":"ether","dst":"02:00:00:00:00:01","src":"02:00:00:00:00:02","etype":2048},{"layertype":"Ip","version":4,"ihl":"<auto>","tos":0,"len":"<auto>","id":1,"flags":"DF","ttl":64,"proto":17,"chksum":"<auto>","src":"192.0.2.1","dst":"192.0.2.2","options":[]},{"layertype":"Udp","sport":5000,"dport":5001,"len":"<auto>","chksum":"<auto>"},{"layertype":"raw","data":[97,98,99]}]})") ==
        "02000000000102000000000208004500001f000140004011b6c9c0000201c000020213881389000b9060616263");
  // Selectors follow the next layer; nothing at all is needed but what has no default.
  CHECK(encoded(layers(R"({"layertype":"ether","dst":"02:00:00:00:00:01","src":"02:00:00:00:00:02"},{"layertype":"dot1Q","vlan":5},{"layertype":"Ipv6","src":"::1","dst":"::2"},{"layertype":"Icmpv6"},{"layertype":"icmpv6EchoRequest"})")) ==
        "02000000000102000000000281000005" "86dd" "6000000000083a40" "00000000000000000000000000000001" "00000000000000000000000000000002" "80007fba00000000");
  CHECK(encoded(layers(R"({"layertype":"Udp","sport":1,"dport":2,"len":9,"chksum":3})")) == "0001000200090003");
  CHECK(encoded(layers(R"({"layertype":"Udp","sport":1,"dport":2,"len":9,"chksum":3})"), LineReader::Mode::fix) == "000100020008fff4");
}

TEST_CASE("JSON is read in every form that the specification names") {
  const std::string udp = "0001000200080003";
  CHECK(encoded(layers(R"({"chksum":3,"dport":2,"layertype":"Udp","len":8,"sport":1})")) == udp);
  CHECK(encoded(layers(R"({ "layertype" : "Udp", "sport" : "1", "dport" : "+2", "len":8, "chksum":3, "more":{"x":[1,{}]} })")) == udp);
  CHECK(encoded(layers(R"({"layertype":"Udp","sport":7,"dport":2,"len":8,"chksum":3,"sport":1})")) == udp);
  CHECK(encoded(layers(R"({"layertype":"Tcp","sport":1,"layertype":"Udp","dport":2,"len":8,"chksum":3})")) == udp);
  CHECK(encoded(R"({"layers":[],"data":"00","layers":[{"layertype":"raw","data":"0aFF"}]})") == "0aff");
  CHECK(encoded(R"({"data":"00fF"})") == "00ff");
  CHECK(encoded(R"({"layers":[]})").empty());
  CHECK(encoded(layers(R"({"layertype":"String","value":"a\u00e9\ud83d\ude00\n"})")) == "61c3a9f09f98800a");
  CHECK(encoded(layers(R"({"layertype":"raw","data":[ 1, 2 ,255]})")) == "0102ff");
  CHECK(encoded(layers(R"({"layertype":"Ip","ihl":5,"len":20,"id":0,"flags":"<auto>","frag":16389,"ttl":1,"chksum":0,"options":[{"NOP":[]}]})")) ==
        "4500001400004005010000007f0000017f00000101");
  CHECK(encoded(layers(R"({"layertype":"ether","dst":"02-00-00-00-00-01","src":"020000000002","etype":1})")) == "0200000000010200000000020001");
}

TEST_CASE("domain names are read alike wherever they are") {
  const auto dns = [](const std::string& name) { return encoded(layers(R"({"layertype":"Dns","id":1,"questions":[{"qname":")" + name + R"("}]})")); };
  const auto dhcpv6 = [](const std::string& name) {
    return encoded(layers(R"({"layertype":"Dhcpv6","msg_type":"Reply","content":{"Normal":{"options":[{"DomainSearchList":[")" + name + R"("]}]}}})"));
  };
  const auto ndp = [](const std::string& name) {
    return encoded(layers(R"({"layertype":"icmpv6RouterSolicitation","options":[{"DnsSearchList":{"lifetime":1,"domains":[")" + name + R"("]}}]})"));
  };
  for (const auto& of : std::initializer_list<std::function<std::string(const std::string&)>>{dns, dhcpv6, ndp}) {
    CHECK(of("a.bc").find("0161026263" "00") != std::string::npos);
    CHECK(of("a.bc.") == of("a.bc"));
    CHECK(of(".") == of(""));
    CHECK(of(".").find("error") == std::string::npos);
    for (const char* name : {"a..", "..", ".a", "a..b"}) CHECK_THAT(of(name), Catch::Contains("a label of 0 characters"));
    CHECK_THAT(of(std::string(64, 'x')), Catch::Contains("a label of 64 characters"));
  }
  const std::string label = std::string(63, 'x') + ".";
  CHECK_THAT(dns(label + label + label + label), Catch::Contains("a name of more than 255 bytes"));
}

TEST_CASE("a line that is wrong says where and why") {
  CHECK(encoded("{") == "error: not a string");
  CHECK(encoded("{}") == "error: neither layers nor data");
  CHECK(encoded(R"({"layers":[]} x)") == "error: more text after the end");
  CHECK(encoded(layers(R"({"layertype":"Tcp","ttl":1,"sport":70000})")) == "error: layer 0: Tcp: sport: 70000 is out of range 0-65535");
  CHECK(encoded(layers(R"({"layertype":"raw"},{"layertype":"tcp"})")) == "error: layer 1: no layer is called 'tcp'");
  CHECK(encoded(layers(R"({"layertype":"Dot11Beacon"})")) == "error: layer 0: 'Dot11Beacon': 802.11 layers are not supported");
  CHECK(encoded(layers(R"({"layertype":"Ip","src":"1.2.3"})")) == "error: layer 0: Ip: src: '1.2.3' is not an IPv4 address");
  CHECK(encoded(layers(R"({"layertype":"raw","data":[1,256]})")) == "error: layer 0: raw: data: 256 is out of range 0-255");
  CHECK(encoded(layers(R"({"layertype":"raw","data":[1,01]})")) == "error: layer 0: raw: data: a number with leading zeros");
  CHECK(encoded(layers(R"({"layertype":"raw","data":[1;2]})")) == "error: layer 0: raw: data: expected ']', found ';'");
  CHECK(encoded(layers(R"({"layertype":"Udp","len":2048.0})")) == "error: layer 0: Udp: len: not a whole number");
  CHECK(encoded(R"({"data":"abc"})") == "error: data: not an even number of hex digits");
}

TEST_CASE("an unreadable first layer is written as hex") {
  LineWriter writer({});
  Text out;
  const auto runt = from_hex("0102030405060708"), odd = from_hex("00010203");
  writer.append(out, Record{.time_ns = 1700000000000000999, .direction = Direction::rx, .data = runt});
  writer.append(out, Record{.time_ns = 1700000000000000999, .link = LinkType::raw_ip, .direction = Direction::tx, .data = odd});
  CHECK(out.view() ==
        "{\"timestamp_us\":1700000000000000,\"direction\":\"rx\",\"data\":\"0102030405060708\"}\n"
        "{\"timestamp_us\":1700000000000000,\"direction\":\"tx\",\"data\":\"00010203\"}\n");
}

TEST_CASE("options are padded to whole words where the header's length is computed, and left alone where it is given") {
  const auto ip = [](const std::string& fields) { return encoded(layers(R"({"layertype":"Ip","id":0,"chksum":0,)" + fields + R"(},{"layertype":"Udp","chksum":0})")); };
  const std::string addresses = "7f0000017f000001", udp = "0000000000080000";
  CHECK(ip(R"("options":["NOP"])") == "46000020000000004011" "0000" + addresses + "01000000" + udp);
  CHECK(ip(R"("options":[{"SourceRoute":["1.2.3.4"]}])") == "47000024000000004011" "0000" + addresses + "8307040102030400" + udp);
  CHECK(ip(R"("ihl":5,"options":["NOP"])") == "4500001d000000004011" "0000" + addresses + "01" + udp);
  const std::string tcp = R"({"layertype":"Tcp","chksum":0,"options":["NOP"])";
  CHECK(encoded(layers(tcp + "}")) == "00000000" "00000000" "00000000" "60022000" "00000000" "01000000");
  CHECK(encoded(layers(tcp + R"(,"dataofs":5})")) == "00000000" "00000000" "00000000" "50022000" "00000000" "01");
}

TEST_CASE("an absent cookie has its standard value, or leads to what follows") {
  CHECK(encoded(layers(R"({"layertype":"Bootp"})")).substr(472) == "00123456");
  CHECK(encoded(layers(R"({"layertype":"Bootp"},{"layertype":"Dhcp"})")).substr(472) == "63825363");
  CHECK(encoded(layers(R"({"layertype":"Bootp","cookie":"<auto>"})")).substr(472) == "00000000");
}

TEST_CASE("an automatic value is zero, or the first name, whatever the key said before") {
  CHECK(encoded(layers(R"({"layertype":"Rip","command":"<auto>"})")) == "01020000");
  CHECK(encoded(layers(R"({"layertype":"Rip","command":"Response","command":"<auto>"})")) == "01020000");
  CHECK(encoded(layers(R"({"layertype":"Dhcpv6","msg_type":"<auto>","content":{"Normal":{"transaction_id":[1,2,3],"options":[]}}})")) == "01010203");
  CHECK(encoded(layers(R"({"layertype":"Ipv6","src":"::1","src":"<auto>"})")).substr(16) == std::string(64, '0'));
}

TEST_CASE("a key that is repeated counts as it came last") {
  const auto ndp = [](const std::string& option) { return encoded(layers(R"({"layertype":"icmpv6RouterSolicitation","options":[)" + option + "]}")); };
  CHECK(ndp(R"({"RecursiveDnsServer":{"servers":["::1"],"servers":["::2"]}})") == ndp(R"({"RecursiveDnsServer":{"servers":["::2"]}})"));
  CHECK(ndp(R"({"DnsSearchList":{"domains":["a"],"domains":["b"]}})") == ndp(R"({"DnsSearchList":{"domains":["b"]}})"));
  const auto ip = [](const std::string& fields) { return encoded(layers(R"({"layertype":"Ip","id":0,)" + fields + "}")); };
  for (const std::string name : {"RecordRoute", "SourceRoute"})
    CHECK(ip(R"("options":[{")" + name + R"(":{"route":["1.1.1.1"],"pointer":8,"route":["2.2.2.2"]}}])") ==
          ip(R"("options":[{")" + name + R"(":{"pointer":8,"route":["2.2.2.2"]}}])"));
  CHECK(ip(R"("options":[{"Timestamp":{"data":[1,2,3,4],"data":[5,6]}}])") == ip(R"("options":[{"Timestamp":{"data":[5,6]}}])"));
  CHECK(ip(R"("flags":{"dont_fragment":true},"flags":{"more_fragments":true})") == ip(R"("flags":{"more_fragments":true})"));
  const auto igmp = [](const std::string& fields) { return encoded(layers(R"({"layertype":"IgmpReport","records":[{)" + fields + "}]}")); };
  CHECK(igmp(R"("aux":[1,2,3,4],"sources":["1.1.1.1"],"sources":["2.2.2.2"],"aux":[5,6,7,8])") == igmp(R"("sources":["2.2.2.2"],"aux":[5,6,7,8])"));
}

TEST_CASE("fix mends protocol numbers and header lengths that do not lead to what follows, and keeps those that do") {
  const auto fixed = [](const std::string& list) { return encoded(layers(list), LineReader::Mode::fix); };
  const std::string udp = R"({"layertype":"Udp","sport":1,"dport":2})", right = fixed(R"({"layertype":"Ip","id":0},)" + udp);
  REQUIRE(right.substr(0, 24) == "4500001c0000000040117ccf");
  CHECK(fixed(R"({"layertype":"Ip","id":0,"proto":99},)" + udp) == right);
  CHECK(fixed(R"({"layertype":"Ip","id":0,"ihl":9,"options":[]},)" + udp + R"(,{"layertype":"raw","data":[0,0,0,0,0,0,0,0]})").starts_with("45000024"));
  CHECK(fixed(R"({"layertype":"ether","etype":34525},{"layertype":"Ip"})").substr(24, 4) == "0800");
  CHECK(fixed(R"({"layertype":"Ip","id":0,"proto":99},{"layertype":"raw","data":[1]})").substr(18, 2) == "63");
  // Options in a raw layer behind, as the classic dialect has them.
  CHECK(fixed(R"({"layertype":"Ip","id":0,"ihl":6,"options":[]},{"layertype":"raw","data":[1,1,1,0]})").starts_with("46000018"));
  // TCP's data offset, too: its options are said, so what follows is payload.
  CHECK(fixed(R"({"layertype":"Tcp","dataofs":15,"options":[{"MSS":1460}]},{"layertype":"raw","data":[1,2,3,4,5,6,7,8,9,0,1,2,3,4,5,6,7,8,9,0,1,2,3,4,5,6,7,8,9,0,1,2,3,4,5,6,7,8,9,0]})").substr(24, 2) == "60");
  // A port is an endpoint's, whatever follows.
  CHECK(fixed(R"({"layertype":"Udp","sport":40000,"dport":5300},{"layertype":"Dns"})").starts_with("9c4014b4"));
}

TEST_CASE("padding behind the end that a given IP length names is in no computed length") {
  const auto frame = [](const std::string& length, const std::string& vlan = "") {
    return encoded(layers(R"({"layertype":"ether","dst":"02:00:00:00:00:01","src":"02:00:00:00:00:02"},)" + vlan + R"({"layertype":"Ip","id":0,"len":)" + length +
                          R"(},{"layertype":"Udp","sport":1,"dport":2},{"layertype":"raw","data":[97,98,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]})"));
  };
  CHECK(frame("30").size() == 120);
  CHECK(frame("30").substr(76, 4) == "000a");
  CHECK(frame("30", R"({"layertype":"dot1Q"},)").substr(84, 4) == "000a");
  CHECK(frame("46").substr(76, 4) == "001a");
  CHECK(frame("\"<auto>\"").substr(76, 4) == "001a");
  CHECK(frame("26").substr(76, 4) == "001a");  // within the UDP header: no end that can be believed
}

TEST_CASE("a length that does not fit is told, but not within a fragment or a packet that is quoted") {
  const auto notice = [](const std::string& list) {
    LineReader reader;
    const auto read = reader.read(layers(list));
    return read ? std::string(read->length_notice) : "error: " + read.error().what;
  };
  const std::string ip = R"({"layertype":"Ip"})", udp = R"(,{"layertype":"Udp","len":1480},{"layertype":"raw","data":[1,2,3]})";
  CHECK(notice(ip + udp) == "Udp: len is 1480, the packet has 11");
  CHECK(notice(R"({"layertype":"Ip","flags":"MF"})" + udp).empty());
  CHECK(notice(R"({"layertype":"Ip","flags":"MF","len":99})" + udp) == "Ip: len is 99, the packet has 31");
  CHECK(notice(R"({"layertype":"Ipv6"},{"layertype":"Ipv6Fragment","more_fragments":true})" + udp).empty());
  const std::string quoted = R"(,{"layertype":"Ip","len":1500})" + udp;
  CHECK(notice(ip + R"(,{"layertype":"Icmp"},{"layertype":"icmpDestUnreach"})" + quoted).empty());
  CHECK(notice(R"({"layertype":"Ipv6"},{"layertype":"Icmpv6"},{"layertype":"icmpv6PacketTooBig"},{"layertype":"Ipv6","payload_length":1452})" + udp).empty());
  CHECK(notice(ip + R"(,{"layertype":"Ip","len":1500})") == "Ip: len is 1500, the packet has 20");
}

TEST_CASE("text in JSON is UTF-8") {
  const std::string good[] = {"\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\\u00e9", "\\n\xc3\xa9"};
  const std::string bad[] = {"\xff", "\xc3", "a\xc3(", "\xed\xa0\x80", "\xc0\x80", "\xf4\x90\x80\x80", "\xc3\\u00a9", "\\n\xe9"};
  for (const std::string& text : good) {
    INFO(text);
    CHECK(encoded(layers(R"({"layertype":"String","value":")" + text + "\"}")).size() > 2);
  }
  for (const std::string& text : bad) {
    INFO(text);
    CHECK_THAT(encoded(layers(R"({"layertype":"String","value":")" + text + "\"}")), Catch::EndsWith("a string that is not UTF-8"));
    for (const std::string& line : {R"({"data":"00","x":")" + text + "\"}", R"({"data":"00",")" + text + "\":1}", layers(R"({"layertype":")" + text + "\"}")})
      CHECK_THAT(encoded(line), Catch::EndsWith("a string that is not UTF-8"));
  }
}

TEST_CASE("layers win over data, whatever that is, and a bad one of what counts is told") {
  const std::string good = R"([{"layertype":"raw","data":[1]}])";
  for (const std::string data : {R"("zz")", R"("0")", "5", "null", "{}", R"("02")"}) {
    INFO(data);
    for (const std::string& line : {R"({"data":)" + data + R"(,"layers":)" + good + "}", R"({"layers":)" + good + R"(,"data":)" + data + "}"}) {
      CHECK(encoded(line) == "01");
      CHECK(Packet::from_line(line).value().layers.size() == 1);
    }
    if (data == R"("02")") continue;
    CHECK(encoded(R"({"data":)" + data + "}") == "error: data: not an even number of hex digits");
    CHECK(Packet::from_line(R"({"data":)" + data + "}").error().what == "data: not an even number of hex digits");
  }
  CHECK(encoded(R"({"data":"02","layers":5})") == "error: expected '[', found '5'");
  CHECK(encoded(R"({"data":"zz","data":"02"})") == "02");
  CHECK(encoded(R"({"data":02})") == "error: expected '}', found '2'");
}

TEST_CASE("what names a layer is text") {
  for (const std::string value : {"5", "null", "[1]", R"({"a":1})", "true"}) {
    INFO(value);
    CHECK(encoded(layers(R"({"layertype":)" + value + "}")) == "error: layer 0: layertype: not a string");
    CHECK(encoded(layers(R"({"data":[1],"layertype":)" + value + "}")) == "error: layer 0: layertype: not a string");
    CHECK(encoded(layers(R"({"layertype":"raw","layertype":)" + value + "}")) == "error: layer 0: raw: layertype: not a string");
  }
  CHECK(encoded(layers("{}")) == "error: layer 0: no layertype");
}

TEST_CASE("what a message quotes steers no terminal and fills none") {
  const auto message = [](const std::string& tag) { return encoded(layers(R"({"layertype":")" + tag + "\"}")); };
  CHECK(message("\\u001b[2J\\u009bm\\u007f\\n\xc3\xa9") == "error: layer 0: no layer is called '?[2J??m??\xc3\xa9'");
  CHECK(encoded("\x1b") == "error: expected '{', found '?'");
  CHECK(encoded("\xff") == "error: expected '{', found '?'");
  const std::string cut = message("x" + [] { std::string text; for (int i = 0; i < 5000; ++i) text += "\xc3\xa9"; return text; }());
  CHECK(cut.size() < 4100);
  CHECK(cut.ends_with("\xc3\xa9\xe2\x80\xa6"));
}

TEST_CASE("DHCPv6: a UUID has 16 bytes, a name is complete with its final dot, and a name that is none is told with those that are") {
  const auto dhcpv6 = [](const std::string& option) {
    return encoded(layers(R"({"layertype":"Dhcpv6","msg_type":"Solicit","content":{"Normal":{"transaction_id":[1,2,3],"options":[)" + option + "]}}}"));
  };
  const auto uuid = [&](const std::string& bytes) { return dhcpv6(R"({"ClientId":{"Uuid":{"uuid":[)" + bytes + "]}}}"); };
  CHECK(uuid("0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15") == "01010203" "00010012" "0004" "000102030405060708090a0b0c0d0e0f");
  for (const std::string bytes : {"", "1", "0,1,2,3,4,5,6,7,8,9,10,11,12,13,14", "0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16"})
    CHECK_THAT(uuid(bytes), Catch::EndsWith("uuid: not 16 bytes"));
  CHECK(dhcpv6(R"({"ClientFqdn":{"flags":1,"fqdn":"a.b"}})") == "01010203" "00270005" "01" "01610162");
  CHECK(dhcpv6(R"({"ClientFqdn":{"flags":1,"fqdn":"a.b."}})") == "01010203" "00270006" "01" "0161016200");
  CHECK_THAT(dhcpv6(R"({"Nope":1})"), Catch::Contains("no option is called 'Nope'; known: ClientId") && Catch::Contains(" IaNa"));
  CHECK_THAT(dhcpv6(R"({"OptionRequest":["Nope"]})"), Catch::EndsWith("no option is called 'Nope'"));
}

TEST_CASE("DHCP ends with End where the list says so") {
  const auto dhcp = [](const std::string& list) { return encoded(layers(R"({"layertype":"Dhcp","options":[)" + list + "]}")); };
  CHECK(dhcp(R"({"HostName":"a"})") == "0c0161");
  CHECK(dhcp(R"({"HostName":"a"},"End")") == "0c0161ff");
  CHECK(dhcp(R"("End","Pad","End")") == "ff00ff");
}

TEST_CASE("random values follow the seed, and are others for another seed") {
  const auto id = [](std::uint64_t seed) {
    LineReader reader(LineReader::Mode::as_given, seed);
    return hex(reader.read(layers(R"({"layertype":"Ip","id":"<random>"},{"layertype":"Ip"})"))->packet);
  };
  CHECK(id(1) == id(1));
  CHECK(id(1).substr(8, 4) != id(2).substr(8, 4));
  CHECK(id(1).substr(48, 4) != id(2).substr(48, 4));  // an absent one
  CHECK(id(1).substr(8, 4) != id(1).substr(48, 4));
}

TEST_CASE("SNMP layers that say nothing make a whole message") {
  const auto snmp = [](const std::string& version, const std::string& v2c, const std::string& pdu) {
    return encoded(layers(R"({"layertype":"Snmp")" + version + R"(},{"layertype":"SnmpV2c")" + v2c + R"(},{"layertype":)" + pdu + "}"));
  };
  const std::string get = R"("SnmpGet","request_id":1)", message = "3018020101" "0406" "7075626c6963" "a00b" "020101" "020100" "020100" "3000";
  CHECK(snmp("", "", get) == message);
  CHECK(snmp(R"(,"version":"<auto>")", R"(,"community":"<auto>","_pdu_tag":"<auto>","_pdu_len":"<auto>")", get) == message);
  for (const char* one : {"\"1\"", "\"+1\""}) CHECK(snmp(R"(,"version":)" + std::string(one), R"(,"_pdu_len":"11")", get) == message);
  CHECK(snmp(R"(,"version":0)", "", get).starts_with("3018020100"));
  CHECK(snmp(R"(,"version":"<random>")", R"(,"_pdu_len":"<random>")", get).starts_with("30"));
  CHECK_THAT(snmp(R"(,"version":"256")", "", get), Catch::Contains("version: '256' is not a number 0-255"));
  CHECK(snmp("", "", R"("SnmpTrap")") == "3021020100" "0406" "7075626c6963" "a414" "060100" "400400000000" "020100" "020100" "430100" "3000");
  CHECK(encoded(layers(R"({"layertype":"Snmp","version":5},{"layertype":"SnmpV2c"},{"layertype":"SnmpGet"})"), LineReader::Mode::fix).starts_with("3018020101"));
}

TEST_CASE("what is no JSON number is refused where its value is not looked at, too") {
  for (const std::string number : {"01", "1.", "1e", "1e+", "1.2.3", "1-2", "-", "-01", "+1", ".5", "[0,01]", "[01]", "[1,]"}) {
    INFO(number);
    CHECK_THAT(encoded(R"({"data":"00","x":)" + number + "}"), Catch::StartsWith("error"));
  }
  for (const std::string number : {"0", "-0", "10", "1.5", "-1.25e-3", "1E+9", "[0,1,20]", "[]"}) CHECK(encoded(R"({"data":"00","x":)" + number + "}") == "00");
}
