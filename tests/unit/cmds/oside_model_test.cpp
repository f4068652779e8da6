// The packet editor without a screen and without a file: values, packets, views, undo.
#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>

#include "cmds/oside_document.h"
#include "cmds/oside_values.h"
#include "cmds/oside_view.h"
#include "proto/json_object.h"
#include "proto/registry.h"

using namespace cmds::oside;
using namespace proto;

namespace {

const Field& field_of(std::string_view layer, std::string_view name) {
  for (const Field& field : Registry::get().find(layer)->fields())
    if (field.name == name) return field;
  FAIL("no field " << name);
  throw 0;
}

std::string json_of(std::string_view layer, std::string_view name, std::string_view typed) {
  const auto json = value_json(field_of(layer, name), typed);
  return json ? *json : "error: " + json.error().what;
}

std::size_t place(std::string_view layer, std::string_view name) {
  const auto fields = Registry::get().find(layer)->fields();
  for (std::size_t i = 0; i < fields.size(); ++i)
    if (fields[i].name == name) return i;
  return 99;
}

// capture's line of IPv4 192.0.2.1 -> 192.0.2.2, UDP 5000 -> 5001, "abc"
const std::string line =
    R"({"timestamp_us":1700000000000000,"direction":"tx","layers":[{"layertype":"Ip","version":4,"ihl":5,"tos":0,"len":31,"id":1,)"
    R"("flags":{"reserved":false,"dont_fragment":true,"more_fragments":false,"fragment_offset":0},"ttl":64,"proto":17,"chksum":46793,)"
    R"("src":"192.0.2.1","dst":"192.0.2.2","options":[]},{"layertype":"Udp","sport":5000,"dport":5001,"len":11,"chksum":36960},)"
    R"({"layertype":"raw","data":[97,98,99]}]})";

std::string with(std::string text, std::string_view old, std::string_view now) {
  const auto at = text.find(old);
  REQUIRE(at != text.npos);
  return text.replace(at, old.size(), now);
}

const FieldView& shown(const PacketView& view, std::size_t layer, std::string_view name) {
  for (const FieldView& field : view.layers.at(layer).fields)
    if (field.name == name) return field;
  FAIL("no field " << name);
  throw 0;
}

}  // namespace

TEST_CASE("oside: what is typed becomes JSON by the field's type") {
  CHECK(json_of("Udp", "dport", "0x35") == "53");
  CHECK(json_of("Udp", "dport", " 0b101 ") == "5");
  CHECK(json_of("Udp", "dport", "Dns") == "53");
  CHECK(json_of("Udp", "dport", "<auto>") == "\"<auto>\"");
  CHECK(json_of("Udp", "dport", "65536") == "error: 65536 is out of range 0-65535");
  CHECK(json_of("Udp", "dport", "99999999999999999999999") == "error: '99999999999999999999999' is not a number (decimal, 0x… or 0b…)");
  CHECK(json_of("Udp", "dport", "") == "error: '' is not a number (decimal, 0x… or 0b…)");
  CHECK(json_of("Udp", "dport", "{]") == "error: not valid JSON");
  CHECK(json_of("Tcp", "flags", "syn|ACK") == "18");
  CHECK(json_of("Tcp", "flags", "0x10, FIN") == "17");
  CHECK(json_of("Tcp", "flags", "SYM") == "error: 'SYM' is not a number (decimal, 0x… or 0b…)");
  CHECK(json_of("ether", "etype", "Ipv6") == "34525");
  CHECK(json_of("Ip", "flags", "dont_fragment, fragment_offset=0x10") == R"({"dont_fragment":true,"fragment_offset":16})");
  CHECK(json_of("Ip", "flags", "none") == "{}");
  CHECK(json_of("Ip", "flags", "DF") == "\"DF\"");
  CHECK(json_of("Ip", "src", "192.0.2.9") == "\"192.0.2.9\"");
  CHECK(json_of("raw", "data", "de:ad be-ef") == "[222,173,190,239]");
  CHECK(json_of("raw", "data", "abc") == "error: not pairs of hex digits");
  CHECK(json_of("raw", "data", "") == "[]");
  CHECK(json_of("Gre", "key_present", "on") == "true");
  CHECK(json_of("Gre", "key_present", "maybe") == "error: neither true nor false");
}

