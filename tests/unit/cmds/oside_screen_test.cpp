// The packet editor on a pseudo terminal, through whole tasks; and what a terminal can do to it.
#include <signal.h>

#include <catch2/catch.hpp>

#include "cmds/runner.h"
#include "proto/capture_files.h"
#include "shell/pty_session.h"

using namespace test;
using namespace proto_test;

namespace {

const std::string down = "\x1b[B", up = "\x1b[A", right = "\x1b[C", left = "\x1b[D";

std::string times(int count, const std::string& key) {
  std::string keys;
  while (count-- > 0) keys += key;
  return keys;
}

std::string content(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string with(std::string text, std::string_view old, std::string_view now) {
  const auto at = text.find(old);
  REQUIRE(at != text.npos);
  return text.replace(at, old.size(), now);
}

const std::string udp_line =
    R"({"timestamp_us":1700000000000000,"direction":"tx","layers":[{"layertype":"Ip","version":4,"ihl":5,"tos":0,"len":31,"id":1,)"
    R"("flags":{"reserved":false,"dont_fragment":true,"more_fragments":false,"fragment_offset":0},"ttl":64,"proto":17,"chksum":46793,)"
    R"("src":"192.0.2.1","dst":"192.0.2.2","options":[]},{"layertype":"Udp","sport":5000,"dport":5001,"len":11,"chksum":36960},)"
    R"({"layertype":"raw","data":[97,98,99]}]})";

std::string numbered(unsigned n) { return with(udp_line, "1700000000000000", std::to_string(n)); }

// IPv4, TCP with the options MSS 1460 and NOP, as pcap of link type 101.
std::string tcp_pcap() {
  const Words w;
  const std::string ip("\x45\0\0\x30\0\1\x40\0\x40\6\0\0\xc0\0\2\1\xc0\0\2\2", 20);
  const std::string tcp("\0\x50\0\x51\0\0\0\1\0\0\0\0\x70\2\x20\0\0\0\0\0\2\4\5\xb4\1\1\1\0", 28);
  return pcap_header(w, false, 101) + pcap_record(w, 1, 2, ip + tcp, 48);
}

PtyOptions size(int columns, int rows) { return {.columns = columns, .rows = rows}; }

Task<void> start(PtySession* session, std::string path) {
  co_await session->type("oside " + path + "\r");
  co_await session->contains("oside " + path);
}

// What another one has left.
Task<void> recover(PtySession* t, std::string path) {
  co_await t->enter("oside " + path, "holds what was not saved");
  co_await t->type("r");
  co_await t->contains(path + " [+]  packet 1/2");
}

}  // namespace

TEST_CASE("oside: another destination and port, computed, saved, and nothing else in the file is touched") {
  on_pty(size(100, 32), [](PtySession& session) -> Task<void> {
    const Folder folder;
    const std::string path = folder.write("a.jsonl", numbered(1) + "\nno packet\n" + udp_line + "\n");
    co_await start(&session, path);
    co_await session.contains("One line is no packet; it is kept as it is. line 2: ");
    co_await session.type("n" + times(10, down));
    co_await session.contains(">    dst                192.0.2.2");
    co_await session.type("e");
    co_await session.contains("dst: 192.0.2.2");
    co_await session.enter("\x15" "192.0.2.300", "Ip: dst: '192.0.2.300' is not an IPv4 address");
    co_await session.enter("\x15" "192.0.2.77", ">    dst                192.0.2.77");
    co_await session.contains("wrong, should be 46718");
    co_await session.enter(right + down + "e\x15" "0x35", ">    dport              53                Dns");
    co_await session.type("f");
    co_await session.contains("Lengths, checksums and automatic fields are computed");
    co_await session.contains("a.jsonl [+]  packet 2/2");
    co_await session.enter("s", "2 packets saved to " + path);
    std::string expected = with(udp_line, R"("dst":"192.0.2.2")", R"("dst":"192.0.2.77")");
    expected = with(with(expected, R"("dport":5001)", R"("dport":53)"), R"("chksum":46793)", R"("chksum":46718)");
    CHECK(content(path).starts_with(numbered(1) + "\nno packet\n" + expected.substr(0, expected.find(R"("chksum":36960)"))));
    co_await session.leave("q");
    // What was computed is what an encoder finds.
    co_await session.enter("json2pcap " + path + " " + folder.path() + "/as.pcap; json2pcap --fix " + path + " " + folder.path() + "/fixed.pcap; echo DONE", "\nDONE");
    CHECK(content(folder.path() + "/as.pcap").size() > 24);
    CHECK(content(folder.path() + "/as.pcap").substr(24 + 16 + 31) == content(folder.path() + "/fixed.pcap").substr(24 + 16 + 31));
  });
}

TEST_CASE("oside: flags are check boxes, options a list, payload bytes in hex, the time the layer above all") {
  on_pty(size(100, 32), [](PtySession& session) -> Task<void> {
    const Folder folder;
    const std::string path = folder.write("t.pcap", tcp_pcap());
    co_await start(&session, path);
    // The checksums are zero: wrong.
    co_await session.contains("wrong, should be");
    co_await session.type(right + times(6, down));
    co_await session.contains(">    flags              2                 SYN");
    co_await session.type("e");
    co_await session.contains("[x] SYN");
    co_await session.type(times(3, down) + " " + times(3, down));  // ACK on
    co_await session.contains("[x] ACK");
    co_await session.type(" \r");                                    // SYN off
    co_await session.contains(">    flags              16                ACK");
    co_await session.type(times(4, down) + "e");
    co_await session.contains("Tcp.options: list of TCP options");
    co_await session.contains(R"({"MSS":1460})");
    co_await session.enter("e\x15{\"MSS\":99999}", "Tcp: options: 99999 is out of range 0-65535");
    co_await session.enter("\x15{\"MSS\":9}\r" + down + "a{\"WindowScale\":7}", R"( {"WindowScale":7})");
    co_await session.enter(down + "rrr", R"(options            [{"MSS":9},"NOP",{"WindowScale":7}])");
    co_await session.type("e?");
    co_await session.contains("no option is called '?'; known:\nMSS\nWindowScale\nSackPermitted\nSack\nTimestamps\n");
    co_await session.type("q");
    co_await session.contains("? names  Enter take");
    co_await session.type("\x1b");
    co_await session.contains(R"(options            [{"MSS":9},"NOP",{"WindowScale":7}])");
    co_await session.type("u");
    co_await session.contains("Undone: change");
    co_await session.type("\x12");
    co_await session.contains("Done again: change");
    // A raw layer, with bytes typed in hex and as text.
    co_await session.type("a8e");
    co_await session.contains("raw.data");
    co_await session.enter("dead\tab", "de ad 61 62");
    co_await session.enter("f" + times(20, left) + "e\x15" "1000000.5", "this file holds microseconds only");
    co_await session.enter("\x15" "1000000", ">time 1000000  1970-01-01 00:00:01");
    co_await session.enter("s", "1 packet saved to");
    const Words w;
    const std::string saved = content(path);
    CHECK(saved.starts_with(pcap_header(w, false, 101) + w.u32(1) + w.u32(0) + w.u32(52) + w.u32(52) + std::string("\x45\0\0\x34", 4)));
    CHECK(saved.ends_with(std::string("\2\4\0\x09\1\3\3\7\xde\xad" "ab", 12)));
    CHECK(saved.size() == 24 + 16 + 52);
    co_await session.type("q");
  });
}

TEST_CASE("oside: layers and packets are added and removed, found, listed and undone") {
  on_pty(size(100, 32), [](PtySession& session) -> Task<void> {
    const Folder folder;
    std::string text;
    for (unsigned i = 1; i <= 30; ++i) text += (i == 20 ? with(numbered(i), R"("dport":5001)", R"("dport":53)") : numbered(i)) + "\n";
    const std::string path = folder.write("many.jsonl", text);
    co_await start(&session, path);
    co_await session.contains("packet 1/30");
    co_await session.enter("/udp port 53", "Matches the expression udp port 53");
    co_await session.contains("packet 20/30");
    co_await session.enter("g1", "packet 1/30");
    co_await session.enter("/", "packet 20/30");
    co_await session.enter("/\x15\"\"dport\":54\"", "Nothing matches the text \"\"dport\":54\"");
    co_await session.enter("g7", "packet 7/30");
    co_await session.enter("g31", "'31' is not in 1 to 30");
    co_await session.enter("l\"\"dport\":53\"", "1 listed: ");
    co_await session.contains("packet 20/30");
    co_await session.type("c");
    co_await session.contains("2 listed: ");
    co_await session.contains("packet 21/31");
    co_await session.type("u");
    co_await session.contains("1 listed: ");
    co_await session.type("l\x15\r\x1b[Hd");
    co_await session.contains("Deleted; u brings it back");
    co_await session.contains("packet 1/29");
    co_await session.type("u");
    co_await session.contains("packet 1/30");
    co_await session.type(right + "r");
    co_await session.contains("Udp removed");
    co_await session.type(left + "a4");
    co_await session.contains("Tcp added; Ip.proto leads to it");
    co_await session.enter("a9Snmp", "Snmp added");
    co_await session.type("?");
    co_await session.contains("an expression of pcap-filter");
    co_await session.type("qq");
    co_await session.contains("Unsaved changes: s save and quit, Q quit without saving, Esc back");
    co_await session.leave("Q");
    CHECK(content(path) == text);
  });
}

TEST_CASE("oside: only a capital Q throws changes away") {
  on_pty(size(100, 32), [](PtySession& session) -> Task<void> {
    const Folder folder;
    const std::string path = folder.write("a.jsonl", numbered(1) + "\n" + numbered(2) + "\n");
    co_await start(&session, path);
    co_await session.type("d");
    co_await session.contains("packet 1/1");
    co_await session.type("q");
    co_await session.contains("Unsaved changes");
    co_await session.type("q");
    co_await session.contains("? help");  // back in the editor, with the change
    co_await session.type("u");
    co_await session.contains("Undone: deletion");
    co_await session.type("dq");
    co_await session.contains("Unsaved changes");
    co_await session.leave("Q");
    CHECK(content(path) == numbered(1) + "\n" + numbered(2) + "\n");
  });
}

TEST_CASE("oside: where only some packets are listed, deletions stay among them") {
  on_pty(size(100, 32), [](PtySession& session) -> Task<void> {
    const Folder folder;
    const auto other = [](unsigned n) { return with(numbered(n), R"("dport":5001)", R"("dport":53)"); };
    const std::string path = folder.write("a.jsonl", numbered(1) + "\n" + other(2) + "\n" + numbered(3) + "\n" + other(4) + "\n" + numbered(5) + "\n");
    co_await start(&session, path);
    co_await session.enter("ludp port 53", "2 listed: ");
    co_await session.contains("packet 2/5");
    co_await session.type("d");
    co_await session.contains("packet 3/4");  // the fourth, by its old number
    co_await session.contains("1 listed: ");
    // Undone and done again, it is the same.
    co_await session.type("u");
    co_await session.contains("packet 2/5");
    co_await session.type("\x12");
    co_await session.contains("packet 3/4");
    co_await session.type("d");
    co_await session.contains("Deleted, the last one of the list: all are listed");
    co_await session.contains("packet 3/3");
    co_await session.enter("s", "3 packets saved to");
    CHECK(content(path) == numbered(1) + "\n" + numbered(3) + "\n" + numbered(5) + "\n");
    co_await session.leave("q");
  });
}

TEST_CASE("oside: a truncated capture says so, and another format by another name has what could be read") {
  on_pty(size(100, 32), [](PtySession& session) -> Task<void> {
    const Folder folder;
    const std::string path = folder.write("t.pcap", tcp_pcap() + "cut");
    co_await start(&session, path);
    co_await session.contains("record 2 at offset 88: the file ends after 3 of 16 bytes; what is behind it is kept");
    co_await session.enter("s\x15" + folder.path() + "/t.jsonl", "what is behind the last packet is left out");
    CHECK(content(folder.path() + "/t.jsonl").starts_with(R"({"timestamp_us":1000002,"direction":"rx","layers":[{"layertype":"Ip")"));
    co_await session.enter("s\x15" + folder.path() + "/t.pcap.gz", "packed files are not written: give a name without .gz");
    co_await session.enter("s\x15" + folder.path(), folder.path() + " exists. Write it all the same? (y/n)");
    co_await session.type("y");
    co_await session.contains("Is a directory");
    // Somebody else has written the file meanwhile.
    (void)folder.write("t.jsonl", "more");
    co_await session.enter("s", "has been changed. Write it all the same? (y/n)");
    co_await session.leave("nq");
    co_await session.enter("oside " + folder.path() + "/nothing.pcap\roside " + folder.write("empty.jsonl", "\n") + "\roside " + folder.write("bad.jsonl", "x\n"), "nothing.pcap: No such file or directory");
    co_await session.contains("empty.jsonl: it has no packets");
    co_await session.contains("bad.jsonl: line 1: ");
  });
}

TEST_CASE("oside: resize storms down to one cell, a paste of a megabyte, random keys") {
  on_pty(size(100, 32), [](PtySession& session) -> Task<void> {
    const Folder folder;
    const std::string path = folder.write("a.jsonl", udp_line + "\n" + udp_line + "\n");
    co_await start(&session, path);
    co_await session.type("e");
    for (const auto& [columns, rows] : {std::pair{1, 1}, {2, 2}, {200, 60}, {80, 5}, {3, 40}, {80, 24}, {1, 1}, {100, 32}}) {
      session.resize(columns, rows);
      co_await session.read_for(20ms);
      co_await session.type(down + right + "n" + up + left + "p");
    }
    co_await session.type("\x1b");
    co_await session.contains("packet ");
    const std::string paste = "\x1b[200~" + std::string(1 << 20, 'x') + "\x1b[201~";
    co_await session.enter("\x1b[H" + left + "e" + paste, "the time is a whole number of microseconds since 1970");
    co_await session.type("\x1b");
    co_await session.read_for(100ms);
    // No key breaks it; what is asked is answered with Esc.
    unsigned random = 7;
    for (int i = 0; i < 400; ++i) {
      random = random * 1103515245 + 12345;
      static const std::string letters = "npeargfdctul/? 0123456789\r";
      const char letter = letters[(random >> 16) % letters.size()];
      co_await session.type(std::string(1, letter) + ((random >> 8) % 3 == 0 ? "\r" : "") + ((random >> 4) % 4 == 0 ? down : "") + ((random >> 6) % 5 == 0 ? right : ""));
      if (i % 20 == 0) co_await session.read_for(30ms);
    }
    for (int i = 0; i < 5; ++i) {
      co_await session.type("\x1b");
      co_await session.read_for(60ms);
    }
    co_await session.contains("oside " + path);
    CHECK(content(path) == udp_line + "\n" + udp_line + "\n");
  });
}

TEST_CASE("oside: a hang-up in the middle of a save leaves a whole file") {
  on_pty(size(100, 32), [](PtySession& session) -> Task<void> {
    const Folder folder;
    std::string text;
    for (unsigned i = 0; i < 20'000; ++i) text += numbered(i) + "\n";
    const std::string path = folder.write("a.jsonl", text);
    co_await start(&session, path);
    co_await session.contains("packet 1/20000");
    co_await session.enter(times(10, down) + "e\x15" "192.0.2.9\rs", "Saving…");
    co_await session.hangs_up();
    const std::string first = with(numbered(0), R"("dst":"192.0.2.2")", R"("dst":"192.0.2.9")");
    const std::string now = content(path);
    CHECK((now == text || now == first + text.substr(numbered(0).size())));
    std::size_t files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder.path())) files += entry.is_regular_file() ? 1 : 0;
    CHECK(files == 1);
  });
}

