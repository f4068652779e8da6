"""QEMU's command line and the kernel's."""

import os
import re

# Always: the machine is thrown away, its kernel is a distribution's and has passed its tests;
# a panic ends the VM (with -no-reboot) instead of standing there for ever.
# The timer's test needs a host that is not busy: 1 boot of 50 under load ended in "IO-APIC + timer doesn't work". Kernels leave
# it out by themselves where they know their hypervisor.
KERNEL_WORDS = ("quiet", "panic=-1", "cryptomgr.notests=1", "no_timer_check")
# --fast: measured together 0.3 s under TCG. Some of it weakens what a test may want to see.
FAST_WORDS = ("rodata=off", "init_on_alloc=0", "mitigations=off", "noreplace-smp", "tsc=reliable",
              "rcupdate.rcu_expedited=1", "lsm=capability", "audit=0", "8250.nr_uarts=1")
COMMAND_LINE_SIZE = 2048  # arch/x86/include/asm/setup.h; the kernel cuts what is longer, silently
DEBUG_EXIT_PORT = 0xF4
DEBUG_CONSOLE_PORT = 0xEA  # not 0xE9, where -debugcon puts a person's own
GDB_PORT = 1234
STATUS_PORT = "myinit.status"


class BadCommandLine(Exception):
    """A command line that the kernel would not take whole."""


def _read(path):
    try:
        with open(path) as file:
            return file.read()
    except OSError:
        return ""


def tsc_khz():
    """The host's time stamp counter rate, which a guest under TCG sees, or None. On microvm the
    kernel has no other clock to find it with and hangs in one boot of ten."""
    base = _read("/sys/devices/system/cpu/cpu0/cpufreq/base_frequency").strip()
    if base.isdigit():
        return int(base)
    cpuinfo = _read("/proc/cpuinfo")
    marked = re.search(r"^model name.* @ ([0-9.]+)GHz", cpuinfo, re.MULTILINE)
    if marked:
        return int(float(marked.group(1)) * 1e6)
    now = re.search(r"^cpu MHz\s*: ([0-9.]+)", cpuinfo, re.MULTILINE)
    return int(float(now.group(1)) * 1000) if now else None


def kernel_command_line(options, accel):
    words = [f"console={options.console}", *KERNEL_WORDS, f"myinit.debug_exit={DEBUG_EXIT_PORT:#x}",
             f"myinit.debug_console={DEBUG_CONSOLE_PORT:#x}"]
    if options.fast:
        words += FAST_WORDS
    if options.gdb:
        words.append("nokaslr")
    if options.machine == "microvm" and accel == "tcg" and tsc_khz():
        words.append(f"tsc_early_khz={tsc_khz()}")
    words += [f"myinit.share={share.tag}:{share.mount_point}" for share in options.shares if share.tag != "host-code"]
    if options.script:
        words.append("myinit.script=/.myinit/script")
    if options.watched:
        words.append("myinit.heartbeat=1")
    line = " ".join(words + options.append)
    if len(os.fsencode(line)) >= COMMAND_LINE_SIZE:
        raise BadCommandLine(f"the kernel's command line has {len(line)} bytes, and it takes {COMMAND_LINE_SIZE - 1}")
    return line


def _quoted(value):
    """A value inside one of QEMU's comma-separated options."""
    return value.replace(",", ",,")


def arguments(options, kernel_image, initrd, accel, status_fd, early_fd):
    """QEMU's whole command line. The console is its standard input and output, STATUS_FD and EARLY_FD its ends of
    the sockets for the status port and for what comes before it works."""
    microvm = options.machine == "microvm"
    hvc = options.console == "hvc0"
    bus = "device" if microvm else "pci"
    machine = options.machine
    if microvm:
        # ACPI: Debian's kernel finds virtio-mmio devices in no other way, and cannot power off without.
        machine += f",acpi=on,rtc=on,isa-serial={'off' if hvc else 'on'}"
    words = ["qemu-system-x86_64", "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
             "-machine", machine, "-accel", accel,
             # rdrand: without it the first getrandom() waits for a second of jitter.
             "-cpu", "host" if accel == "kvm" else "qemu64,+rdrand",
             "-m", options.memory, "-smp", str(options.cpus),
             "-kernel", kernel_image, "-initrd", initrd, "-append", kernel_command_line(options, accel),
             "-chardev", "stdio,id=console,signal=off", "-chardev", f"socket,id=status,fd={status_fd}",
             "-chardev", f"socket,id=early,fd={early_fd}", "-device", f"isa-debugcon,iobase={DEBUG_CONSOLE_PORT:#x},chardev=early",
             "-device", f"virtio-serial-{bus}",
             "-device", f"virtserialport,chardev=status,name={STATUS_PORT}",
             "-device", f"isa-debug-exit,iobase={DEBUG_EXIT_PORT:#x},iosize=4"]
    words += ["-device", "virtconsole,chardev=console"] if hvc else ["-serial", "chardev:console"]
    for index, share in enumerate(options.shares):
        words += ["-fsdev", f"local,id=share{index},path={_quoted(share.folder)},security_model=none,multidevs=remap"
                  + (",readonly=on" if share.read_only else ""),
                  "-device", f"virtio-9p-{bus},fsdev=share{index},mount_tag={share.tag}"]
    for index, net in enumerate(net for net in options.nets if net != "none"):
        kind, _, rest = net.partition("," if net.startswith("user") else "=")
        details = ("," + rest if rest else "") if kind == "user" else f",ifname={_quoted(rest)},script=no,downscript=no"
        # An empty ROM: nobody boots from the network, and the BIOS would look at it.
        words += ["-netdev", f"{kind},id=net{index}{details}",
                  "-device", f"virtio-net-{bus},netdev=net{index}" + ("" if microvm else ",romfile=")]
    if options.gdb:
        words += ["-gdb", f"tcp:127.0.0.1:{GDB_PORT}", "-S"]
    return words + options.qemu
