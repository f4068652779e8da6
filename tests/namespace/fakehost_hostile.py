#!/usr/bin/python3
"""fakehost: scapy sends what a real host ignores, and what it must answer; tags; many hosts; a TAP that is deleted."""
import os, subprocess, sys, time
if os.environ.get("IN_TEST_NAMESPACE") is None:
    os.environ["IN_TEST_NAMESPACE"] = "1"
    os.execvp("unshare", ["unshare", "-n", sys.argv[0]])
try:
    import logging
    logging.getLogger("scapy").setLevel(logging.ERROR)
    from scapy.all import (ARP, Dot1Q, Ether, ICMP, ICMPv6EchoRequest, ICMPv6ND_NA, ICMPv6ND_NS, ICMPv6ND_RS,
                           ICMPv6NDOptDstLLAddr, ICMPv6NDOptSrcLLAddr, ICMPv6PacketTooBig, IP, IPv6, IPv6ExtHdrFragment, Raw, UDP, conf,
                           fragment, fragment6, raw)
except ImportError:
    print("skip: no scapy")
    sys.exit(77)

def sh(line):
    subprocess.run(line, shell=True, check=True)

sh("ip link add v0 type veth peer name v1")
for end in ("v0", "v1"):
    sh(f"echo 1 > /proc/sys/net/ipv6/conf/{end}/disable_ipv6; ip link set {end} up")
ME, HOST = "02:00:00:00:00:aa", "02:00:00:00:00:10"
script = [f"fakehost add v1 192.0.2.10 mac {HOST} icmp", f"fakehost add v1 2001:db8::10 mac {HOST} icmp router",
          f"fakehost add v1 192.0.2.10 mac 02:00:00:00:00:50 vlan 50 icmp", f"fakehost add v1 192.0.2.26 mac {HOST} nodefend",
          f"fakehost add v1 192.0.2.27 mac {HOST} unreachable 1", f"fakehost add v1 192.0.2.32/28 mac {HOST} ttl-exceeded",
          f"fakehost add v1 2001:db8::27 mac {HOST} icmp mtu 1280",
          "exec echo ready", "sleep 100"]
init = subprocess.Popen([os.environ["MYINIT"], "-c", "\n".join(script)], stdout=subprocess.PIPE, stderr=sys.stderr, text=True)
for line in init.stdout:
    if line == "ready\n":
        break
sock = conf.L2socket(iface="v0")
failed = 0

def drain():
    while sock.select([sock], 0.02):
        sock.recv()

def ask(frame, wait):
    """The first answer to ME (or all nodes) within the time, else None."""
    drain()
    for f in frame if isinstance(frame, list) else [frame]:
        sock.send(f)
    end = time.time() + wait
    while time.time() < end:
        got = sock.recv() if sock.select([sock], end - time.time()) else None
        if got is not None and got.src in (HOST, "02:00:00:00:00:50"):
            return got
    return None

def check(what, good):
    global failed
    if not good:
        failed = 1
        print("FAIL:", what)

def answered(what, frame, test=lambda a: True):
    answer = ask(frame, 3)
    check(what, answer is not None and test(answer))

def ignored(what, frame):
    """Answers come in the order of what asks: the first one is the marker's."""
    marker = Ether(src=ME, dst="ff:ff:ff:ff:ff:ff") / ARP(op=1, hwsrc=ME, psrc="192.0.2.77", pdst="192.0.2.10")
    first = ask([*(frame if isinstance(frame, list) else [frame]), marker], 3)
    check(what + " is answered", first is not None and first.haslayer(ARP) and first[ARP].pdst == "192.0.2.77")

def sums_right(a):
    again = IP(raw(a[IP])[:a[IP].len])
    want = again.chksum, again[ICMP].chksum
    del again.chksum, again[ICMP].chksum
    again = IP(raw(again))
    return (again.chksum, again[ICMP].chksum) == want