TEST_CASE("oside: what was saved by another name is what is edited then") {
  on_pty(size(120, 32), [](PtySession& session) -> Task<void> {
    const Folder folder;
    const std::string path = folder.write("t.pcap", tcp_pcap()), other = folder.path() + "/other.jsonl";
    co_await start(&session, path);
    co_await session.contains("t.pcap  packet 1/1");
    co_await session.type("c");
    co_await session.contains("t.pcap [+]  packet 2/2");
    co_await session.enter("s\x15" + other, "2 packets saved to " + other);
    co_await session.contains("oside " + other + "  packet 2/2");
    CHECK(content(path) == tcp_pcap());
    // The old file may go; of the new one changes are told.
    (void)folder.write("t.pcap.new", "another");
    std::filesystem::rename(folder.path() + "/t.pcap.new", path);
    co_await session.type("c");
    co_await session.contains("other.jsonl [+]  packet 3/3");
    co_await session.enter("s", "3 packets saved to " + other);
    CHECK(content(other).starts_with(R"({"timestamp_us":1000002,"direction":"rx","layers":[{"layertype":"Ip")"));
    (void)folder.write("other.jsonl", "theirs\n");
    co_await session.enter("s", "other.jsonl has been changed. Write it all the same? (y/n)");
    co_await session.type("y");
    co_await session.contains("3 packets saved to " + other);
    CHECK(content(path) == "another");
    // What is not saved then belongs to the new file, and is in its format.
    co_await session.type("c");
    co_await session.contains("other.jsonl [+]  packet 4/4");
    co_await session.hangs_up();
    const std::string kept = content(folder.path() + "/.other.jsonl.edit-recovery");
    CHECK(kept.starts_with(content(other)));
    CHECK(kept.size() > content(other).size());
  });
}

