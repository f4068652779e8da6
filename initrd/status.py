"""What the guest says on the virtio-serial port myinit.status, and whose status a run ends with. Until that port's
driver is loaded the guest says it to QEMU's debug console, at the I/O port named by myinit.debug_console=PORT.

Lines of text, guest to host:
  init             init runs; on each of the two as soon as it works
  console          the console is open: what is typed now is read
  user USEC        the first user command begins, so many microseconds after the kernel started init
  beat             once a second when the kernel command line has myinit.heartbeat=1
  panic TEXT       init has crashed; TEXT is what died
  status N WHY     0 to 255, once, just before power-off
Without either, status N may come as min(N,100)+1 through the isa-debug-exit device named by
myinit.debug_exit=PORT; QEMU then ends with twice that plus one."""

import collections
import re

TIMED_OUT = 124
HOST_FAILED = 125
GUEST_DIED = 126
LONGEST_LINE = 4096


class Channel:
    """Collects the guest's messages from the bytes that arrive."""

    def __init__(self):
        self.alive = False  # anything came
        self.listens = False  # to the console
        self.user_us = None
        self.panic = None
        self.status = None
        self.why = ""
        self._rest = collections.defaultdict(bytes)

    def feed(self, data, source="port"):
        *lines, rest = (self._rest[source] + data).split(b"\n")
        self._rest[source] = rest[-LONGEST_LINE:]
        for line in lines:
            self._message(line.decode(errors="replace"))

    def _message(self, line):
        self.alive = True
        kind, _, rest = line.partition(" ")
        if kind == "console":
            self.listens = True
        elif kind == "user" and rest.isdigit():
            self.user_us = int(rest)
        elif kind == "panic":
            self.panic = rest
        elif kind == "status" and self.status is None:
            number, _, why = rest.partition(" ")
            if number.isdigit() and int(number) <= 255:
                self.status, self.why = int(number), why


class Verdict(collections.namedtuple("Verdict", "status by_guest why")):
    """What a run ends with, whose status that is, and why it is so."""

    def __str__(self):
        owner = "the guest's" if self.by_guest else "boot's own"
        return f"status {self.status} is {owner}" + (f": {self.why}" if self.why else "")


KERNEL_PANIC = re.compile(rb"Kernel panic - [^\r\n]*")


def of_ended_vm(channel, qemu_status, console=b""):
    """The verdict on a VM that ended by itself. QEMU_STATUS: as subprocess gives it, -N for signal N.
    QEMU's own failures are 1, and a panic under -no-reboot is 0: QEMU's status alone says nothing.
    The console's last bytes may hold a reason, but never a status."""
    if channel.status is not None:
        return Verdict(channel.status, True, channel.why)
    if channel.panic is not None:
        return Verdict(GUEST_DIED, False, f"init crashed: {channel.panic}")
    if qemu_status >= 3 and qemu_status % 2:
        return Verdict(qemu_status // 2 - 1, True, "by the debug port")
    panic = KERNEL_PANIC.search(console)
    if panic:
        how = panic.group().decode(errors="replace")
    else:
        how = f"QEMU was killed by signal {-qemu_status}" if qemu_status < 0 else f"QEMU ended with {qemu_status}"
    if channel.alive:
        return Verdict(GUEST_DIED, False, f"the guest died without a word ({how})")
    return Verdict(HOST_FAILED, False, f"init never started ({how})")