arp = Ether(src=ME, dst="ff:ff:ff:ff:ff:ff") / ARP(op=1, hwsrc=ME, psrc="192.0.2.1", pdst="192.0.2.10")
answered("arp", arp, lambda a: a[ARP].op == 2 and a[ARP].hwsrc == HOST and a[ARP].psrc == "192.0.2.10" and a.dst == ME)
probe = Ether(src=ME, dst="ff:ff:ff:ff:ff:ff") / ARP(op=1, hwsrc=ME, psrc="0.0.0.0", pdst="192.0.2.10")
answered("arp probe", probe, lambda a: a[ARP].pdst == "0.0.0.0")
probe[ARP].pdst = "192.0.2.26"
ignored("arp probe of a host that does not defend", probe)
ignored("arp announcement", Ether(src=ME, dst="ff:ff:ff:ff:ff:ff") / ARP(op=1, hwsrc=ME, psrc="192.0.2.10", pdst="192.0.2.10"))
ignored("arp reply", Ether(src=ME, dst=HOST) / ARP(op=2, hwsrc=ME, psrc="192.0.2.1", pdst="192.0.2.10"))
ignored("arp, odd lengths", Ether(src=ME, dst="ff:ff:ff:ff:ff:ff") / ARP(op=1, hwlen=5, psrc="192.0.2.1", pdst="192.0.2.10"))
ignored("arp, cut", Ether(raw(arp)[:40]))
ignored("arp to somebody else's MAC", Ether(src=ME, dst="02:00:00:00:00:99") / arp[ARP])

tagged = Ether(src=ME, dst="ff:ff:ff:ff:ff:ff") / Dot1Q(vlan=50) / ARP(op=1, hwsrc=ME, psrc="192.0.2.1", pdst="192.0.2.10")
answered("arp on a VLAN", tagged, lambda a: a.haslayer(Dot1Q) and a[Dot1Q].vlan == 50 and a[ARP].hwsrc == "02:00:00:00:00:50")
tagged[Dot1Q].vlan = 51
ignored("arp on another VLAN", tagged)

echo = Ether(src=ME, dst=HOST) / IP(src="192.0.2.1", dst="192.0.2.10") / ICMP(id=7, seq=3) / b"odd"
answered("echo", echo, lambda a: a[ICMP].type == 0 and a[ICMP].id == 7 and a[ICMP].seq == 3 and raw(a[Raw])[:3] == b"odd"
         and sums_right(a) and a[IP].ttl == 64)
answered("echo without data", Ether(src=ME, dst=HOST) / IP(src="192.0.2.1", dst="192.0.2.10") / ICMP(), lambda a: a[ICMP].type == 0)
bad = echo.copy(); bad[ICMP].chksum = 1
ignored("echo, wrong checksum", bad)
bad = echo.copy(); bad[IP].chksum = 1
ignored("echo, wrong header checksum", bad)
bad = echo.copy(); bad[IP].len = 2000
ignored("echo, longer than its frame", bad)
bad = echo.copy(); bad[IP].src = "224.0.0.1"
ignored("echo from a group", bad)
bad = echo.copy(); bad.dst = "02:00:00:00:00:99"
ignored("echo to somebody else's MAC", bad)
whole = IP(src="192.0.2.1", dst="192.0.2.10", id=99) / ICMP() / bytes(3000)
parts = [Ether(src=ME, dst=HOST) / f for f in fragment(whole, 1000)]
answered("echo in fragments, backwards", parts[::-1], lambda a: a[IP].proto == 1)
ignored("echo, one fragment missing", parts[1:])
whole[IP].id = 98
parts = [Ether(src=ME, dst=HOST) / f for f in fragment(whole, 1000)]
over = parts[1].copy()
over[IP].frag = 10
ignored("fragments that overlap", [parts[0], over, *parts[1:]])
error = Ether(src=ME, dst=HOST) / IP(src="192.0.2.1", dst="192.0.2.27") / UDP(dport=9) / b"x"
answered("unreachable", error, lambda a: a[ICMP].type == 3 and a[ICMP].code == 1)
error[IP].dst = "192.0.2.37"
answered("an error of one of a prefix", error, lambda a: a[ICMP].type == 11 and a[IP].src == "192.0.2.37" and a[IP].dst == "192.0.2.1")
ignored("an error about an error", Ether(src=ME, dst=HOST) / IP(src="192.0.2.1", dst="192.0.2.27") / ICMP(type=3, code=1) / bytes(28))

