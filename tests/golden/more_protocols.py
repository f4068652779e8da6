#!/usr/bin/python3
"""The protocols that only the full dialect knows, and the headers of captures that are not of one Ethernet:
scapy builds them, pcap2json --full must see the same values, json2pcap must give back the same bytes, and what it
computes (lengths, checksums, next protocols) must be what scapy computed. tshark must find nothing malformed."""
import json
import os
import subprocess
import sys
import tempfile

try:
    from scapy.all import (IP, UDP, SCTP, SCTPChunkData, SCTPChunkInit, SCTPChunkSACK, Ether, IPv6, PPPoE, PPPoED, PPPoED_Tags,
                           PPPoETag, ICMP, NTP, Raw, CookedLinux, wrpcap)
    from scapy.contrib.igmp import IGMP
    from scapy.contrib.igmpv3 import IGMPv3, IGMPv3mq, IGMPv3mr, IGMPv3gr
    from scapy.contrib.mpls import MPLS
    from scapy.contrib.lldp import (LLDPDU, LLDPDUChassisID, LLDPDUPortID, LLDPDUTimeToLive, LLDPDUSystemName, LLDPDUEndOfLLDPDU,
                                    LLDPDUSystemCapabilities)
    from scapy.layers.ipsec import ESP
    from scapy.contrib.wireguard import Wireguard, WireguardInitiation, WireguardTransport
except ImportError as missing:
    print("skipped:", missing)
    sys.exit(77)

MYINIT = os.environ["MYINIT"]
failures = 0


def fail(*words):
    global failures
    failures += 1
    print("FAIL:", *words)


def run(*words, **keywords):
    return subprocess.run([MYINIT, *words], capture_output=True, text=True, **keywords)


E = Ether(src="02:00:00:00:00:02", dst="02:00:00:00:00:01")
I4 = IP(src="192.0.2.1", dst="192.0.2.2", id=1)
G4 = IP(src="192.0.2.1", dst="224.0.0.22", ttl=1, id=1)
# PPPoE has no compressed protocol numbers (RFC 2516 section 7), which scapy's own PPP layer would write.
PPP4, PPP6 = Raw(b"\x00\x21"), Raw(b"\x00\x57")
I6 = IPv6(src="2001:db8::1", dst="2001:db8::2")

