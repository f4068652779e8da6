"""The terminal, or the files, of whoever runs initrd/boot: keys to the guest, its output, boot's own lines."""

import os
import re
import select
import sys
import termios
import tty

END_KEY = b"\x1d"  # Ctrl-], as telnet and virsh have it
# What a full-screen program of the guest may leave behind: cursor hidden, bracketed paste, colours.
RESET = b"\x1b[?25h\x1b[?2004l\x1b[m"
LEAVE_ALTERNATE_SCREEN = b"\x1b[?1049l"  # only when in it: elsewhere it moves the cursor
SCREEN_SWITCH = re.compile(rb"\x1b\[\?1049([hl])")
CONTROLS = re.compile(rb"\x1b\[[0-9;?]*[@-~]|\x1b\][^\x07]*\x07|\x1b[()].|\x1b.|[\0-\x08\x0b-\x1f]")
TAIL_BYTES = 65536
HIGH_WATER = 65536  # a reader that is slower than the guest makes the guest wait, not memory grow


def _in_foreground():
    try:
        return os.tcgetpgrp(0) == os.getpgrp()
    except OSError:
        return False  # a terminal, but not the one that controls us


def _same_file(one, other):
    try:
        return os.path.samestat(os.fstat(one), os.fstat(other))
    except OSError:
        return False


class Terminal:
    """A context: raw mode inside, when standard input and output are our terminal."""

    def __init__(self):
        # Reading a terminal in the background would stop us.
        self.reads_input = not os.isatty(0) or _in_foreground()
        self.interactive = os.isatty(0) and os.isatty(1) and self.reads_input
        self.pending = bytearray()
        self.tail = bytearray()
        self.log = None
        self._saved = None
        self._reader_left = False
        self._alternate = False
        self._line_begun = False
        self._together = _same_file(1, 2)

    def __enter__(self):
        if self.interactive:
            self._saved = termios.tcgetattr(0)
            tty.setraw(0)
        return self

    def __exit__(self, *_):
        self.flush()
        if self._saved:
            # Not TCSADRAIN: it waits for ever when the terminal's output is stopped.
            termios.tcsetattr(0, termios.TCSANOW, self._saved)
            os.write(1, RESET + (LEAVE_ALTERNATE_SCREEN if self._alternate else b""))
            self._saved = None

    def put(self, data):
        """Takes console output: for the reader, the log and the last lines."""
        if self.log:
            self.log.write(data)
        self.tail += data
        del self.tail[:-TAIL_BYTES]
        for switch in SCREEN_SWITCH.finditer(data):
            self._alternate = switch.group(1) == b"h"
        if not self._reader_left:
            self.pending += data

    def full(self):
        return len(self.pending) >= HIGH_WATER

    def write_some(self):
        """Writes what a ready standard output takes without waiting: poll answers for PIPE_BUF bytes."""
        try:
            written = os.write(1, self.pending[: select.PIPE_BUF])
            self._line_begun = self.pending[written - 1 : written] != b"\n"
            del self.pending[:written]
        except BlockingIOError:
            pass
        except OSError:
            self._reader_left = True
            self.pending.clear()

    def flush(self, patience_ms=2000):
        """Writes what is pending, as long as the reader takes some of it now and then."""
        poll = select.poll()
        poll.register(1, select.POLLOUT)
        while self.pending and poll.poll(patience_ms):
            self.write_some()

    def say(self, text):
        """Lines of boot's own, on standard error."""
        self.flush()
        end = "\r\n" if self._saved else "\n"
        start = end if self._line_begun and self._together else ""
        self._line_begun = False
        try:
            sys.stderr.write(start + "".join(f"boot: {line}{end}" for line in text.split("\n")))
            sys.stderr.flush()
        except OSError:
            pass  # nobody listens any more; the exit status still tells

    def show_last_lines(self, count):
        """Repeats the console's last lines (all that is kept: None) where they have not just been seen."""
        text = CONTROLS.sub(b"", bytes(self.tail)).decode(errors="replace").strip("\n")
        if not text:
            self.say("the console printed nothing")
        elif not self._together:
            lines = text.split("\n")
            self.say("\n".join(["the console's last lines:"] + ["| " + line for line in lines[-(count or len(lines)) :]]))
