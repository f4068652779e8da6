"""Runs one VM: console, status channel, time limits, and the end of it all."""

import contextlib
import fcntl
import os
import select
import signal
import socket
import subprocess
import time

import qemu
import status
from terminal import END_KEY

SIGN_OF_LIFE_S = 8  # under KVM: only a boot tells whether a KVM works
SILENCE_S = 15  # without a heartbeat: the guest hangs
START_S = 120  # under --script, until init runs
POWER_OFF_S = 10  # from the guest's status to QEMU's end
LAST_LINES = 20
CHUNK = 65536
CONSOLE_ROOM = 1 << 20  # what anybody may ask for: fs.pipe-max-size
TETHER = ("setpriv", "--pdeathsig", "KILL", "--")  # QEMU does not outlive us, whatever ends us


class Signals:
    """A context: the signals that would end us can be read from the socket .received instead."""

    def __enter__(self):
        self.received, self._sender = socket.socketpair()
        self._sender.setblocking(False)
        signal.set_wakeup_fd(self._sender.fileno(), warn_on_full_buffer=False)
        self._old = {}
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
            if signal.getsignal(number) != signal.SIG_IGN:  # as under nohup
                self._old[number] = signal.signal(number, lambda *_: None)
        return self

    def __exit__(self, *_):
        for number, handler in self._old.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(-1)
        self.received.close()
        self._sender.close()