TEST_CASE("oside: who writes into the file that packets are still read from is told of") {
  on_pty(size(120, 32), [](PtySession& session) -> Task<void> {
    const Folder folder;
    const std::string path = folder.write("t.pcap", tcp_pcap()), other = folder.path() + "/other.pcap";
    co_await start(&session, path);
    co_await session.enter("s\x15" + other, "1 packet saved to " + other);
    (void)folder.write("t.pcap", tcp_pcap() + tcp_pcap());
    co_await session.enter("s", "t.pcap has been changed, and packets are still read from it. Write it all the same? (y/n)");
    co_await session.leave("nq");
    CHECK(content(other) == tcp_pcap());
  });
}

TEST_CASE("oside: what was not saved at a hang-up or a stop is offered by the next one") {
  on_loop([]() -> Task<void> {
    const Folder folder;
    const std::string path = folder.write("a.jsonl", numbered(1) + "\nno packet\n" + numbered(2)), left = folder.path() + "/.a.jsonl.edit-recovery";
    const std::string changed = "no packet\n" + numbered(2) + "\n" + numbered(2);
    for (const bool hang_up : {true, false}) {
      PtySession t(size(200, 32));
      co_await t.shows(">");
      co_await start(&t, path);
      co_await t.type("dc");
      co_await t.contains("a.jsonl [+]  packet 2/2");
      if (hang_up) co_await t.hangs_up();
      co_await t.close();
      CHECK(content(path) == numbered(1) + "\nno packet\n" + numbered(2));
      CHECK(content(left) == changed);
      if (hang_up) std::filesystem::remove(left);
    }
    {
      PtySession t(size(200, 32));
      co_await t.shows(">");
      co_await t.enter("oside " + path, left + " of ");
      co_await t.contains("holds what was not saved: r recovers it, d deletes it, Esc leaves both as they are");
      co_await t.leave("\x1b");
      CHECK(content(left) == changed);
      // Recovered, and hung up again: nothing is lost, and there is one of them.
      co_await recover(&t, path);
      co_await t.contains("recovered; the file itself is as it was until you save");
      co_await t.hangs_up();
      co_await t.close();
      CHECK(content(left) == changed);
    }
    PtySession t(size(200, 32));
    co_await t.shows(">");
    co_await recover(&t, path);
    co_await t.enter("s", "2 packets saved to " + path);
    CHECK(content(path) == changed);
    CHECK_FALSE(std::filesystem::exists(left));
    co_await t.leave("q");
    // Nothing was changed, or it was thrown away: nothing is left.
    co_await start(&t, path);
    co_await t.type("d");
    co_await t.contains("[+]  packet 1/1");
    co_await t.type("q");
    co_await t.contains("Unsaved changes");
    co_await t.leave("Q");
    co_await start(&t, path);
    co_await t.contains("a.jsonl  packet 1/2");
    co_await t.hangs_up();
    co_await t.close();
    CHECK_FALSE(std::filesystem::exists(left));
  });
}