TEST_CASE("oside: values as a person reads them") {
  CHECK(value_text(field_of("Ip", "src"), "\"192.0.2.1\"") == "192.0.2.1");
  CHECK(value_text(field_of("Ip", "flags"), R"({"reserved":false,"dont_fragment":true,"fragment_offset":16})") == "dont_fragment, fragment_offset=16");
  CHECK(value_text(field_of("Ip", "flags"), R"({"reserved":false})") == "none");
  CHECK(value_text(field_of("raw", "data"), "[1,255]") == "01 ff");
  CHECK(value_text(field_of("raw", "data"), "[]") == "(no bytes)");
  CHECK(value_note(field_of("Tcp", "flags"), "18") == "ACK, SYN");
  CHECK(value_note(field_of("Ip", "proto"), "17") == "Udp");
  CHECK(value_note(field_of("Udp", "sport"), "5000") == "0x1388");
  CHECK(value_help(field_of("Ip", "proto"), "17") == "decimal 17, hex 0x11, binary 0001 0001");
  CHECK(value_help(field_of("Tcp", "options"), "[]") == "list of TCP options");
}

TEST_CASE("oside: a line is edited field by field, and all else in it stays") {
  auto packet = EditedPacket::from_line(line, LinkType::ethernet).value();
  CHECK(packet.form == EditedPacket::Form::classic);
  CHECK(packet.to_line(Dialect::full).value() == line);
  REQUIRE(packet.set(0, place("Ip", "dst"), "192.0.2.77"));
  REQUIRE(packet.set(1, place("Udp", "dport"), "0x35"));
  CHECK_FALSE(packet.set(0, place("Ip", "ttl"), "256"));
  CHECK(packet.set(0, place("Ip", "dst"), "300.1.1.1").error().what == "Ip: dst: '300.1.1.1' is not an IPv4 address");
  CHECK(packet.set(7, 0, "1").error().what == "no such field");
  CHECK(packet.to_line(Dialect::full).value() == with(with(line, R"("dst":"192.0.2.2")", R"("dst":"192.0.2.77")"), R"("dport":5001)", R"("dport":53)"));
  REQUIRE(packet.recompute());
  const auto view = view_of(packet).value();
  for (const LayerView& layer : view.layers) CHECK_FALSE(layer.wrong);
  REQUIRE(packet.set_time("1700000000000001", false));
  CHECK(packet.set_time("17.5", false).error().what == "this file holds microseconds only");
  CHECK_FALSE(packet.set_time("-1", true));
  CHECK_FALSE(packet.set_time("99999999999999999999", true));
  CHECK(packet.to_line(Dialect::full)->starts_with(R"({"timestamp_us":1700000000000001,"direction":"tx","layers":[)"));
}

