#!/usr/bin/python3 -EsB
"""initrd/boot --gdb: the VM waits for a debugger, and the kernel's functions are where its symbols say."""
import os
import re
import socket
import struct
import subprocess
import sys
import tempfile
import time

SOURCE = os.environ["SOURCE_DIR"]
PORT = 1234  # initrd/boot knows no other
PATIENCE = 90  # seconds; a VM without KVM on a loaded machine


class Remote:
    """GDB's remote serial protocol (GDB manual, appendix E)."""

    def __init__(self, port):
        end = time.monotonic() + PATIENCE
        while True:
            try:
                self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
                return
            except ConnectionRefusedError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.05)

    def send(self, text):
        self.socket.sendall(b"$" + text + b"#%02x" % (sum(text) & 0xFF))

    def answer(self):
        data = b""
        while not re.search(rb"\$[^#]*#..", data):
            piece = self.socket.recv(65536)
            if not piece:
                raise AssertionError(f"the debugger's connection ended after {data!r}")
            data += piece
        self.socket.sendall(b"+")
        return re.search(rb"\$([^#]*)#..", data).group(1)

    def ask(self, text):
        self.send(text)
        return self.answer()


def is_free(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # an ended connection does not keep it, nor from QEMU
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


with tempfile.TemporaryDirectory() as folder:
    script = os.path.join(folder, "script")
    with open(script, "w") as file:
        file.write("grep ' T ksys_sync$' /proc/kallsyms\npoweroff 7\n")
    words = [f"{SOURCE}/initrd/boot", "--kernel", "debian", "--accel", "tcg", "--net", "none", "--share", folder, "--script", script]
    # Where a function is when nothing moves the kernel: a debugger has that from a vmlinux with symbols.
    done = subprocess.run([*words, "--append", "nokaslr", "--timeout", str(PATIENCE)], stdin=subprocess.DEVNULL, capture_output=True)
    where = int(re.search(rb"([0-9a-f]{16}) T ksys_sync", done.stdout).group(1), 16)
    if not is_free(PORT):
        print(f"skip: another debugger's VM has port {PORT}")
        sys.exit(77)
    boot = subprocess.Popen([*words, "--gdb"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        line = b""
        while b"waiting for: gdb" not in line:
            line = boot.stderr.readline()
            assert line, "initrd/boot ended before it named the debugger's command"
        named = int(re.search(rb"target remote :(\d+)' \S+", line).group(1))
        assert named == PORT, f"port {named} is named"
        remote = Remote(PORT)
        assert remote.ask(b"?").startswith(b"T05"), "the machine does not stand still"
        assert remote.ask(b"Z1,%x,1" % where) == b"OK"
        remote.send(b"c")
        stopped = remote.answer()
        assert stopped.startswith(b"T05"), stopped
        registers = remote.ask(b"g")
        rip, = struct.unpack("<Q", bytes.fromhex(registers[16 * 16:17 * 16].decode()))
        assert rip == where, f"stopped at {rip:#x}, not at {where:#x}"
        assert remote.ask(b"z1,%x,1" % where) == b"OK"
        remote.send(b"c")
        _, err = boot.communicate(timeout=PATIENCE)
        assert boot.returncode == 7, (boot.returncode, err.decode())
    finally:
        boot.kill()
        boot.wait()
print("ok")
