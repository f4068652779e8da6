#include "boot/init.h"

#include <fcntl.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>

#include "boot/console_device.h"
#include "boot/crash.h"
#include "boot/mounts.h"
#include "boot/qemu_ports.h"
#include "boot/settings.h"
#include "boot/shutdown.h"
#include "boot/stages.h"
#include "boot/status_port.h"
#include "reactor/child.h"
#include "reactor/io.h"
#include "reactor/loop.h"
#include "reactor/signals.h"
#include "reactor/timeout.h"
#include "shell/console.h"
#include "shell/shell.h"
#include "shell/timeline.h"

namespace boot {

namespace {

using reactor::Task;
using Power = shell::Shell::Power;

constexpr reactor::Nanoseconds kJobsPatience{10'000'000'000};
constexpr reactor::Nanoseconds kFirstCommands{100'000'000};  // stage 2 has begun, and has the processor to itself
constexpr reactor::Nanoseconds kPortPatience{1'000'000'000};  // a run may be over before the port is there
constexpr const char* kEnvironment = "/.myinit/env";

class Init {
 public:
  explicit Init(reactor::Nanoseconds start, std::vector<std::string> complaints)
      : start_(start), complaints_(std::move(complaints)) {}

  Task<int> run();

 private:
  struct Ending {
    Power power;
    int status;
    std::string why;
  };

  Task<void> prepare();
  [[nodiscard]] bool port_can_wait() const;
  Task<void> load_port_driver();
  Task<void> open_port();
  Task<void> after_first_commands();
  Task<int> life(reactor::JobScope* scope);
  Task<void> watch_signals();
  Task<int> request_power(Power power, std::optional<int> status);
  void end(Power power, int status, std::string why);
  Task<void> shut_down();

  reactor::Nanoseconds start_;
  std::vector<std::string> complaints_;
  Settings settings_;
  ConsoleDevice console_;
  StatusPort port_;
  std::shared_ptr<reactor::Sink> sink_ = console_sink(console_);
  shell::Shell shell_{sink_, sink_};
  reactor::In in_{console_source(console_)};
  reactor::Out out_{shell_.background_sink(1)}, err_{shell_.background_sink(2)};
  shell::Streams streams_{in_, out_, err_};
  Stages stages_{shell_, console_, port_, settings_, streams_};
  reactor::Event ending_;
  std::optional<Ending> how_;
};

Task<void> Init::prepare() {
  const auto command_line = reactor::read_small_file("/proc/cmdline");
  if (command_line)
    settings_ = parse_settings(*command_line);
  else
    complaints_.push_back("boot: " + command_line.error().text());
  if (settings_.debug_console) {
    port_.use_debug_console(*settings_.debug_console);
    install_crash_handlers(-1, *settings_.debug_console);
  }
  for (auto& [name, value] : settings_.variables) shell_.set_variable(name, value);
  auto environment = co_await reactor::read_file(kEnvironment);
  if (environment) {
    std::string_view rest = *environment;
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find('\0'), rest.size());
      const std::string_view pair = rest.substr(0, end);
      const std::size_t equals = std::min(pair.find('='), pair.size());
      shell_.set_variable(std::string(pair.substr(0, equals)), std::string(pair.substr(std::min(equals + 1, pair.size()))));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }
  for (const auto* list : {&complaints_, &settings_.complaints})
    for (const std::string& line : *list) err_.print("{}\n", line);
  (void)co_await err_.flush();
}

// It takes 25 ms of an emulated machine, which are not to be spent before the first script: with a debug console the port can wait,
// unless its driver is our console's, too.
bool Init::port_can_wait() const { return port_.has_debug_console() && !settings_.virtio_console; }

Task<void> Init::load_port_driver() {
  shell::Script script;
  (void)co_await shell_.run_command(std::vector<std::string>({"modprobe", "-q", "virtio_console"}), script, streams_);
}

// io_uring's set-up and first use cost 15 ms there: a short script is over before.
Task<void> Init::after_first_commands() {
  (void)co_await stages_.begun().wait();
  auto slept = co_await reactor::sleep_for(kFirstCommands);
  if (!slept || how_) co_return;
  reactor::Loop::current().take_uring();
  if (!port_can_wait()) co_return;
  co_await load_port_driver();
  co_await open_port();
}

Task<void> Init::open_port() {
  auto there = co_await port_.appear();
  if (there) install_crash_handlers(port_.fd(), settings_.debug_console.value_or(0));
}

Task<int> Init::life(reactor::JobScope* scope) {
  co_await prepare();
  if (settings_.heartbeat) scope->spawn("heartbeat", port_.heartbeat());  // until the machine's end
  if (!port_can_wait()) co_await load_port_driver();  // first of all: its devices are ready some time after they have appeared
  co_await stages_.built_in();
  if (console_.open()) port_.say("console");
  if (!port_can_wait()) scope->spawn("status port", open_port());
  scope->spawn("boot", after_first_commands());
  shell::Script script;
  for (const auto& [tag, target] : settings_.shares)
    (void)co_await shell_.run_command(
        std::vector<std::string>({"mount", "-t", "9p", "-o", "trans=virtio,version=9p2000.L,msize=512000", tag, target}), script, streams_);
  auto leave = co_await stages_.run();
  if (leave) {
    end(Power::off, stages_.status(), "script");
    co_return 0;
  }
  out_.print("\nEntering interactive mode.\n");
  (void)co_await shell_.run_command(std::vector<std::string>(1, "help"), script, streams_);
  out_.print("\n");
  (void)co_await out_.flush();
  // A console that is not there, or has gone, may come (back); nothing else is left to do.
  while (!reactor::must_stop()) {
    if (console_.open()) {
      port_.say("console");  // it may have come late
      const auto again = [this]() { return console_.reopen(); };
      shell::Console::Setup setup;
      setup.fd = console_.fd();
      setup.stays = true;
      setup.reopen = again;
      shell::Console console(shell_, std::move(setup));
      (void)co_await console.run();
    }
    (void)co_await console_.reopen();
  }
  co_return 0;
}

Task<void> Init::watch_signals() {
  // Ctrl-Alt-Del arrives as SIGINT (RB_DISABLE_CAD), a power failure or a host's power button as SIGPWR.
  reactor::Signals signals{SIGCHLD, SIGINT, SIGTERM, SIGPWR, SIGHUP};
  for (;;) {
    auto signal = co_await signals.next();
    if (!signal) co_return;
    switch (*signal) {
      case SIGCHLD: reactor::reap_children(); break;
      case SIGINT: end(Power::reboot, stages_.status(), "Ctrl-Alt-Del"); break;
      case SIGTERM: end(Power::off, stages_.status(), "SIGTERM"); break;
      case SIGPWR: end(Power::off, stages_.status(), "SIGPWR"); break;
      default: break;  // SIGHUP: the console hung up; that is no reason to end
    }
  }
}

void Init::end(Power power, int status, std::string why) {
  if (how_) return;
  how_ = Ending{power, status & 255, std::move(why)};
  ending_.set();
}

Task<int> Init::request_power(Power power, std::optional<int> status) {
  end(power, status.value_or(stages_.status()), power == Power::off ? "poweroff" : "reboot");
  // Whatever stands behind the command in its script must not run any more: it ends with everything else.
  for (;;) {
    auto slept = co_await reactor::sleep_for(std::chrono::hours(1));
    if (!slept) co_return 130;
  }
}

Task<void> Init::shut_down() {
  (void)co_await out_.finish();
  (void)co_await err_.finish();
  auto complaints = co_await release_file_systems();
  for (const std::string& line : complaints) err_.print("{}\n", line);
  (void)co_await err_.finish();
}

Task<int> Init::run() {
  shell_.service<shell::Timeline>().start = start_;
  shell_.power = [this](Power power, std::optional<int> status) { return request_power(power, status); };
  reactor::JobScope scope;
  const auto watch = scope.spawn("signals", watch_signals());
  const auto work = scope.spawn("boot", life(&scope));
  (void)co_await ending_.wait();
  // Jobs flush their files when they are stopped; one that does not end must not keep the machine.
  work->request_stop();
  const auto closing = scope.spawn("stop", shell_.close());
  auto stopped = co_await reactor::with_timeout(kJobsPatience, "stop", closing->finished());
  if (!stopped) err_.print("poweroff: background jobs did not end in time\n");
  // What is in the foreground has files, too: an editor keeps what was not saved.
  stopped = co_await reactor::with_timeout(kJobsPatience, "stop", work->finished());
  if (!stopped) err_.print("poweroff: what was in the foreground did not end in time\n");
  co_await shut_down();
  const bool heard = port_.open() || port_.has_debug_console();
  // With QEMU's exit device there is a host that waits for it.
  if (!heard && settings_.debug_exit) (void)co_await reactor::with_timeout(kPortPatience, "port", port_.appear());
  port_.say_last("status " + std::to_string(how_->status) + " " + how_->why);
  if (settings_.debug_exit) debug_exit(*settings_.debug_exit, how_->status);
  end_machine(how_->power == Power::reboot);
}

}  // namespace

void run_init() {
  const auto start = reactor::monotonic_now();
  std::signal(SIGPIPE, SIG_IGN);
  ::reboot(RB_DISABLE_CAD);
  auto complaints = mount_base();
  ConsoleDevice::fill_standard_descriptors();
  install_crash_handlers(-1, 0);
  ::setsid();
  ::mkdir("/sbin", 0755);
  if (::access("/sbin/modprobe", X_OK) != 0) ::symlink("/init", "/sbin/modprobe");
  ::setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/", 0);
  ::setenv("HOME", "/", 0);
  {
    reactor::Loop loop(reactor::BackendChoice::uring_later);
    (void)loop.run([](reactor::Nanoseconds begun, std::vector<std::string> lines) -> Task<int> {
      Init init(begun, std::move(lines));
      auto status = co_await init.run();
      co_return status;
    }(start, std::move(complaints)), "init");
  }
  end_machine(false);  // reached only if the job above ended by an exception
}

}  // namespace boot