TEST_CASE("oside: a line with values of its own is edited as it is") {
  const std::string own =
      R"({ "note":"x","layers":[{"src":"192.0.2.1","layertype":"Ip","chksum":"<auto>","dst":"192.0.2.2","id":"<random>"},{"layertype":"raw","data":[97]}],"timestamp_us":7})";
  auto packet = EditedPacket::from_line(own, LinkType::ethernet).value();
  CHECK(packet.form == EditedPacket::Form::own);
  CHECK(packet.to_line(Dialect::full).value() == own);
  REQUIRE(packet.set(0, place("Ip", "dst"), "192.0.2.3"));
  CHECK(packet.to_line(Dialect::full).value() == with(own, "192.0.2.2", "192.0.2.3"));
  const auto view = view_of(packet).value();
  CHECK(shown(view, 0, "chksum").state == FieldView::State::automatic);
  CHECK(shown(view, 0, "id").state == FieldView::State::automatic);
  CHECK(shown(view, 1, "data").json == "[97]");
  // Values in another form than writers use.
  const auto odd = EditedPacket::from_line(R"({"layers":[{"layertype":"Ip","flags":"DF"},{"layertype":"raw","data":"0a0B"}]})", LinkType::ethernet).value();
  CHECK(shown(view_of(odd).value(), 0, "flags").json == R"({"reserved":false,"dont_fragment":true,"more_fragments":false,"fragment_offset":0})");
  CHECK(shown(view_of(odd).value(), 1, "data").json == "[10,11]");
  REQUIRE(packet.set(0, place("Ip", "chksum"), "1"));
  CHECK(shown(view_of(packet).value(), 0, "chksum").state == FieldView::State::wrong);
  CHECK(packet.to_line(Dialect::full)->find(R"("id":"<random>")") != std::string::npos);
}

TEST_CASE("oside: the line in the list says what would be sent, also where a line leaves it to the encoder") {
  const auto summary = [](std::string_view text) { return packet_summary(EditedPacket::from_line(text, LinkType::ethernet).value().packet); };
  CHECK(summary(line) == "192.0.2.1 -> 192.0.2.2  UDP 5000 -> 5001 len 11");
  CHECK(summary(R"({"layers":[{"layertype":"Ip","dst":"192.0.2.2"},{"layertype":"Udp","dport":53,"sport":7},{"layertype":"raw","data":[97]}]})") ==
        "127.0.0.1 -> 192.0.2.2  UDP 7 -> 53 len 9");
  CHECK(summary(R"({"layers":[{"layertype":"Ip","src":"192.0.2.1","dst":"192.0.2.2","proto":"<auto>"}]})") == "IPv4 192.0.2.1 -> 192.0.2.2 proto 0 ttl 64");
}

TEST_CASE("oside: a line in hex stays in hex, and shows its layers") {
  const std::string hex = R"({"timestamp_us":1,"direction":"rx","data":"4500001f000140004011B6c9c0000201c000020213881389000b9060616263"})";
  auto packet = EditedPacket::from_line(hex, LinkType::raw_ip).value();
  REQUIRE(packet.packet.layers.size() == 3);
  CHECK(packet.form == EditedPacket::Form::data);
  REQUIRE(packet.set(0, place("Ip", "ttl"), "63"));
  CHECK(packet.to_line(Dialect::full).value() == R"({"timestamp_us":1,"direction":"rx","data":"4500001f000140003f11b6c9c0000201c000020213881389000b9060616263"})");
  // Bytes that no layer can read.
  auto odd = EditedPacket::from_line(R"({"timestamp_us":1,"data":"0102"})", LinkType::ethernet).value();
  REQUIRE(odd.packet.layers.size() == 1);
  REQUIRE(odd.set(0, 0, "03"));
  CHECK(odd.to_line(Dialect::full).value() == R"({"timestamp_us":1,"data":"03"})");
}

TEST_CASE("oside: what the bytes would not say again is written layer by layer") {
  auto packet = EditedPacket::from_line(line, LinkType::ethernet).value();
  const auto linked = packet.add_layer(2, "Dns");
  REQUIRE(linked);
  CHECK(*linked == std::vector<std::string>{"Udp.dport"});
  REQUIRE(packet.set(1, place("Udp", "dport"), "9999"));  // nothing says that DNS follows
  const std::string text = packet.to_line(Dialect::full).value();
  CHECK(text.find(R"({"layertype":"Dns")") != std::string::npos);
  const auto back = EditedPacket::from_line(text, LinkType::ethernet).value();
  CHECK(back.form == EditedPacket::Form::own);
  CHECK(back.packet.encode().value() == packet.packet.encode().value());
}

