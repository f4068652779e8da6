"""initrd/boot behind its bash entry: options, image, kernel, VM, status."""

import contextlib
import fcntl
import os
import signal
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
        data = image.build(options, INIT, found, CACHE)
    if found.note:
        terminal.say(found.note)
    if options.output:
        with open(options.output, "wb") as file:
            file.write(data)
        terminal.say(f"{options.output}: {len(data)} bytes, for the kernel {found.image}")
        return status.Verdict(0, False, "only the image was asked for")
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
        verdict = _boot(options, terminal)
    except (kernel.NoKernel, image.BadImage, qemu.BadCommandLine) as error:
        verdict = status.Verdict(status.HOST_FAILED, False, str(error))
    except OSError as error:
        verdict = status.Verdict(status.HOST_FAILED, False, f"{error.filename or 'boot'}: {error.strerror}")
    except KeyboardInterrupt:
        verdict = status.Verdict(128 + signal.SIGINT, False, "ended by SIGINT")
    except Exception:
        import traceback

        traceback.print_exc()
        verdict = status.Verdict(status.HOST_FAILED, False, "an error in boot itself")
    terminal.say(str(verdict))
    return verdict.status


if __name__ == "__main__":
    sys.exit(main())
