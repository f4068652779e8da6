"""initrd/boot behind its bash entry: options, image, kernel, VM, status."""

import contextlib
import fcntl
import os
import sys

import image
import kernel
import options as command_line
import qemu
import run
import status
from terminal import Terminal

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
CACHE = os.path.join(TOP, "build", "vm")
INIT = os.path.join(TOP, "build", "myinit.stripped")


@contextlib.contextmanager
def _locked_cache():
    """One boot at a time fills the cache: others would fetch and unpack the same."""
    os.makedirs(CACHE, exist_ok=True)
    with open(os.path.join(CACHE, "lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _boot(options, terminal):
    with _locked_cache():
        found = kernel.find(CACHE, options.kernel, options.modules)
        data = image.build(options, options.init or INIT, found, CACHE)
    if found.note:
        terminal.say(found.note)
    if options.output:
        with open(options.output, "wb") as file:
            file.write(data)
        terminal.say(f"{options.output}: {len(data)} bytes, for the kernel {found.image}")
        return 0, "boot's own: only the image was asked for"
    if options.gdb:
        terminal.say(f"waiting for: gdb -ex 'target remote :{qemu.GDB_PORT}' {found.image}")
    elif terminal.interactive:
        terminal.say("Ctrl-] ends the VM")
    if options.log:
        terminal.log = open(options.log, "wb", buffering=0)
    with terminal:
        return run.run(options, terminal, found.image, data, CACHE)


def main():
    options = command_line.parse(sys.argv[1:])
    terminal = Terminal()
    try:
        number, whose = _boot(options, terminal)
    except (kernel.NoKernel, image.BadImage, qemu.BadCommandLine) as error:
        terminal.say(str(error))
        number, whose = status.HOST_FAILED, "boot's own"
    except OSError as error:
        terminal.say(f"{error.filename or 'boot'}: {error.strerror}")
        number, whose = status.HOST_FAILED, "boot's own"
    except KeyboardInterrupt:
        number, whose = 130, "boot's own: ended by SIGINT"
    terminal.say(f"status {number} is {whose}")
    return number


if __name__ == "__main__":
    sys.exit(main())
