#!/usr/bin/env python3
"""The console as a person has it: initrd/boot in a terminal (tmux), on each kind of serial line."""
import os
import subprocess
import sys
import tempfile
import time

SOURCE = os.environ["SOURCE_DIR"]
PATIENCE = 90  # seconds; a VM without KVM on a loaded machine


class Terminal:
    """A terminal of 100x30 that runs one command; its screen as text."""

    def __init__(self, folder, command):
        self.socket = os.path.join(folder, "tmux")
        self._tmux("-f", "/dev/null", "new-session", "-d", "-x", "100", "-y", "30", command)

    def _tmux(self, *words):
        return subprocess.run(["tmux", "-S", self.socket, *words], capture_output=True, text=True, timeout=20)

    def keys(self, *words):
        self._tmux("send-keys", *words)

    def type(self, text):
        self._tmux("send-keys", "-l", text)

    def resize(self, columns, rows):
        self._tmux("resize-window", "-x", str(columns), "-y", str(rows))

    def screen(self):
        return self._tmux("capture-pane", "-p").stdout.rstrip("\n").split("\n")

    def wait(self, what, holds):
        """Until `holds(screen)`; fails with the screen."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            screen = self.screen()
            if holds(screen):
                return
            time.sleep(0.1)
        raise AssertionError(f"waited for {what}; the screen:\n" + "\n".join(screen))

    def wait_last(self, line):
        self.wait(f"the last line {line!r}", lambda screen: screen[-1].rstrip() == line)

    def wait_line(self, line):
        self.wait(f"a line {line!r}", lambda screen: line in [row.rstrip() for row in screen])

    def end(self):
        self._tmux("kill-server")


def check(console, folder):
    status = os.path.join(folder, "status")
    terminal = Terminal(folder, f"{SOURCE}/initrd/boot --kernel debian --accel tcg --net none --timeout 300 --share {folder} "
                                f"--console {console} --append myinit.poweroff=off; echo $? > {status}.new; mv {status}.new {status}")
    try:
        terminal.wait_last(">")
        # Tab: a sub-command, an interface, a file.
        terminal.type("ip li")
        terminal.keys("Tab")
        terminal.wait_last("> ip link")
        terminal.keys("C-u")
        terminal.type("tap add mytap0")
        terminal.keys("Enter")
        terminal.wait_last(">")
        terminal.type("ip link show myt")
        terminal.keys("Tab")
        terminal.wait_last("> ip link show mytap0")
        terminal.keys("C-u")
        terminal.type("cat /proc/upt")
        terminal.keys("Tab")
        terminal.wait_last("> cat /proc/uptime")
        # Editing in the middle, and the history.
        terminal.keys("C-u")
        terminal.type("echo one three")
        terminal.keys("M-b")
        terminal.type("two ")
        terminal.keys("Enter")
        terminal.wait_line("one two three")
        terminal.wait_last(">")
        terminal.keys("Up")
        terminal.wait_last("> echo one two three")
        terminal.keys("C-u", "C-r")
        terminal.type("mytap")
        terminal.wait("the history's line", lambda screen: "tap add mytap0" in screen[-1])
        terminal.keys("C-c")
        terminal.wait_last(">")
        # What a job prints comes above the line that is being typed.
        terminal.type("sleep 3 && echo from behind &")
        terminal.keys("Enter")
        terminal.type("echo half a")
        terminal.wait_line("from behind")
        terminal.wait_last("> echo half a")
        terminal.type(" line")
        terminal.keys("Enter")
        terminal.wait_line("half a line")
        # Ctrl-C ends the command in the foreground, and only that.
        terminal.type("sleep 1000 &")
        terminal.keys("Enter")
        terminal.type("ip link set lo up && ping -c 1000 127.0.0.1")
        terminal.keys("Enter")
        terminal.wait("an answer", lambda screen: any("icmp_seq=2" in row for row in screen))
        terminal.keys("C-c")
        terminal.wait("statistics", lambda screen: any("packets transmitted" in row for row in screen))
        terminal.wait_last(">")
        terminal.type("jobs")
        terminal.keys("Enter")
        terminal.wait("the other job", lambda screen: any("sleep 1000" in row and "unning" in row for row in screen[-6:]))
        # A line longer than the terminal, in a terminal that has become smaller.
        terminal.keys("C-l")
        terminal.wait_last(">")
        terminal.resize(60, 20)
        terminal.keys("C-l")
        long = "echo " + "x" * 80
        terminal.type(long)
        terminal.wait("the long line", lambda screen: "".join(row.rstrip() for row in screen).endswith("> " + long))
        terminal.keys("C-u")
        terminal.wait_last(">")
        # Ctrl-D does not end PID 1's console.
        terminal.keys("C-d")
        terminal.wait("a word on Ctrl-D", lambda screen: any("poweroff" in row for row in screen))
        terminal.wait_last(">")
        # What was not saved at the machine's end is beside the file.
        # (Each few seconds it is written in any case: the end comes right behind the key.)
        terminal.type("wait file /mnt/host/end within 600 && poweroff 5 &")
        terminal.keys("Enter")
        terminal.type("edit /mnt/host/note")
        terminal.keys("Enter")
        terminal.wait("the editor", lambda screen: "a new file" in screen[-1])
        terminal.type("kept")
        terminal.wait("what was typed", lambda screen: any("kept" in row for row in screen))
        open(os.path.join(folder, "end"), "w", encoding="ascii").close()
        end = time.monotonic() + PATIENCE
        while not os.path.exists(status):
            if time.monotonic() > end:
                raise AssertionError("no end; the screen:\n" + "\n".join(terminal.screen()))
            time.sleep(0.1)
        with open(status, encoding="ascii") as file:
            got = file.read().strip()
        if got != "5":
            raise AssertionError(f"status {got} instead of 5")
        with open(os.path.join(folder, ".note.edit-recovery"), encoding="ascii") as file:
            kept = file.read()
        if kept != "kept":
            raise AssertionError(f"{kept!r} was kept of the text that was not saved")
    finally:
        terminal.end()


for kind in ("ttyS0", "hvc0"):
    with tempfile.TemporaryDirectory() as place:
        try:
            check(kind, place)
        except AssertionError as failure:
            print(f"FAILED on {kind}: {failure}")
            sys.exit(1)
print("the console works on ttyS0 and hvc0")