GROUP, GROUP_MAC = "ff02::1:ff00:10", "33:33:ff:00:00:10"
ns = lambda **f: ICMPv6ND_NS(tgt="2001:db8::10", **f)
ns6 = Ether(src=ME, dst=GROUP_MAC) / IPv6(src="2001:db8::1", dst=GROUP, hlim=255) / ns() / ICMPv6NDOptSrcLLAddr(lladdr=ME)
def good_na(a, solicited):
    na = a[ICMPv6ND_NA]
    sum_right = IPv6(raw(a[IPv6])); want = sum_right[ICMPv6ND_NA].cksum; del sum_right[ICMPv6ND_NA].cksum
    return (na.R, na.S, na.O) == (1, solicited, 1) and na.tgt == "2001:db8::10" and a[ICMPv6NDOptDstLLAddr].lladdr == HOST \
        and a[IPv6].hlim == 255 and IPv6(raw(sum_right))[ICMPv6ND_NA].cksum == want
answered("solicitation", ns6, lambda a: good_na(a, 1) and a.dst == ME and a[IPv6].dst == "2001:db8::1")
dad = Ether(src=ME, dst=GROUP_MAC) / IPv6(src="::", dst=GROUP, hlim=255) / ns()
answered("duplicate-address probe", dad, lambda a: good_na(a, 0) and a[IPv6].dst == "ff02::1" and a.dst == "33:33:00:00:00:01")
for what, change in {"hop limit 254": ("IPv6", "hlim", 254), "wrong checksum": ("ND", "cksum", 1), "code 1": ("ND", "code", 1),
                     "option of length 0": ("OPT", "len", 0), "option of length 9": ("OPT", "len", 9)}.items():
    bad = ns6.copy()
    layer = {"IPv6": IPv6, "ND": ICMPv6ND_NS, "OPT": ICMPv6NDOptSrcLLAddr}[change[0]]
    setattr(bad[layer], change[1], change[2])
    ignored("solicitation, " + what, bad)
ignored("probe with a source option", dad / ICMPv6NDOptSrcLLAddr(lladdr=ME))
ignored("probe not to the group", Ether(src=ME, dst=HOST) / IPv6(src="::", dst="2001:db8::10", hlim=255) / ns())
ignored("solicitation of a group", Ether(src=ME, dst=GROUP_MAC) / IPv6(src="2001:db8::1", dst=GROUP, hlim=255) / ICMPv6ND_NS(tgt="ff02::1"))
ignored("router solicitation where nobody advertises", Ether(src=ME, dst="33:33:00:00:00:02") / IPv6(src="fe80::9", dst="ff02::2", hlim=255) / ICMPv6ND_RS())
answered("echo6", Ether(src=ME, dst=HOST) / IPv6(src="2001:db8::1", dst="2001:db8::10") / ICMPv6EchoRequest(id=5, data=b"odd"), lambda a: a[IPv6].hlim == 64)
large = fragment6(IPv6(src="2001:db8::1", dst="2001:db8::27") / IPv6ExtHdrFragment(id=77) / ICMPv6EchoRequest(data=bytes(2000)), 1500)
answered("a fragment over the path MTU", [Ether(src=ME, dst=HOST) / large[0]], lambda a: a[ICMPv6PacketTooBig].mtu == 1280 and len(raw(a[IPv6])) == 1280)
small = fragment6(IPv6(src="2001:db8::1", dst="2001:db8::27") / IPv6ExtHdrFragment(id=78) / ICMPv6EchoRequest(data=bytes(2000)), 1280)
answered("fragments below it, backwards", [Ether(src=ME, dst=HOST) / f for f in small[::-1]], lambda a: a[IPv6].nh == 44)
ignored("solicitation from a group", Ether(src=ME, dst=GROUP_MAC) / IPv6(src="ff02::9", dst=GROUP, hlim=255) / ns())
ignored("solicitation with a group's MAC address",
        Ether(src=ME, dst=GROUP_MAC) / IPv6(src="2001:db8::1", dst=GROUP, hlim=255) / ns() / ICMPv6NDOptSrcLLAddr(lladdr="33:33:00:00:00:01"))
ignored("a request in an 802.1ad tag", Ether(src=ME, dst="ff:ff:ff:ff:ff:ff", type=0x88a8) / raw(tagged)[14:])
bad = Ether(src=ME, dst=HOST) / IPv6(src="2001:db8::1", dst="2001:db8::10") / ICMPv6EchoRequest(id=5, data=b"odd", cksum=1)
ignored("echo6, wrong checksum", bad)
for cut in range(0, 60, 3):
    sock.send(raw(ns6)[:14 + cut])
