#include "harness.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>

#include <atomic>

#include "reactor/poll_stream.h"
#include "reactor/socket.h"

using namespace testing;

namespace {

struct TemporaryFile {
  char path[32] = "/tmp/myinit-test-XXXXXX";
  Fd fd{::mkstemp(path)};
  ~TemporaryFile() { ::unlink(path); }
};

Task<int> files(std::string path) {
  const std::string text(200'000, 'z');
  auto written = co_await write_file(path, text);
  if (!written) co_return 1;
  auto back = co_await read_file(path);
  if (!back || *back != text) co_return 2;
  auto limited = co_await read_file(path, 1000);
  if (limited || limited.error().code != EFBIG) co_return 3;
  auto missing = co_await read_file("/nonexistent/file");
  if (missing || missing.error().text() != "open /nonexistent/file: No such file or directory") co_return 4;
  auto proc = co_await read_file("/proc/self/stat");
  if (!proc || proc->empty()) co_return 5;
  auto full = co_await write_file("/dev/full", "x");
  if (full || full.error().code != ENOSPC || full.error().on != "/dev/full") co_return 6;
  co_return 0;
}

Task<int> drain(int fd, std::string* into) {
  char buffer[4096];
  for (;;) {
    auto n = co_await read(fd, buffer);
    if (!n || *n == 0) co_return 0;
    into->append(buffer, *n);
  }
}

Task<int> big_write_through_a_pipe(bool inherited_mode) {
  // `inherited_mode`: the descriptor's mode is not the one that the back end wants, as with a stdout that others share.
  int ends[2];
  const int flag = Loop::current().nonblocking_flag() ^ (inherited_mode ? O_NONBLOCK : 0);
  if (::pipe2(ends, O_CLOEXEC | flag) != 0) co_return 1;
  Fd in(ends[0]), out(ends[1]);
  std::string got;
  JobScope scope;
  scope.spawn("drain", drain(in.get(), &got));
  const std::string text(1 << 20, 'q');
  auto done = co_await write_all(out.get(), text);
  out.reset();
  co_await scope.join();
  co_return done && got == text ? 0 : 2;
}

// A terminal refuses a write with EINTR while a signal is on its way, also where the write has been handed to a ring.
Task<int> terminal_under_signals() {
  Fd master(::posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
  char name[64];
  if (!master || ::grantpt(master.get()) != 0 || ::unlockpt(master.get()) != 0 || ::ptsname_r(master.get(), name, sizeof name) != 0) co_return 1;
  Fd terminal(::open(name, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
  struct sigaction noted {};
  static std::atomic<int> signals;
  signals = 0;
  noted.sa_handler = [](int) { ++signals; };
  struct sigaction before {};
  ::sigaction(SIGUSR1, &noted, &before);
  sigset_t taken, blocked;
  ::sigemptyset(&taken);
  ::sigaddset(&taken, SIGUSR1);
  ::sigprocmask(SIG_UNBLOCK, &taken, &blocked);
  const pid_t parent = ::getpid(), child = ::fork();
  if (child == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    while (::kill(parent, SIGUSR1) == 0) {
    }
    ::_exit(0);
  }
  const auto end = monotonic_now() + 300ms;
  int result = child < 0 ? 4 : 0, written = 0;
  for (; result == 0 && monotonic_now() < end; ++written) {
    auto done = co_await write_all(terminal.get(), "text\n");
    if (!done) result = 2;
    char buffer[64];
    while (::read(master.get(), buffer, sizeof buffer) > 0) {
    }
  }
  if (child > 0) {
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
  }
  ::sigprocmask(SIG_SETMASK, &blocked, nullptr);
  ::sigaction(SIGUSR1, &before, nullptr);
  co_return result != 0 ? result : signals == 0 || written == 0 ? 3 : 0;
}

Task<int> poll_stream() {
  Fd counter(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  PollStream stream(counter.get(), POLLIN);
  for (std::uint64_t i = 1; i <= 100; ++i) {
    if (::eventfd_write(counter.get(), i) != 0) co_return 1;
    auto events = co_await stream.next();
    if (!events || (*events & POLLIN) == 0) co_return 2;
    eventfd_t value = 0;
    if (::eventfd_read(counter.get(), &value) != 0 || value != i) co_return 3;
  }
  co_await stream.close();
  co_return 0;
}

Task<int> wait_on_stream(int fd, int* code) {
  PollStream stream(fd, POLLIN);
  for (;;) {
    auto events = co_await stream.next();
    if (!events) {
      *code = events.error().code;
      break;
    }
    eventfd_t value = 0;
    (void)::eventfd_read(fd, &value);
  }
  const Shield shield;
  co_await stream.close();
  co_return 0;
}

Task<int> stopped_poll_stream() {
  Fd counter(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  int code = 0;
  JobScope scope;
  // The first time it is ready at once, the second time it waits until it is stopped.
  (void)::eventfd_write(counter.get(), 1);
  scope.spawn("stream", wait_on_stream(counter.get(), &code));
  (void)co_await sleep_for(2ms);
  scope.request_stop();
  co_await scope.join();
  co_return code == ECANCELED ? 0 : 1;
}

Task<int> serve(int listener) {
  auto peer = co_await accept(listener);
  if (!peer) co_return 1;
  char buffer[16];
  auto n = co_await recv(peer->get(), buffer);
  if (!n) co_return 2;
  auto sent = co_await send(peer->get(), std::string_view(buffer, *n));
  co_return sent ? 0 : 3;
}

Task<int> sockets() {
  auto listener = make_socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  if (::bind(listener->get(), reinterpret_cast<sockaddr*>(&address), length) != 0) co_return 1;
  ::listen(listener->get(), 1);
  ::getsockname(listener->get(), reinterpret_cast<sockaddr*>(&address), &length);
  JobScope scope;
  const auto server = scope.spawn("server", serve(listener->get()));
  auto client = make_socket(AF_INET, SOCK_STREAM, 0);
  auto connected = co_await reactor::connect(client->get(), reinterpret_cast<const sockaddr*>(&address), length);
  if (!connected) co_return 2;
  (void)co_await send(client->get(), "echo me");
  char buffer[16];
  auto n = co_await recv(client->get(), buffer);
  co_await scope.join();
  if (!n || std::string_view(buffer, *n) != "echo me" || server->status() != 0) co_return 3;
  listener->reset();
  auto refused_socket = make_socket(AF_INET, SOCK_STREAM, 0);
  auto refused = co_await reactor::connect(refused_socket->get(), reinterpret_cast<const sockaddr*>(&address), length);
  if (refused || refused.error().code != ECONNREFUSED) co_return 4;
  co_return 0;
}

Task<int> nops(int count) {
  for (int i = 0; i < count; ++i) (void)co_await Nop();
  co_return 0;
}

// More operations at once than the submission and the completion queue have entries.
Task<int> overflow() {
  JobScope scope;
  for (int i = 0; i < 10'000; ++i) scope.spawn("nop", nops(3));
  co_await scope.join();
  co_return 0;
}

Task<int> close_off_loop() {
  auto pipe = make_pipe();
  auto closed = co_await close(std::move(pipe->write));
  if (!closed) co_return 1;
  char byte = 0;
  auto n = co_await read(pipe->read.get(), std::span(&byte, 1));
  co_return n && *n == 0 ? 0 : 2;
}

int in_child(void (*body)()) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    const int null = ::open("/dev/null", O_WRONLY);
    ::dup2(null, 2);
    ::signal(SIGABRT, SIG_DFL);  // Catch would report it as a failure of the case
    body();
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(pid, &status, 0);
  return status;
}

void destroy_in_flight() {
  Loop loop(BackendChoice::epoll);
  int ends[2];
  if (::pipe2(ends, O_NONBLOCK) != 0) return;
  const auto job = [](int fd) -> Task<int> {
    static char byte;
    auto* op = new Read(fd, std::span(&byte, 1), -1);
    op->await_suspend(std::noop_coroutine());
    delete op;
    co_return 0;
  };
  loop.run(job(ends[0]));
}

Task<int> read_one(int fd) {
  char byte = 0;
  auto n = co_await read(fd, std::span(&byte, 1));
  if (!n) co_return n.error().cancelled() ? 130 : 1;
  co_return *n == 1 ? byte : 2;
}

// A listener whose queue is full: a connection stays in progress until there is room, or nobody listens any more.
struct BusyListener {
  BusyListener() {
    ::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), length);
    ::listen(fd.get(), 0);
    ::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &length);
    for (Fd& client : clients) ::connect(client.get(), reinterpret_cast<sockaddr*>(&address), length);
  }
  static Fd make() { return Fd(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)); }

  sockaddr_in address{AF_INET, 0, {htonl(INADDR_LOOPBACK)}, {}};
  socklen_t length = sizeof address;
  Fd fd = make();
  Fd clients[3] = {make(), make(), make()};
};

Task<int> connect_to(const BusyListener* listener) {
  auto client = make_socket(AF_INET, SOCK_STREAM, 0);
  auto connected = co_await reactor::connect(client->get(), reinterpret_cast<const sockaddr*>(&listener->address), listener->length);
  co_return connected ? 0 : connected.error().code;
}

Task<int> poll_twice(int counter) {
  PollStream stream(counter, POLLIN);
  int sum = 0;
  for (int i = 0; i < 2; ++i) {
    auto events = co_await stream.next();
    eventfd_t value = 0;
    if (!events || ::eventfd_read(counter, &value) != 0) co_return 1;
    sum += static_cast<int>(value);
  }
  co_await stream.close();
  co_return sum;
}

Task<int> handover() {
  constexpr std::size_t kReaders = 600;  // more than the ring takes at once
  if (Loop::current().backend().describe() != "epoll" || !Loop::current().may_have_uring()) co_return 1;
  std::vector<PipeEnds> pipes;
  std::vector<std::shared_ptr<Job>> readers;
  BusyListener crowded, leaving;
  Fd counter(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  JobScope scope;
  for (std::size_t i = 0; i < kReaders; ++i) {
    pipes.push_back(std::move(*make_pipe()));
    readers.push_back(scope.spawn("reader", read_one(pipes.back().read.get())));
  }
  const auto patient = scope.spawn("connect", connect_to(&crowded)), refused = scope.spawn("connect", connect_to(&leaving));
  const auto polls = scope.spawn("poll", poll_twice(counter.get()));
  (void)co_await sleep_for(1ms);
  if (Loop::current().in_flight().size() != kReaders + 3) co_return 2;
  Loop::current().take_uring();
  Loop::current().take_uring();  // a second time changes nothing
  if (!Loop::current().backend().describe().starts_with("io_uring")) co_return 3;
  // Some are stopped while they wait in the ring, all others get what they wait for.
  for (std::size_t i = 0; i < kReaders; i += 3) readers[i]->request_stop();
  for (std::size_t i = 0; i < kReaders; ++i) {
    const char byte = static_cast<char>(i % 100);
    if (i % 3 != 0 && ::write(pipes[i].write.get(), &byte, 1) != 1) co_return 4;
  }
  for (Fd& client : crowded.clients) client.reset();
  for (int accepted = 0; accepted < 2; ++accepted) (void)co_await accept(crowded.fd.get());
  leaving.fd.reset();
  (void)::eventfd_write(counter.get(), 7);
  (void)co_await sleep_for(1ms);
  (void)::eventfd_write(counter.get(), 35);
  co_await scope.join();
  for (std::size_t i = 0; i < kReaders; ++i)
    if (readers[i]->status() != (i % 3 == 0 ? 130 : static_cast<int>(i % 100))) co_return 5;
  if (polls->status() != 42) co_return 6;
  if (patient->status() != 0) co_return 7;
  co_return refused->status() == ECONNREFUSED || refused->status() == ECONNRESET ? 0 : 8;
}

void refuse_io_uring(BackendChoice choice) {
  sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),  // seccomp_data.nr
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_io_uring_setup, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog filter{4, program};
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  if (::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0) ::_exit(3);
  ::unsetenv("MYINIT_BACKEND");
  Loop loop(choice);
  loop.take_uring();
  if (loop.backend().describe() != "epoll") ::_exit(4);
  ::_exit(loop.run(nops(3)));
}
void refuse_io_uring_at_once() { refuse_io_uring(BackendChoice::automatic); }
void refuse_io_uring_later() { refuse_io_uring(BackendChoice::uring_later); }

}  // namespace

TEST_CASE("files are written and read whole, and errors name them") {
  const auto choice = backend();
  const TemporaryFile file;
  CHECK(on_loop(choice, files(file.path)) == 0);
}
TEST_CASE("a megabyte goes through a pipe, whatever mode its descriptors have") {
  const auto choice = backend();
  CHECK(on_loop(choice, big_write_through_a_pipe(false)) == 0);
  if (choice == BackendChoice::uring) CHECK(on_loop(choice, big_write_through_a_pipe(true)) == 0);
}
TEST_CASE("signals while a terminal is written to are no errors") { CHECK(on_loop(backend(), terminal_under_signals()) == 0); }
TEST_CASE("a poll stream reports each readiness") { CHECK(on_loop(backend(), poll_stream()) == 0); }
TEST_CASE("a poll stream that waits is stopped") { CHECK(on_loop(backend(), stopped_poll_stream()) == 0); }
TEST_CASE("sockets accept, connect, send, receive, and are refused") { CHECK(on_loop(backend(), sockets()) == 0); }
TEST_CASE("10,000 operations at once overflow no queue") { CHECK(on_loop(backend(), overflow()) == 0); }
TEST_CASE("a descriptor is closed off the loop") { CHECK(on_loop(backend(), close_off_loop()) == 0); }

TEST_CASE("what is in flight on epoll goes on when io_uring takes over") {
  ::alarm(60);
  Loop loop(BackendChoice::uring_later);
  if (!loop.may_have_uring()) {
    WARN("skipped: MYINIT_BACKEND forbids it");
    return;
  }
  CHECK(loop.run(handover()) == 0);
  ::alarm(0);
}

TEST_CASE("where io_uring is refused when it shall take over, epoll goes on") {
  const int status = in_child(refuse_io_uring_later);
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE("destroying an operation in flight is fatal") {
  const int status = in_child(destroy_in_flight);
  CHECK(WIFSIGNALED(status));
  CHECK(WTERMSIG(status) == SIGABRT);
}

TEST_CASE("where io_uring is refused, epoll serves") {
  const int status = in_child(refuse_io_uring_at_once);
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}
