#!/usr/bin/env python3
"""Runs the lines of ip_twin.txt through our `ip` and through iproute2's in twin network namespaces, and compares the kernel's
state after each line, as `ip -j` of iproute2 dumps it. Then compares what our own -j says with iproute2's, in one namespace."""
import ctypes
import json
import os
import re
import shutil
import subprocess
import sys
import time

myinit, source = os.environ["MYINIT"], os.environ["SOURCE_DIR"]
if os.geteuid() != 0 or not shutil.which("ip"):
    sys.exit(77)
libc = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNET = 0x40000000

ROUTES = [["route", "show", "table", "all"], ["-6", "route", "show", "table", "all"]]
# What the lines of a section can change; iproute2's words.
DUMPS = {"links": [["-d", "link"]], "addresses": [["addr"], ROUTES[0]], "routes": ROUTES, "rules": [["rule"], ["-6", "rule"]],
         "neighbours": [["neigh", "show", "nud", "all"], ["neigh", "show", "proxy"]]}
# Our own listings, compared with iproute2's of the same namespace after every tenth line and at the end of a section.
OWN = [["-s", "link"], ["-s", "addr"], *ROUTES, *DUMPS["neighbours"], *DUMPS["rules"]]

# And the text of these, byte for byte.
TEXT = {"links": [["-s", "link"], ["-o", "link"]], "neighbours": [], "rules": [["rule"]],
        "addresses": [["-o", "addr"], ["-4", "-o", "addr"], ["-6", "-o", "addr"], ["-o", "addr", "show", "dev", "d0"], ["addr"], ["-s", "addr"]],
        "routes": [["-o", "addr"], ["route"], ["-6", "route"], *ROUTES]}


class Namespace:
    """A namespace that lives as long as its descriptor."""

    def __init__(self):
        home = os.open("/proc/self/ns/net", os.O_RDONLY)
        if libc.unshare(CLONE_NEWNET) != 0:
            sys.exit(77)
        self.fd = os.open("/proc/self/ns/net", os.O_RDONLY)
        # No addresses and neighbour entries that come by themselves, at times that differ.
        self.run(["sh", "-c", "for i in default all lo; do echo 1 > /proc/sys/net/ipv6/conf/$i/addr_gen_mode; "
                  "echo 0 > /proc/sys/net/ipv6/conf/$i/accept_dad; done"], inside=True)
        libc.setns(home, CLONE_NEWNET)
        os.close(home)

    def run(self, command, inside=False):
        enter = None if inside else lambda: libc.setns(self.fd, CLONE_NEWNET)
        return subprocess.run(command, preexec_fn=enter, capture_output=True, text=True, timeout=20)

    def dump(self, words, tool=("ip",)):
        out = self.run([*tool, "-j", *words])
        return json.loads(out.stdout or "[]") if out.returncode == 0 else out.stderr


def settled(value):
    """Without what differs by chance: MAC addresses that the kernel made up, timers, the order of equal entries."""
    if isinstance(value, dict):
        drop = {"hello_timer", "tcn_timer", "topology_change_timer", "gc_timer", "bridge_id", "root_id", "used", "confirmed", "updated",
                "group_addr", "valid_life_time", "preferred_life_time", "operstate", "ifindex"}
        out = {k: settled(v) for k, v in value.items() if k not in drop}
        mac = out.get("address", "")
        if isinstance(mac, str) and re.fullmatch(r"(..:){5}..", mac) and not mac.startswith(("02:00:00:00", "00:00:00:00")):
            out["address"] = "random"
        return out
    if isinstance(value, list):
        return [settled(v) for v in value]
    return value


def table(namespace, dump):
    """A dump, in an order of its own: the kernel's order of neighbours comes from a random hash."""
    out = settled(namespace.dump(dump))
    return sorted(out, key=json.dumps) if dump[0] == "neigh" and isinstance(out, list) else out