# name, packet, what some layers must hold
CASES = [
    ("sctp data", E / I4 / SCTP(sport=5000, dport=5001, tag=7) / SCTPChunkData(tsn=9, stream_id=2, stream_seq=3, proto_id=51, data=b"hello"),
     {"Sctp": {"sport": 5000, "dport": 5001, "tag": 7}, "SctpData": {"tsn": 9, "stream": 2, "sequence": 3, "protocol": 51, "length": 21}}),
    ("sctp two chunks", E / I6 / SCTP(sport=1, dport=2, tag=3) / SCTPChunkSACK(cumul_tsn_ack=5) / SCTPChunkData(tsn=9, data=b"12345678"),
     {"SctpChunk": {"type": "Sack", "length": 16}, "SctpData": {"tsn": 9}}),
    ("sctp init", E / I4 / SCTP(sport=1, dport=2, tag=0) / SCTPChunkInit(init_tag=77), {"SctpChunk": {"type": "Init"}}),
    ("igmp v2 report", E / G4 / IGMP(type=0x16, gaddr="224.1.2.3"), {"Igmp": {"type": 22}, "IgmpGroup": {"group": "224.1.2.3"}}),
    ("igmp v2 query", E / G4 / IGMP(type=0x11, mrcode=100, gaddr="0.0.0.0"),
     {"Igmp": {"type": 17, "max_response": 100}, "IgmpGroup": {"group": "0.0.0.0"}}),
    ("igmp v3 query", E / G4 / IGMPv3(type=0x11, mrcode=10) / IGMPv3mq(gaddr="224.1.2.3", srcaddrs=["192.0.2.9", "192.0.2.10"]),
     {"IgmpQuery": {"group": "224.1.2.3", "source_count": 2, "sources": ["192.0.2.9", "192.0.2.10"]}}),
    ("igmp v3 report", E / G4 / IGMPv3(type=0x22) / IGMPv3mr(records=[
        IGMPv3gr(rtype=4, maddr="224.1.2.3"), IGMPv3gr(rtype=1, maddr="224.1.2.4", srcaddrs=["192.0.2.9"])]),
     {"IgmpReport": {"record_count": 2}}),
    ("pppoe session v4", E / PPPoE(sessionid=17) / PPP4 / I4 / ICMP(id=1, seq=2),
     {"Pppoe": {"session": 17, "len": 30}, "Ppp": {"protocol": 0x21}, "Ip": {"src": "192.0.2.1"}}),
    ("pppoe session v6", E / PPPoE(sessionid=17) / PPP6 / I6 / UDP(sport=1, dport=2), {"Ppp": {"protocol": 0x57}, "Ipv6": {}, "Udp": {}}),
    ("pppoe discovery", E / PPPoED(code=0x09) / PPPoED_Tags(tag_list=[
        PPPoETag(tag_type=0x0101, tag_value=b""), PPPoETag(tag_type=0x0103, tag_value=b"\1\2\3")]),
     {"Pppoe": {"code": 9}, "PppoeDiscovery": {"tags": [{"ServiceName": ""}, {"HostUniq": [1, 2, 3]}]}}),
    ("mpls two labels", E / MPLS(label=100, cos=1, s=0, ttl=9) / MPLS(label=200, s=1, ttl=8) / I4 / ICMP(id=1, seq=2),
     {"Mpls": {"label": 100, "exp": 1, "bottom": 0, "ttl": 9}, "Ip": {}}),
    ("mpls v6", E / MPLS(label=3, s=1, ttl=8) / I6 / UDP(sport=1, dport=2), {"Mpls": {"bottom": 1}, "Ipv6": {}}),
    ("lldp", Ether(src="02:00:00:00:00:02", dst="01:80:c2:00:00:0e", type=0x88cc) / LLDPDUChassisID(subtype=4, id="02:00:00:00:00:02") /
     LLDPDUPortID(subtype=5, id=b"eth0") / LLDPDUTimeToLive(ttl=120) / LLDPDUSystemName(system_name=b"host") /
     LLDPDUSystemCapabilities(router_available=1, router_enabled=1) / LLDPDUEndOfLLDPDU(),
     {"Lldp": {"elements": [{"ChassisId": {"subtype": 4, "id": "02:00:00:00:00:02"}}, {"PortId": {"subtype": 5, "id": "eth0"}},
                            {"TimeToLive": 120}, {"SystemName": "host"}, {"SystemCapabilities": {"available": 16, "enabled": 16}}, "End"]}}),
    ("ntp", E / I4 / UDP(sport=40000, dport=123) / NTP(version=4, mode=3, poll=6, recv=1000.5, sent=2000.25),
     {"Ntp": {"version": 4, "mode": 3, "poll": 6, "receive_time": {"seconds": 1000, "fraction": 1 << 31},
              "transmit_time": {"seconds": 2000, "fraction": 1 << 30}}}),
    ("wireguard initiation", E / I4 / UDP(sport=40000, dport=51820) / Wireguard() / WireguardInitiation(sender_index=77),
     {"Wireguard": {"type": 1}, "WireguardInitiation": {"sender": 77}}),
    ("wireguard data", E / I6 / UDP(sport=51820, dport=40000) / Wireguard() /
     WireguardTransport(receiver_index=78, counter=9, encrypted_encapsulated_packet=b"x" * 32),
     {"WireguardData": {"receiver": 78, "counter": 9}, "raw": {}}),
    ("esp", E / I4 / ESP(spi=0x1234, seq=5, data=b"y" * 40), {"Esp": {"spi": 0x1234, "sequence": 5}, "raw": {}}),
]