TEST_CASE("oside: layers are added with linked selectors and sensible values, and removed but for the last") {
  EditedPacket packet;
  REQUIRE(packet.add_layer(0, "raw"));
  REQUIRE(packet.add_layer(0, "Tcp"));
  REQUIRE(packet.add_layer(0, "Ipv6"));
  REQUIRE(packet.add_layer(0, "ether"));
  CHECK_FALSE(packet.add_layer(0, "tcp"));
  CHECK_FALSE(packet.add_layer(9, "Tcp"));
  REQUIRE(packet.recompute());
  CHECK(packet.packet.layers[0].value(place("ether", "etype")) == "34525");
  CHECK(packet.packet.layers[1].value(place("Ipv6", "next_header")) == "6");
  // Removed: what is below leads to what follows.
  CHECK(packet.remove_layer(1).value().empty());
  CHECK(packet.remove_layer(0).has_value());
  CHECK(packet.remove_layer(1).has_value());
  CHECK(packet.remove_layer(0).error().what == "a packet has at least one layer");
  for (const Layer* layer : Registry::get().layers()) {
    INFO(layer->tag());
    EditedPacket one;
    const auto added = one.add_layer(0, layer->tag());
    if (!added) FAIL(added.error().what);
    CHECK(view_of(one).has_value());
    CHECK(one.recompute().has_value());
  }
}

TEST_CASE("oside: a view tells lengths and sums that are wrong, and what they should be") {
  auto packet = EditedPacket::from_line(line, LinkType::ethernet).value();
  auto view = view_of(packet).value();
  CHECK(shown(view, 0, "chksum").note == "right");
  CHECK(shown(view, 1, "dport").at == (20 + 2) * 8);
  CHECK(shown(view, 1, "dport").bits == 16);
  CHECK(view.layers[2].at == 28);
  CHECK(view.layers[1].summary == "UDP 5000 -> 5001 len 11");
  REQUIRE(packet.set(1, place("Udp", "len"), "12"));
  REQUIRE(packet.set(0, place("Ip", "ttl"), "1"));
  view = view_of(packet).value();
  CHECK(shown(view, 1, "len").state == FieldView::State::wrong);
  CHECK(shown(view, 1, "len").note == "wrong, should be 11");
  CHECK(shown(view, 0, "chksum").state == FieldView::State::wrong);
  CHECK(view.layers[0].wrong);
  CHECK_FALSE(view.layers[2].wrong);
  // A packet that was cut cannot be judged.
  packet.missing = 10;
  CHECK(shown(view_of(packet).value(), 1, "len").state == FieldView::State::plain);
  // A first fragment: only its own header.
  auto fragment = EditedPacket::from_line(line, LinkType::ethernet).value();
  REQUIRE(fragment.set(0, place("Ip", "flags"), "more_fragments"));
  REQUIRE(fragment.set(1, place("Udp", "len"), "1400"));
  CHECK(shown(view_of(fragment).value(), 1, "len").state == FieldView::State::plain);
}

TEST_CASE("oside: computing pads options to whole words, and the lengths and sums fit") {
  auto packet = EditedPacket::from_line(line, LinkType::ethernet).value();
  REQUIRE(packet.remove_layer(1));
  REQUIRE(packet.add_layer(1, "Tcp"));
  REQUIRE(packet.recompute());
  REQUIRE(packet.set(0, place("Ip", "options"), R"(["NOP"])"));
  REQUIRE(packet.set(1, place("Tcp", "options"), R"(["NOP",{"WindowScale":7},"NOP"])"));
  REQUIRE(packet.recompute());
  CHECK(packet.packet.layers[0].value(place("Ip", "ihl")) == "6");
  CHECK(packet.packet.layers[0].value(place("Ip", "len")) == "55");
  CHECK(packet.packet.layers[0].value(place("Ip", "options")) == R"(["NOP","EOL","EOL","EOL"])");
  CHECK(packet.packet.layers[1].value(place("Tcp", "dataofs")) == "7");
  CHECK(packet.packet.layers[1].value(place("Tcp", "options")) == R"(["NOP",{"WindowScale":7},"NOP","EOL","EOL","EOL"])");
  const auto view = view_of(packet).value();
  CHECK(view.bytes.size() == 24 + 28 + 3);
  for (const LayerView& layer : view.layers) CHECK_FALSE(layer.wrong);
  // As others read it: the payload is where it was.
  const Packet decoded = Packet::decode(view.bytes, LinkType::raw_ip);
  REQUIRE(decoded.layers.size() == 3);
  CHECK(decoded.layers[2].value(0) == "[97,98,99]");
}

