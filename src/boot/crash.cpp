#include "boot/crash.h"

#include <signal.h>
#include <sys/reboot.h>
#include <sys/uio.h>
#include <ucontext.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <optional>
#include <string_view>

#include "boot/qemu_ports.h"

namespace boot {

namespace {

int status_port = -1;
std::uint16_t debug_console = 0;
alignas(16) std::array<char, 64 * 1024> signal_stack;

constexpr int kSignals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGSYS, SIGTRAP};

// Only what is safe inside a signal handler: a buffer of our own, write, sync, reboot.
class Line {
 public:
  Line& text(const char* s) {
    while (*s != '\0' && length_ < sizeof buffer_) buffer_[length_++] = *s++;
    return *this;
  }
  Line& hex(std::uintptr_t value) {
    text("0x");
    bool seen = false;
    for (int shift = 60; shift >= 0; shift -= 4) {
      const auto digit = static_cast<unsigned>(value >> shift) & 15U;
      seen = seen || digit != 0 || shift == 0;
      if (seen && length_ < sizeof buffer_) buffer_[length_++] = "0123456789abcdef"[digit];
    }
    return *this;
  }
  [[nodiscard]] std::string_view all() const { return {buffer_, length_}; }
  void to(int fd) const {
    if (fd >= 0 && ::write(fd, buffer_, length_) < 0) return;
  }

 private:
  char buffer_[1024];
  std::size_t length_ = 0;
};

struct Frame {
  std::uintptr_t caller, return_address;
};

// The frame at this place of the stack, whose caller's lies above it. The kernel reads the memory for us: what is no stack is an error
// to it, and no second fault.
std::optional<Frame> frame_at(std::uintptr_t place) {
  Frame frame;
  const iovec here{&frame, sizeof frame}, there{reinterpret_cast<void*>(place), sizeof frame};
  if (::process_vm_readv(::getpid(), &here, 1, &there, 1, 0) != sizeof frame) return std::nullopt;
  if (frame.caller <= place || frame.caller - place > 1U << 20) return std::nullopt;
  return frame;
}

bool begins_chain(std::uintptr_t place) {
  const auto frame = frame_at(place);
  return frame && frame_at(frame->caller);
}

// Where it was, and the return addresses by the chain of frame pointers, which every build of ours keeps. Functions that call none,
// and the C library's, have no frame: who called one of those is missing then.
void backtrace(Line& line, const ucontext_t& context) {
#if defined(__x86_64__)
  const auto& registers = context.uc_mcontext.gregs;
  const auto at = static_cast<std::uintptr_t>(registers[REG_RIP]), stack = static_cast<std::uintptr_t>(registers[REG_RSP]);
  auto place = static_cast<std::uintptr_t>(registers[REG_RBP]);
#else
  const std::uintptr_t at = context.uc_mcontext.pc, stack = context.uc_mcontext.sp;
  std::uintptr_t place = context.uc_mcontext.regs[29];
#endif
  line.text(" ").hex(at);
  // Libraries may have anything in that register: then the first chain on the stack.
  for (std::size_t word = 0; word < 1024 && !begins_chain(place); ++word) place = stack + word * sizeof place;
  for (int depth = 0; depth < 24; ++depth) {
    const auto frame = frame_at(place);
    if (!frame) break;
    line.text(" ").hex(frame->return_address);
    place = frame->caller;
  }
}

void die(int signal, siginfo_t* info, void* context) {
  // A second fault in here must end in the kernel's panic and not in a loop.
  ::signal(signal, SIG_DFL);
  Line head;
  // The first newline ends what the signal may have interrupted.
  head.text("\npanic PID 1 died: ").text(sigdescr_np(signal)).text(" at address ").hex(reinterpret_cast<std::uintptr_t>(info->si_addr)).text("\n");
  if (debug_console == 0 || !debug_console_write(debug_console, head.all())) head.to(status_port);
  Line console;
  console.text("\r\nmyinit: PID 1 died: ")
      .text(sigdescr_np(signal))
      .text(" at address ")
      .hex(reinterpret_cast<std::uintptr_t>(info->si_addr))
      .text("\r\nmyinit: backtrace (llvm-symbolizer --obj=build/myinit):");
  backtrace(console, *static_cast<const ucontext_t*>(context));
  console.text("\r\nmyinit: syncing and powering off\r\n");
  console.to(2);
  ::sync();
  end_machine(false);
}

}  // namespace

}  // namespace boot

// What std::terminate calls. libstdc++'s own brings the C++ demangler, 45 KB, to name the type; what() says more.
void __gnu_cxx::__verbose_terminate_handler() {
  try {
    if (std::current_exception()) std::rethrow_exception(std::current_exception());
    std::fputs("myinit: terminated\n", stderr);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "myinit: uncaught exception: %s\n", e.what());
  } catch (...) {
    std::fputs("myinit: uncaught exception\n", stderr);
  }
  std::abort();
}

namespace boot {

void install_crash_handlers(int port, std::uint16_t console) {
  status_port = port;
  debug_console = console;
  stack_t stack{};
  stack.ss_sp = signal_stack.data();
  stack.ss_size = signal_stack.size();
  ::sigaltstack(&stack, nullptr);
  struct sigaction action {};
  action.sa_sigaction = die;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  for (const int signal : kSignals) ::sigaction(signal, &action, nullptr);
}

void end_machine(bool restart) {
  bool can_power_off = true;
#if defined(__x86_64__)
  // Without ACPI a PC only halts on power-off, and the VM would stay.
  can_power_off = ::access("/sys/firmware/acpi", F_OK) == 0;
#endif
  if (!restart && can_power_off) ::reboot(RB_POWER_OFF);
  ::reboot(RB_AUTOBOOT);
  ::reboot(RB_HALT_SYSTEM);
  for (;;) ::pause();
}

}  // namespace boot