with tempfile.TemporaryDirectory() as folder:
    def path(name):
        return os.path.join(folder, name)

    def lines(name):
        with open(path(name)) as file:
            return [json.loads(line) for line in file]

    frames = [bytes(packet) for _, packet, _ in CASES]
    wrpcap(path("in.pcap"), [Ether(frame) for frame in frames])
    done = run("pcap2json", path("in.pcap"), path("full.jsonl"), "--full")
    if done.returncode != 0:
        fail("pcap2json", done.stderr)
    full = lines("full.jsonl")
    if len(full) != len(CASES):
        fail(len(full), "lines for", len(CASES), "packets")
    for (name, packet, wanted), line in zip(CASES, full):
        layers = {}
        for layer in line["layers"]:
            layers.setdefault(layer["layertype"], layer)
        for tag, fields in wanted.items():
            if tag not in layers:
                fail(name, "has no", tag, "in", [layer["layertype"] for layer in line["layers"]])
                continue
            for key, value in fields.items():
                if layers[tag].get(key) != value:
                    fail(name, tag, key, "is", layers[tag].get(key), "and not", value)

    # Back to the same bytes; and with everything left out that can be computed.
    computed = {"Sctp": ["chksum"], "SctpData": ["length"], "SctpChunk": ["length"], "Igmp": ["chksum", "type"],
                "IgmpQuery": ["source_count"], "IgmpReport": ["record_count"], "Pppoe": ["len"], "Mpls": ["bottom"],
                "Ip": ["len", "chksum", "ihl"], "Ipv6": ["payload_length"], "Udp": ["len", "chksum"], "ether": ["etype"]}
    ambiguous = {"igmp v2 query": ["type"], "pppoe discovery": ["etype"], "lldp": []}
    with open(path("bare.jsonl"), "w") as file:
        for (name, _, _), line in zip(CASES, full):
            for layer in line["layers"]:
                for key in computed.get(layer["layertype"], []):
                    if key not in ambiguous.get(name, []):
                        layer.pop(key, None)
            file.write(json.dumps(line) + "\n")
    for source in ("full.jsonl", "bare.jsonl"):
        done = run("json2pcap", path(source), path("back.pcap"))
        if done.returncode != 0:
            fail("json2pcap", source, done.stderr)
        with open(path("back.pcap"), "rb") as file:
            back = file.read()
        at = 24
        for (name, _, _), frame in zip(CASES, frames):
            size = int.from_bytes(back[at + 8:at + 12], "little")
            if back[at + 16:at + 16 + size] != frame:
                fail(source, name, "came back as", back[at + 16:at + 16 + size].hex(), "and not", frame.hex())
            at += 16 + size

    # The classic dialect leaves all of it raw.
    run("pcap2json", path("in.pcap"), path("classic.jsonl"))
    known = {"ether", "Ip", "Ipv6", "Udp", "raw"}
    for (name, _, _), line in zip(CASES, lines("classic.jsonl")):
        for layer in line["layers"]:
            if layer["layertype"] not in known:
                fail("classic", name, "has", layer["layertype"])

    # Cooked and loopback captures.
    inner = bytes(I4 / UDP(sport=1, dport=2) / Raw(b"abc"))
    cooked = bytes(CookedLinux(pkttype=4, lladdrtype=1, lladdrlen=6, src=b"\2\0\0\0\0\2\0\0", proto=0x800))
    cooked2 = b"\x08\x00\0\0" + (3).to_bytes(4, "big") + b"\0\1" + b"\4\6" + b"\2\0\0\0\0\2\0\0"
    for link, head, tag in ((113, cooked, "Sll"), (276, cooked2, "Sll2"), (0, b"\2\0\0\0", "Null"), (0, b"\0\0\0\2", "Null"), (108, b"\0\0\0\2", "Loop")):
        packet = head + inner
        with open(path("link.pcap"), "wb") as file:
            file.write(b"\xd4\xc3\xb2\xa1\2\0\4\0" + bytes(8) + b"\xff\xff\0\0" + link.to_bytes(4, "little"))
            file.write(bytes(8) + len(packet).to_bytes(4, "little") * 2 + packet)
        run("pcap2json", path("link.pcap"), path("link.jsonl"))
        tags = [layer["layertype"] for layer in lines("link.jsonl")[0]["layers"]]
        if tags != [tag, "Ip", "Udp", "raw"]:
            fail("link type", link, "gives", tags)
        run("json2pcap", path("link.jsonl"), path("link2.pcap"))
        with open(path("link.pcap"), "rb") as one, open(path("link2.pcap"), "rb") as two:
            if one.read() != two.read():
                fail("link type", link, "does not come back")

    try:
        shown = subprocess.run(["tshark", "-r", path("back.pcap"), "-Y", "_ws.malformed", "-T", "fields", "-e", "frame.number"],
                               capture_output=True, text=True)
        for number in shown.stdout.split():
            fail("tshark finds malformed:", CASES[int(number) - 1][0])
    except FileNotFoundError:
        print("without tshark")

sys.exit(1 if failures else 0)