TEST_CASE("oside: every edit can be undone and done again") {
  Document document;
  document.grow(3);
  CHECK_FALSE(document.undo());
  EditedPacket packet;
  REQUIRE(packet.add_layer(0, "raw"));
  document.replace(1, packet);
  document.copy(1);
  document.erase(0);
  document.grow(5);  // the index goes on meanwhile
  CHECK(document.size() == 5);
  CHECK(document.slot(0) == document.slot(1));
  CHECK(document.edited(document.slot(0)) != nullptr);
  CHECK(document.slot(4).source == 4);
  CHECK(document.modified());
  document.mark_saved();
  CHECK_FALSE(document.modified());
  CHECK(document.undo()->at == 0);
  CHECK(document.modified());
  CHECK(document.slot(0) == Document::Slot{0, 0});
  CHECK(document.undo()->what == "copy");
  CHECK(document.undo()->shift == 0);
  CHECK_FALSE(document.undo());
  for (std::size_t i = 0; i < 5; ++i) CHECK(document.slot(i) == Document::Slot{static_cast<std::uint32_t>(i), 0});
  CHECK(document.redo());
  CHECK(document.redo());
  CHECK(document.redo());
  CHECK_FALSE(document.redo());
  CHECK_FALSE(document.modified());
  CHECK(document.undo());
  document.erase(3);
  CHECK_FALSE(document.redo());
  CHECK(document.undo());
  CHECK(document.modified());  // what was saved is not to be had any more
}

TEST_CASE("oside: every line of the golden files comes back as it was, and what is edited in it changes nothing else") {
  std::size_t lines = 0;
  for (const auto& entry : std::filesystem::directory_iterator(SOURCE_DIR "/tests/golden")) {
    if (entry.path().extension() != ".jsonl") continue;
    std::ifstream file(entry.path());
    for (std::string text; std::getline(file, text);) {
      auto packet = EditedPacket::from_line(text, LinkType::ethernet);
      if (!packet) continue;
      INFO(entry.path().string() << ": " << text);
      ++lines;
      CHECK(packet->to_line(Dialect::classic).value() == text);
      CHECK(packet->to_line(Dialect::full).value() == text);
      const auto bytes = packet->packet.encode().value();
      CHECK(view_of(*packet)->bytes == bytes);
      REQUIRE(packet->set_time("12345", false));
      const auto later = EditedPacket::from_line(packet->to_line(Dialect::full).value(), packet->link).value();
      CHECK(later.time_ns == 12'345'000);
      CHECK(later.packet.encode().value() == bytes);
      // Every field set to the value that it has: the bytes stay.
      for (std::size_t layer = 0; layer < packet->packet.layers.size(); ++layer) {
        for (std::size_t field = 0; field < packet->packet.layers[layer].layer->fields().size(); ++field) {
          const std::string value(packet->packet.layers[layer].value(field));
          if (value.empty()) continue;
          if (const auto set = packet->set(layer, field, value); !set) FAIL(set.error().what);
        }
      }
      CHECK(packet->packet.encode().value() == bytes);
      if (packet->recompute()) CHECK(view_of(*packet).has_value());
      while (packet->packet.layers.size() > 1) REQUIRE(packet->remove_layer(0));
    }
  }
  CHECK(lines > 100);
}