answered("still there after garbage", arp)
check("still running", init.poll() is None)
init.terminate(); init.wait()

# Ten thousand hosts: the last one answers as the first one does.
many = "".join(f"fakehost add v1 10.{i >> 8}.{i & 255}.1 mac {HOST}\n" for i in range(10000))
many_file = f"/tmp/fakehost-many-{os.getpid()}.run"
with open(many_file, "w") as out:
    out.write(many + "exec echo ready\nsleep 100\n")
init = subprocess.Popen([os.environ["MYINIT"], many_file], stdout=subprocess.PIPE, stderr=sys.stderr, text=True)
for line in init.stdout:
    if line == "ready\n":
        break
os.unlink(many_file)
arp[ARP].pdst = "10.39.15.1"
answered("host 10000 of 10000", arp)
init.terminate(); init.wait()

# An interface that goes down and comes back, and one that is deleted, up or down: said, and its name can be used again.
lines = ["fakehost add v1 192.0.2.10 mac " + HOST, "ip link set v1 down", "wait link v1 down within 5s", "ip link set v1 up", "exec echo up", "sleep 100"]
init = subprocess.Popen([os.environ["MYINIT"], "-c", "\n".join(lines)], stdout=subprocess.PIPE, stderr=sys.stderr, text=True)
for line in init.stdout:
    if line == "up\n":
        break
time.sleep(0.3)
arp[ARP].pdst = "192.0.2.10"
answered("after down and up", arp)
init.terminate(); init.wait()
for down in ("", "exec ip link set v3 down\n"):
    lines = f"exec ip link add v2 type veth peer name v3\nexec ip link set v3 up\nfakehost add v3 192.0.2.10\n{down}exec ip link del v3\nsleep 0.5\nfakehost show\n" \
            "exec ip link add v2 type veth peer name v3\nexec ip link set v3 up\nfakehost add v3 192.0.2.11\nfakehost del v3 all\nexec ip link del v3"
    done = subprocess.run([os.environ["MYINIT"], "-c", lines], capture_output=True, text=True, timeout=60)
    check("deleted veth: " + done.stdout + done.stderr, "fake hosts are gone" in done.stderr and "No fake hosts configured" in done.stdout
          and "Stopped fake host responder on v3" in done.stdout)

# Answers that are late are not sent when their host has been removed meanwhile; and a later host's short delay is short.
lines = [f"fakehost add v1 192.0.2.10 mac {HOST} icmp delay 1500", f"fakehost add v1 192.0.2.11 mac {HOST} icmp delay 20", "exec echo ready", "sleep 1",
         "fakehost del v1 192.0.2.10", "sleep 100"]
init = subprocess.Popen([os.environ["MYINIT"], "-c", "\n".join(lines)], stdout=subprocess.PIPE, stderr=sys.stderr, text=True)
for line in init.stdout:
    if line == "ready\n":
        break
late = Ether(src=ME, dst=HOST) / IP(src="192.0.2.1", dst="192.0.2.10") / ICMP(id=7)
soon = Ether(src=ME, dst=HOST) / IP(src="192.0.2.1", dst="192.0.2.11") / ICMP(id=8)
begin = time.time()
answered("a short delay beside a long one", [late, soon], lambda a: a[ICMP].id == 8 and time.time() - begin < 1)
check("an answer of a host that was removed", ask([], 2) is None)
init.terminate(); init.wait()

# A TAP that is deleted under its hosts: said, and another one can be made.
if os.path.exists("/dev/net/tun"):
    lines = "tap add t9\nfakehost add t9 192.0.2.10\nexec ip link del t9\nsleep 0.5\nfakehost show\ntap del t9\ntap add t8\nfakehost add t8 192.0.2.10\nfakehost del t8 all\nfakehost show"
    done = subprocess.run([os.environ["MYINIT"], "-c", lines], capture_output=True, text=True, timeout=60)
    check("deleted TAP: " + done.stdout + done.stderr, "fake hosts are gone" in done.stderr and done.stdout.count("No fake hosts configured") == 2
          and "Stopped fake host responder on t8" in done.stdout)
print("ok" if not failed else "")
sys.exit(failed)
