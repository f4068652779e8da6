#!/usr/bin/python3
"""A capture of 1 GB is read and converted, both ways, with at most 16 MiB resident."""
import os
import resource
import struct
import subprocess
import sys
import tempfile

MOST_KIB = 16 * 1024
if "asan" in os.environ.get("BUILD_DIR", ""):
    print("skipped: the sanitizer's own memory is larger than ours")
    sys.exit(77)

frame = bytes.fromhex("02000000000102000000000208004500040000014000401100" "00c0000201c000020213881389") + bytes(1100)
record = struct.pack("<IIII", 1700000000, 5, len(frame), len(frame)) + frame
piece = record * (2 * 1024 * 1024 // len(record))
# Unoptimised code would need minutes for the whole of it.
optimised = not os.environ.get("BUILD_DIR", "").endswith("debug")
wanted = int(os.environ.get("CAPTURE_BYTES", str(1 << 30 if optimised else 64 << 20)))

# Where there is room for it: a file in memory is no matter of the command's own pages.
folder = "/dev/shm" if os.statvfs("/dev/shm").f_bavail * os.statvfs("/dev/shm").f_frsize > 2 * wanted else None
with tempfile.TemporaryDirectory(dir=folder) as work:
    big = os.path.join(work, "big.pcap")
    with open(big, "wb") as file:
        file.write(struct.pack("<IHHIIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        while file.tell() < wanted:
            file.write(piece)
    packets = (os.path.getsize(big) - 24) // len(record)

    def peak_of(*words):
        """Resident memory of the largest child so far, so the children come in the order of what is measured."""
        done = subprocess.run([os.environ["MYINIT"], *words], capture_output=True, text=True)
        if done.returncode != 0 or f"{packets} packets" not in done.stdout + done.stderr and f"Packets:     {packets}," not in done.stdout:
            print("FAIL:", words, done.stdout[-300:], done.stderr[-300:])
            sys.exit(1)
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        print(words[0], peak, "KiB")
        if peak > MOST_KIB:
            print("FAIL: over", MOST_KIB, "KiB")
            sys.exit(1)

    peak_of("pcapinfo", big)
    peak_of("json2pcap", big, "/dev/null", "--format", "pcapng")
    peak_of("pcap2json", big, "/dev/null")
