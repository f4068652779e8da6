// tap: TAP and TUN interfaces that this program holds: inject writes to their descriptors, fakehost answers on them.
// Frames that nobody reads are drained and counted, so that senders never stall. The interface lives as long as the program,
// or until `tap del`; with `persist` longer.
#include "net/tap.h"

#include "net/link.h"
#include "shell/command.h"
#include "shell/shell.h"

namespace {
using namespace shell;

Result<net::TapSettings> settings_from(std::span<const std::string> words) {
  net::TapSettings settings;
  settings.name = words[0];
  for (std::size_t i = 1; i < words.size(); ++i) {
    const std::string& word = words[i];
    const bool more = i + 1 < words.size();
    if (word == "tun") {
      settings.tun = true;
    } else if (word == "persist") {
      settings.persist = true;
    } else if (word == "queues" && more) {
      TRY(count, parse_number(words[++i], "queues", 1, 256));
      settings.queues = static_cast<unsigned>(count);
    } else if (word == "mac" && more) {
      settings.mac = proto::parse_mac(words[++i]);
      if (!settings.mac) return reactor::failed({}, {}, "'" + words[i] + "' is not a MAC address");
    } else {
      return reactor::failed({}, {}, "unknown or incomplete word '" + word + "'");
    }
  }
  if (settings.tun && settings.mac) return reactor::failed({}, {}, "a TUN interface has no MAC address");
  return settings;
}

const char* kind(bool tun) { return tun ? "TUN" : "TAP"; }

Task<int> add(Context& cx) {
  auto settings = settings_from(cx.args.from(1));
  if (!settings) co_return cx.bad_usage(settings.error());
  cx.out.print("Creating {} interface '{}'...\n", kind(settings->tun), settings->name);
  auto made = co_await cx.shell.service<net::Taps>().add(cx.shell.background(), std::move(*settings));
  if (!made) co_return cx.fail(made.error());
  cx.out.print("Successfully created {} interface '{}'\n", kind((*made)->settings().tun), (*made)->name());
  co_return 0;
}

Task<int> del(Context& cx) {
  auto done = co_await cx.shell.service<net::Taps>().remove(cx.args[1]);
  if (!done) co_return cx.fail(done.error());
  cx.out.print("Deleted interface '{}'\n", cx.args[1]);
  co_return 0;
}

int show(Context& cx) {
  const auto& taps = cx.shell.service<net::Taps>().all();
  if (taps.empty()) {
    cx.out.write("No TAP interfaces\n");
    return 0;
  }
  cx.out.print("{:<15} {:<4} {:>6} {:<10} {:>12} {:>12} {:>12}\n", "Interface", "Kind", "Queues", "Reader", "Read", "Unread", "Written");
  for (const auto& [name, tap] : taps)
    cx.out.print("{:<15} {:<4} {:>6} {:<10} {:>12} {:>12} {:>12}\n", name, kind(tap->settings().tun), tap->queue_count(),
                 tap->reader().empty() ? "-" : tap->reader(), tap->counters.read, tap->counters.unread, tap->counters.written);
  return 0;
}

Task<int> run(Context& cx) {
  const std::string verb = cx.args.count() > 0 ? cx.args[0] : "show";
  const std::size_t words = cx.args.count();
  if (verb == "show" && words < 2) co_return show(cx);
  if ((verb == "add" && words > 1) || (verb == "del" && words == 2)) {
    const auto change = verb == "add" ? add : del;
    co_return co_await change(cx);
  }
  if (verb == "add" || verb == "del") co_return cx.bad_usage(verb + " needs a NAME");
  co_return cx.bad_usage("unknown sub-command '" + verb + "'");
}

constexpr ArgSpec new_name[] = {{.name = "NAME"}, {.name = "WORDS", .kind = Arg::choice, .optional = true, .repeated = true, .choices = "tun|queues|mac|persist"}};
constexpr ArgSpec old_name[] = {{.name = "NAME", .kind = Arg::iface}};
constexpr SubSpec subs[] = {{.words = "add", .args = new_name, .help = "make an interface"},
                            {.words = "del", .args = old_name, .help = "delete one"},
                            {.words = "show", .help = "list them with their frame counters"}};
constexpr CommandSpec spec = {
    .name = "tap",
    .group = Group::interfaces,
    .usage = "add NAME [tun] [queues N] [mac M] [persist]\ndel NAME\nshow",
    .help = "make, delete and list TAP and TUN interfaces",
    .subs = subs,
    .details = "The program holds the descriptors: inject writes to them and the kernel receives, fakehost reads and answers.\n"
               "/dev/net/tun and the module tun are made and loaded when they are missing. Frames that the kernel sends and\n"
               "nobody reads are drained: column Unread. An interface made with persist stays when the program ends.",
    .example = "tap add tap0 mac 02:00:00:00:00:01",
    .raw = true,
    .run = run};
const Command self(spec);

}  // namespace
