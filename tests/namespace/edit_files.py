#!/usr/bin/env python3
# edit and less as programs of their own on a terminal: a full disk, a read-only file system, a device, /proc, a killed editor, a
# file of 100 MB, and the terminal's modes afterwards.
import atexit, fcntl, os, pty, re, select, signal, struct, subprocess, sys, tempfile, termios, time

MYINIT = os.environ["MYINIT"]
if len(sys.argv) < 2:
    if subprocess.call(["unshare", "-m", "true"], stderr=subprocess.DEVNULL) != 0:
        print("skip: no namespaces to be had")
        sys.exit(77)
    os.execvp("unshare", ["unshare", "-m", sys.executable, __file__, "inside"])

failed = []


def check(holds, what):
    if not holds:
        failed.append(what)
        print("FAIL:", what)


class Terminal:
    """A program on a pseudo terminal; what it prints is kept."""

    def __init__(self, *words, size=(24, 100), **environment):
        self.text = ""
        master, slave = pty.openpty()
        if size:
            fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", *size, 0, 0))
        self.before = termios.tcgetattr(slave)
        self.slave = slave
        self.master = master
        self.process = subprocess.Popen([MYINIT, *words], stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
                                        env={**os.environ, **environment})

    def type(self, keys):
        data = keys.encode("latin-1")
        while data:
            data = data[os.write(self.master, data[:512]):]
            self.read(0)

    def read(self, seconds):
        ready, _, _ = select.select([self.master], [], [], seconds)
        if ready:
            self.text += os.read(self.master, 65536).decode("utf-8", "replace")
        return bool(ready)

    def expect(self, pattern, seconds=15, redraw=True):
        """Waits until it stands on the screen. Only what changes is sent, so Ctrl-L has everything drawn anew."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if redraw:
                os.write(self.master, b"\x0c")
            while self.read(0.15):
                pass
            screen = self.text[self.text.rfind("\x1b[H\x1b[J") :] if redraw else self.text
            if re.search(pattern, re.sub(r"\x1b\[[0-9;?]*[a-zA-Z@]", "", screen) if redraw else screen):
                return
        check(False, f"{pattern!r} did not come; there is {self.text[-1000:]!r}")

    def ends(self, seconds=15):
        """The status; the terminal is as it was."""
        end = time.monotonic() + seconds
        while self.process.poll() is None and time.monotonic() < end:
            self.read(0.05)
        while self.read(0):
            pass
        if self.process.poll() is None:
            check(False, "it does not end")
            self.process.kill()
        check(termios.tcgetattr(self.slave) == self.before, "the terminal's modes are others")
        check(self.text.rfind("\x1b[?1049l") > self.text.rfind("\x1b[?1049h"), "the other screen is still there")
        os.close(self.master)
        os.close(self.slave)
        return self.process.wait()


def fill(path):
    """Takes the rest of the disk."""
    filler = os.open(path, os.O_WRONLY | os.O_CREAT)
    try:
        while True:
            os.write(filler, b"x" * 4096)
    except OSError:
        os.close(filler)


def contents(path):
    with open(path, "rb") as file:
        return file.read()


work = tempfile.mkdtemp()
atexit.register(os.rmdir, work)
atexit.register(subprocess.call, ["umount", "-l", work])
atexit.register(os.chdir, "/")
subprocess.check_call(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", work])
os.chdir(work)

# A full disk: the file stays as it was, and the text can be saved elsewhere.
with open("full", "w") as file:
    file.write("the old text\n")
fill("filler")
t = Terminal("edit", "full")
t.expect("the old text")
t.type("new ")
t.expect("new")
t.type("\x13")
t.expect("not saved: full: No space left on device")
check(contents("full") == b"the old text\n", "a full disk took the old text")
os.remove("filler")
t.type("\x13")
t.expect("saved: 17")
t.type("\x11")
check(t.ends() == 0, "status after a full disk")
check(contents("full") == b"new the old text\n", "the text after a full disk")
check(sorted(os.listdir(".")) == ["full"], f"left behind: {os.listdir('.')}")

# A disk with room for half of it.
os.remove("full")
lines = b"".join(b"line %d\n" % i for i in range(4000))
with open("half", "wb") as file:
    file.write(lines[:20000])
t = Terminal("edit", "half")
t.expect("line 1")
with open("filler", "wb") as file:
    file.write(bytes(25000))
t.type("new ")
t.expect("new")
t.type("\x13")
t.expect("not saved: half: No space left on device")
check(contents("half") == lines[:20000], "a disk with room for half took the old text")
os.remove("filler")
t.type("\x13")
t.expect("saved: 20004")
t.type("\x11")
check(t.ends() == 0, "status after a disk with room for half")
check(contents("half") == b"new " + lines[:20000], "the text after a disk with room for half")
os.remove("half")

# A full disk with /tmp on it, and a file of two names, which is written in place: it is not cut, as a copy can be made nowhere.
place = tempfile.mkdtemp(dir=os.environ["BUILD_DIR"])
if place.startswith("/tmp/"):
    print("skip: this build is in /tmp, so no other can be put there")
else:
    subprocess.check_call(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", place])
    os.mkdir(f"{place}/tmp")
    subprocess.check_call(["mount", "--bind", f"{place}/tmp", "/tmp"])
    os.chdir(place)
    with open("full", "w") as file:
        file.write("the old text\n" * 800)
    os.link("full", "twin")
    fill("filler")
    t = Terminal("edit", "full")
    t.expect("the old text")
    t.type("new \x13")
    t.expect("not saved: full: No space left on device .it is written in place")
    check(contents("twin") == b"the old text\n" * 800, "a full disk took the old text of two names")
    os.remove("filler")
    t.type("\x13")
    t.expect("saved: 10404")
    t.type("\x11")
    check(t.ends() == 0, "status of a file of two names")
    check(contents("twin") == b"new " + b"the old text\n" * 800, "the text under the other name")
    check(sorted(os.listdir(".")) == ["full", "tmp", "twin"] and os.listdir("tmp") == [], "left behind beside two names")
    os.chdir("/")
    subprocess.check_call(["umount", "/tmp"])
    os.chdir(work)
    subprocess.check_call(["umount", place])
os.rmdir(place)

# A read-only file system.
subprocess.check_call(["mount", "-o", "remount,ro", work])
t = Terminal("-c", "edit full")
t.expect("full cannot be written: Read-only file system")
t.type("x\x13")
t.expect("not saved: full: Read-only file system")
t.type("\x11")
t.expect("Not saved")
t.type("\x11")
check(t.ends() == 0, "status on a read-only file system")
subprocess.check_call(["mount", "-o", "remount,rw,size=400m", work])

# The kernel's own file is written in place, in one piece; a device is, too.
name = "/proc/%d/oom_score_adj" % os.getpid()
t = Terminal("edit", name)
t.expect("line 1/2")
t.type("\x0b" + "11\x18")
check(t.ends() == 0, "status after a file of /proc")
check(contents(name) == b"11\n", f"{name} holds {contents(name)}")
t = Terminal("edit", "/dev/null")
t.type("nothing\x18")
check(t.ends() == 0, "status after a device")

# Killed: the next one offers what was typed.
with open("killed", "w") as file:
    file.write("line\n")
t = Terminal("edit", "killed")
t.expect("line")
t.type("typed ")
end = time.monotonic() + 15
while not os.path.exists(".killed.edit-recovery") and time.monotonic() < end:
    t.read(0.1)
t.process.kill()
t.process.wait()
t = Terminal("edit", "killed")
t.expect("holds what was not saved")
t.type("r\x18")
check(t.ends() == 0, "status after a recovery")
check(contents("killed") == b"typed line\n", "the recovered text")
check(not os.path.exists(".killed.edit-recovery"), "the recovery file is still there")

# Asked to end while there is unsaved text.
t = Terminal("edit", "killed")
t.expect("line 1/2")
t.type("more ")
t.expect("more")
t.process.send_signal(signal.SIGTERM)
check(t.ends() == 130, "status when asked to end")
check("not saved; the text is in" in t.text, "no word about the recovery file")
check(contents(".killed.edit-recovery") == b"more typed line\n", "the recovery file when asked to end")

# 100 MB: shown within a second (more under a sanitizer), changed, saved.
size = 100_000_000
line = b"0123456789 a line of a long file, as many as there are\n"
with open("long", "wb") as file:
    file.write(line * (size // len(line)))
start = time.monotonic()
t = Terminal("edit", "long")
t.expect("a line of a long file")
took = time.monotonic() - start
print(f"100 MB shown after {took:.2f} s")
check(took < 10, f"100 MB took {took:.2f} s")
t.type("\x1b[1;5F")
t.expect(f"{size // len(line) + 1}/{size // len(line) + 1}")
t.type("the end\x07" + "1000000\rmiddle ")
t.expect("line 1000000/")
t.type("\x18")
check(t.ends(120) == 0, "status of 100 MB")
text = contents("long")
check(text.endswith(b"the end") and len(text) == size // len(line) * len(line) + 14, "100 MB were not saved whole")
check(text.split(b"\n", 1000000)[999999].startswith(b"middle 0123"), "the middle of 100 MB")
del text

# less: by itself, of a pipe, on a line whose size nobody knows, without colours.
t = Terminal("less", "long", NO_COLOR="1")
t.expect("a line of a long file")
t.type("/^0.*fil[e].*a[s]\r")
t.expect("lines 1-")
check("\x1b[0;30;43m" not in t.text, "colours in spite of NO_COLOR")
t.type("q")
check(t.ends() == 0, "status of less")
t = Terminal("-c", "cat long | less")
t.expect("standard input")
t.type("G")
t.expect("the end", 60)
t.type("q")
t.ends()
t = Terminal("less", "killed", size=None)
t.expect(r"\x1b\[999;999H\x1b\[6n", redraw=False)
t.type("\x1b[10;33R")
t.expect(r"^typed line\s+(~\s+){8}killed  lines 1-1 \(END\)")
t.type("q")
check(t.ends() == 0, "status of less without a size")

sys.exit(1 if failed else 0)