TEST_CASE("oside: of a packed file the packets are recovered, too") {
  on_loop([]() -> Task<void> {
    const Folder folder;
    const std::string plain = folder.write("t.pcap", tcp_pcap()), path = plain + ".gz";
    REQUIRE(std::system(("gzip -k " + plain).c_str()) == 0);
    std::filesystem::remove(plain);
    constexpr auto mode = std::filesystem::perms(0640);
    std::filesystem::permissions(path, mode);
    {
      PtySession t(size(200, 32));
      co_await t.shows(">");
      co_await start(&t, path);
      co_await t.type("c");
      co_await t.contains("[+]  packet 2/2");
      co_await t.hangs_up();
      co_await t.close();
    }
    PtySession t(size(200, 32));
    co_await t.shows(">");
    co_await recover(&t, path);
    co_await t.enter("s", "2 packets saved to " + plain);
    co_await t.contains("oside " + plain + "  packet 1/2");
    co_await t.leave("q");
    CHECK(content(plain) == tcp_pcap() + tcp_pcap().substr(24));
    CHECK(std::filesystem::status(plain).permissions() == mode);
    CHECK_FALSE(std::filesystem::exists(folder.path() + "/.t.pcap.gz.edit-recovery"));
    co_await t.close();
  });
}

TEST_CASE("oside: a key in a full screen of 200x60 sends less than 200 bytes") {
  on_pty(size(200, 60), [](PtySession& session) -> Task<void> {
    const Folder folder;
    std::string text;
    for (unsigned i = 1; i <= 100; ++i) text += numbered(i) + "\n";
    co_await start(&session, folder.write("many.jsonl", text));
    co_await session.contains("packet 1/100");
    for (const std::string& key : {down, down, down, up, std::string("n"), std::string("n"), std::string("p"), std::string("e"), std::string("1"), std::string("\x1b")}) {
      auto sent = co_await session.bytes_for(key);
      INFO("key " << key << " on\n" << session.screen.screen());
      CHECK(sent < 200);
    }
    co_await session.leave("q");
  });
}