def subset(ours, theirs, path=""):
    """What ours has and theirs lacks or has otherwise."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        found = []
        for key, value in ours.items():
            if key not in theirs:
                found.append(f"{path}.{key}: not there, ours {value!r}")
            else:
                found += subset(value, theirs[key], f"{path}.{key}")
        return found
    if isinstance(ours, list) and isinstance(theirs, list):
        theirs = [t for t in theirs if t != {}]  # iproute2 leaves empty objects where its filter took something out
        if len(ours) != len(theirs):
            return [f"{path}: {len(ours)} items, not {len(theirs)}"]
        return [x for i, (a, b) in enumerate(zip(ours, theirs)) for x in subset(a, b, f"{path}[{i}]")]
    return [] if ours == theirs else [f"{path}: {ours!r}, not {theirs!r}"]


def without_counts(value):
    """Counters move between two dumps; that the same ones are there is what can be compared."""
    if isinstance(value, list):
        return [without_counts(v) for v in value]
    if isinstance(value, dict):
        return {k: {side: sorted(c) for side, c in v.items()} if k == "stats64" else without_counts(v) for k, v in value.items()}
    return value


def check_text(words, where):
    """What both print in our namespace, byte for byte: the text, or None where they differ. With counters in it a difference may be
    the time between the two."""
    for _ in range(20):
        a, b = twins[0].run([myinit, "ip", *words]), twins[0].run(["ip", *words])
        if (a.returncode, a.stdout) == (b.returncode, b.stdout):
            return a.stdout
        time.sleep(0.05)
    failures.append(f"{where}\n  {a.returncode} ours: {a.stdout!r} {a.stderr!r}\n  {b.returncode} theirs: {b.stdout!r} {b.stderr!r}")


def check_own(twins, where):
    for words in TEXT[section]:
        check_text(words, f"{where}\n  {' '.join(words)}")
    for dump in OWN:
        for _ in range(50):
            a, b = without_counts(twins[0].dump(dump, (myinit, "ip"))), without_counts(twins[0].dump(dump))
            differences = subset(a, b) if isinstance(a, list) and isinstance(b, list) else [repr(a), repr(b)]
            if not differences:
                break
            time.sleep(0.1)
        if differences:
            failures.append(f"{where}\n  our -j {' '.join(dump)}: " + "; ".join(differences[:5]))


failures, lines, accepted, printed = [], 0, 0, 0
twins = section = None
for number, line in enumerate(open(f"{source}/tests/namespace/ip_twin.txt"), 1):
    line = line.strip()
    if not line or line.startswith("#"):
        continue
    if line.startswith("=="):
        if twins:
            check_own(twins, section)
        twins, section = (Namespace(), Namespace()), line[3:]
        continue
    lines += 1
    loose = line.startswith("~ ")
    words = line.removeprefix("~ ").split()
    if words[0] == "=":
        printed += bool(check_text(words[1:], f"{number}: {line}"))
        continue
    ours = twins[0].run([myinit, "ip", *words])
    theirs = twins[1].run(["ip", *words])
    accepted += ours.returncode == 0
    if (ours.returncode == 0) != (theirs.returncode == 0) or (ours.returncode != theirs.returncode and not loose):
        failures.append(f"{number}: {line}\n  ours: {ours.returncode} {ours.stderr.strip()}\n  theirs: {theirs.returncode} {theirs.stderr.strip()}")
    if ours.returncode != 0 and not ours.stderr.startswith("ip: "):
        failures.append(f"{number}: {line}\n  the message does not name the command: {ours.stderr!r}")
    for dump in DUMPS[section]:
        # What a change brings about (routes of a link that comes up) the kernel does a little later, in its own time.
        for _ in range(50):
            a, b = table(twins[0], dump), table(twins[1], dump)
            if a == b:
                break
            time.sleep(0.1)
        if a != b:
            more = [x for x in a if x not in b], [x for x in b if x not in a]
            failures.append(f"{number}: {line}\n  ip {' '.join(dump)}\n  ours: {json.dumps(more[0])}\n  theirs: {json.dumps(more[1])}")
            break
    if lines % 10 == 0:
        check_own(twins, f"{number}: {line}")
    if len(failures) > 20:
        break
check_own(twins, section)

print(f"{lines} lines, {accepted} of them accepted, {printed} texts, {len(failures)} differences")
for failure in failures:
    print(failure)
if accepted < 150:
    print("fewer than 150 lines did something: this kernel has too little to compare")
    failures.append("")
if printed < 42:
    print("fewer than 42 of the lines with = printed something")
    failures.append("")
sys.exit(1 if failures else 0)