class Vm:
    """One QEMU from its start to its end. With on_trial (a KVM that may not work) it is given up when
    init shows no sign of life in time; on_life is called at the first one."""

    def __init__(self, options, terminal, signals, on_trial=False, on_life=lambda: None):
        self.options = options
        self.terminal = terminal
        self.channel = status.Channel()
        self.verdict = None  # set when we end QEMU
        self.given_up = False
        self._signals = signals.received
        self._on_trial = on_trial
        self._on_life = on_life
        self._heard_at = None  # the last message of the guest's
        self._to_guest = bytearray()
        self._input_open = terminal.reads_input
        self._qemu_words = bytearray()
        self._running = True

    def run(self, accel, kernel_image, image):
        """The verdict, or None when given up."""
        with contextlib.ExitStack() as stack:
            channel, channel_end = map(stack.enter_context, socket.socketpair())
            early, early_end = map(stack.enter_context, socket.socketpair())
            initrd = stack.enter_context(open(os.memfd_create("initrd"), "wb", buffering=0))
            initrd.write(image)
            words = qemu.arguments(self.options, kernel_image, f"/proc/self/fd/{initrd.fileno()}", accel,
                                   channel_end.fileno(), early_end.fileno())
            self._process = stack.enter_context(subprocess.Popen(
                (*TETHER, *words), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0,
                pass_fds=(initrd.fileno(), channel_end.fileno(), early_end.fileno()), start_new_session=True))
            stack.callback(self._process.kill)
            channel_end.close()
            early_end.close()
            # The guest waits 10 ms for a full serial line and then loses characters: a pipe has room for more than
            # a reader on a busy host leaves waiting, a socket only for some hundred small writes.
            with contextlib.suppress(OSError):
                fcntl.fcntl(self._process.stdout, fcntl.F_SETPIPE_SZ, CONSOLE_ROOM)
            self._end = os.pidfd_open(self._process.pid)
            stack.callback(os.close, self._end)
            self._sources = {self._process.stdout.fileno(): self.terminal.put, channel.fileno(): self._heard,
                             early.fileno(): self._heard_early, self._process.stderr.fileno(): self._on_qemu_words}
            for descriptor in (*self._sources, self._process.stdin.fileno()):
                os.set_blocking(descriptor, False)
            self._started = time.monotonic()
            while self._running:
                self._turn()
            return self._ended()

    def _turn(self):
        """Waits for the next events or time limit and handles them."""
        poll = select.poll()
        handlers = {}
        for descriptor, events, handler in self._interests():
            poll.register(descriptor, events)
            handlers[descriptor] = handler
        limit = min(self._limits(), default=None, key=lambda limit: limit[0])
        ready = poll.poll(max(0, limit[0] - time.monotonic()) * 1000 + 1 if limit else None)
        for descriptor, events in ready:
            handlers[descriptor](descriptor, events)
        # What has arrived counts before the clock: we may have been stopped ourselves.
        if not ready and limit and limit[0] <= time.monotonic():
            limit[1]()

    def _interests(self):
        yield self._end, select.POLLIN, self._on_end
        yield self._signals.fileno(), select.POLLIN, self._on_signal
        for source in self._sources:
            if source != self._process.stdout.fileno() or not self.terminal.full():
                yield source, select.POLLIN, self._read
        if self._to_guest:
            yield self._process.stdin.fileno(), select.POLLOUT, self._type
        if self.terminal.pending:
            yield 1, select.POLLOUT, lambda *_: self.terminal.write_some()
        # A file or pipe has its say when somebody is there to hear it; a person may type at any time.
        if self._input_open and len(self._to_guest) < CHUNK and (self.terminal.interactive or self.channel.listens):
            yield 0, select.POLLIN, self._on_input

    def _limits(self):
        """(when, what to do then) for every limit that is running."""
        if self.options.gdb or self._process.poll() is not None or self.verdict:
            return
        if self.channel.status is not None:
            yield self._heard_at + POWER_OFF_S, self._does_not_stop
            return
        if self.options.timeout:
            yield (self._started + self.options.timeout,
                   lambda: self._end_vm(status.TIMED_OUT, f"no end within {self.options.timeout:g} s (--timeout)"))
        if self._on_trial and not self.channel.alive:
            yield self._started + SIGN_OF_LIFE_S, self._give_up
        elif self.channel.alive and self.options.watched:
            yield (self._heard_at + SILENCE_S,
                   lambda: self._end_vm(status.GUEST_DIED, f"the guest hangs: no heartbeat for {SILENCE_S} s"))
        elif not self.channel.alive and self.options.script:
            yield (self._started + START_S,
                   lambda: self._end_vm(status.HOST_FAILED, f"init did not start within {START_S} s"))

    def _end_vm(self, number, why):
        self.verdict = status.Verdict(number, False, why)
        self._process.kill()

    def _give_up(self):
        self.given_up = True
        self._process.kill()

    def _does_not_stop(self):
        self.terminal.say(f"the machine was still there {POWER_OFF_S} s after its status: ended")
        self.verdict = status.of_ended_vm(self.channel, 0)
        self._process.kill()

    def _on_end(self, *_):
        self._running = False

    def _on_signal(self, *_):
        name = signal.Signals(self._signals.recv(1)[0])
        self._end_vm(128 + name, f"ended by {name.name}")

    def _type(self, keys, _):
        try:
            del self._to_guest[: os.write(keys, self._to_guest)]
        except BlockingIOError:
            pass
        except OSError:
            self._to_guest.clear()  # QEMU is gone

    def _read(self, source, _=None):
        """Hands what has arrived to the source's sink; whether there may be more."""
        try:
            data = os.read(source, CHUNK)
        except BlockingIOError:
            return False
        except ConnectionError:
            data = b""
        if data:
            self._sources[source](data)
        else:
            del self._sources[source]
        return bool(data)

    def _heard(self, data, source="port"):
        was_alive = self.channel.alive
        self.channel.feed(data, source)
        self._heard_at = time.monotonic()
        if self.channel.alive and not was_alive:
            self._on_life()

    def _heard_early(self, data):
        self._heard(data, "early")

    def _on_qemu_words(self, data):
        # Under trial they are held back: a broken KVM dumps registers.
        self._qemu_words += data
        if not self._on_trial or self.channel.alive:
            self._say_qemu_words()

    def _say_qemu_words(self):
        complete = self._qemu_words.rfind(b"\n") + 1
        if complete:
            self.terminal.say(self._qemu_words[:complete].decode(errors="replace").rstrip())
            del self._qemu_words[:complete]

    def _on_input(self, *_):
        try:
            data = os.read(0, CHUNK)
        except OSError:
            data = b""
        if not data:
            self._input_open = False
        elif self.terminal.interactive and END_KEY in data:
            self._end_vm(128 + signal.SIGINT, "ended by Ctrl-]")
        else:
            self._to_guest += data

    def _ended(self):
        qemu_status = self._process.wait()
        for source in list(self._sources):
            while self._read(source):
                pass
        if self.given_up or self._on_trial and not self.channel.alive and not self.verdict:
            return None
        self._say_qemu_words()
        verdict = self.verdict or status.of_ended_vm(self.channel, qemu_status, self.terminal.tail)
        if not verdict.by_guest:
            self.terminal.show_last_lines(LAST_LINES if self.channel.alive else None)
        return verdict


def _host_boot():
    with open("/proc/sys/kernel/random/boot_id") as file:
        return file.read()


class KvmMemory:
    """Whether KVM has failed since the host's last boot, kept in the cache."""

    def __init__(self, cache):
        self.path = os.path.join(cache, "kvm-failed-in-boot")

    def failed(self):
        try:
            with open(self.path) as file:
                return file.read() == _host_boot()
        except OSError:
            return False

    def remember(self):
        with open(self.path, "w") as file:
            file.write(_host_boot())


def run(options, terminal, kernel_image, image, cache):
    """Boots the VM; its verdict."""
    memory = KvmMemory(cache)
    trial = (options.accel == "auto" and not options.gdb and os.access("/dev/kvm", os.R_OK | os.W_OK)
             and not memory.failed())
    accel = options.accel if options.accel != "auto" else "kvm" if trial else "tcg"
    with Signals() as signals:
        verdict = Vm(options, terminal, signals, on_trial=trial).run(accel, kernel_image, image)
        if verdict is None:
            terminal.say(f"KVM does not work here (no sign of life from init in {SIGN_OF_LIFE_S} s): TCG instead, "
                         "as from now on until the host's next boot")
            # Only a life under TCG proves that it was KVM that failed.
            verdict = Vm(options, terminal, signals, on_life=memory.remember).run("tcg", kernel_image, image)
    return verdict
