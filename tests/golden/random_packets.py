#!/usr/bin/python3
"""Random packets over all layers of tiers 1 and 2, built by scapy: pcap2json --full sees the values that scapy sees, in the same
layers; json2pcap gives back the same bytes, from both dialects and from lines without their computed fields; tshark agrees on
addresses, ports, lengths and checksums, good or bad, and finds nothing malformed. COUNT packets (1500), drawn from SEED (3)."""
import json
import os
import random
import subprocess
import sys
import tempfile

try:
    from scapy.all import (AH, ARP, BOOTP, DHCP, DNS, DNSQR, DNSRR, DNSRRMX, DNSRRSRV, GRE, ICMP, IP, LLC, SNAP,
                           TCP, UDP, VXLAN, Dot1AD, Dot1Q, Dot3, Ether, ICMPv6DestUnreach, ICMPv6EchoReply, ICMPv6EchoRequest, ICMPv6MLDone,
                           ICMPv6MLDMultAddrRec, ICMPv6MLQuery, ICMPv6MLQuery2, ICMPv6MLReport, ICMPv6MLReport2, ICMPv6ND_NA, ICMPv6ND_NS,
                           ICMPv6ND_RA, ICMPv6ND_Redirect, ICMPv6ND_RS, ICMPv6NDOptDstLLAddr, ICMPv6NDOptMTU, ICMPv6NDOptPrefixInfo,
                           ICMPv6NDOptRDNSS, ICMPv6NDOptRouteInfo, ICMPv6NDOptSrcLLAddr, ICMPv6PacketTooBig, ICMPv6ParamProblem,
                           ICMPv6TimeExceeded, IPv6, IPv6ExtHdrDestOpt, IPv6ExtHdrFragment, IPv6ExtHdrHopByHop, IPv6ExtHdrRouting,
                           IPv6ExtHdrSegmentRouting, HAO, PadN, Raw, RouterAlert, IPOption_LSRR, IPOption_RR, IPOption_Router_Alert, IPOption_NOP,
                           IPOption_SSRR, wrpcap)
    from scapy.contrib.erspan import ERSPAN_II, ERSPAN_III
    from scapy.contrib.geneve import GENEVE, GeneveOptions
    from scapy.layers.dhcp6 import (DHCP6_Advertise, DHCP6_RelayForward, DHCP6_Request, DHCP6_Solicit, DHCP6OptClientId, DHCP6OptElapsedTime,
                                    DHCP6OptDNSServers, DHCP6OptIA_NA, DHCP6OptIAAddress, DHCP6OptIAPrefix, DHCP6OptIA_PD, DHCP6OptIfaceId,
                                    DHCP6OptOptReq, DHCP6OptRelayMsg, DHCP6OptServerId, DUID_LL, DUID_LLT)
except ImportError as missing:
    print("skipped:", missing)
    sys.exit(77)

MYINIT = os.environ["MYINIT"]
COUNT = int(os.environ.get("COUNT", "1500"))
draw = random.Random(int(os.environ.get("SEED", "3")))
failures = 0


def fail(*words):
    global failures
    failures += 1
    if failures < 40:
        print("FAIL:", *words)


def number(bits):
    return draw.choice([0, 1, (1 << bits) - 1, draw.getrandbits(bits), draw.getrandbits(bits)])


def mac():
    return "02:%02x:%02x:%02x:%02x:%02x" % tuple(draw.randbytes(5))


def ip4():
    return draw.choice(["192.0.2.%d", "198.51.100.%d", "203.0.113.%d", "10.0.0.%d"]) % draw.randrange(1, 255)


def ip6():
    return draw.choice(["2001:db8::%x", "fe80::%x", "2001:db8:1:0:%x::", "64:ff9b::192.0.2.%d"]) % draw.randrange(1, 255)


def data(most=40):
    # Nothing that tshark could take for a protocol by its looks.
    return Raw((b"~myinit" * 9)[:draw.randrange(1, most)])


def port():
    return draw.randrange(20000, 30000)


def name():
    return ".".join(draw.choice(["a", "www", "host7", "example", "x" * 63, "mail-1"]) for _ in range(draw.randrange(1, 4))) + "."


def tcp_options():
    options = [("MSS", number(16)), ("NOP", None), ("WScale", number(8)), ("SAckOK", b""), ("Timestamp", (number(32), number(32))),
               ("SAck", (number(32), number(32)))]
    return draw.sample(options, draw.randrange(0, 4))


def dns():
    kind = draw.randrange(3)
    query = DNSQR(qname=name(), qtype=draw.choice([1, 2, 5, 6, 12, 15, 16, 28, 33, 255, 65]), qclass=draw.choice([1, 1, 1, 3]))
    if kind == 0:
        return UDP(sport=port(), dport=53) / DNS(id=number(16), rd=1, qd=query)
    owner = query.qname.decode()
    records = [lambda: DNSRR(rrname=owner, type="A", ttl=number(31), rdata=ip4()), lambda: DNSRR(rrname=owner, type="AAAA", ttl=5, rdata=ip6()),
               lambda: DNSRR(rrname=owner, type="CNAME", rdata=name()), lambda: DNSRR(rrname=owner, type="TXT", rdata=[b"one", b"two"]),
               lambda: DNSRRMX(rrname=owner, type=15, preference=number(16), exchange=name()), lambda: DNSRR(rrname=owner, type="NS", rdata=name()),
               lambda: DNSRRSRV(rrname=owner, priority=1, weight=2, port=number(16), target=name()),
               lambda: DNSRR(rrname=owner, type="SOA", rdata=b"\2ns\0\4root\0" + draw.randbytes(20))]
    answers = None
    for _ in range(draw.randrange(1, 4)):
        record = draw.choice(records)()
        answers = record if answers is None else answers / record
    return UDP(sport=53, dport=port()) / DNS(id=number(16), qr=1, rcode=draw.choice([0, 3]), qd=query, an=answers)


def dhcp():
    kind = draw.choice(["discover", "offer", "request", "ack", "nak", "release", "inform"])
    options = [("message-type", kind)] + draw.sample(
        [("server_id", ip4()), ("subnet_mask", "255.255.255.0"), ("router", ip4(), ip4()), ("lease_time", number(32)), ("hostname", b"host"),
         ("param_req_list", [1, 3, 6, 15]), ("client_id", b"\1" + draw.randbytes(6)), ("requested_addr", ip4())], draw.randrange(0, 5))
    return UDP(sport=68, dport=67) / BOOTP(op=1, xid=number(32), flags=0x8000, ciaddr=ip4(), yiaddr=ip4(), chaddr=draw.randbytes(6)) / DHCP(options=options + ["end"])


def dhcp6():
    message = draw.choice([DHCP6_Solicit, DHCP6_Advertise, DHCP6_Request])(trid=number(24))
    parts = [DHCP6OptClientId(duid=DUID_LL(lladdr=mac())), DHCP6OptServerId(duid=DUID_LLT(timeval=number(32), lladdr=mac())), DHCP6OptElapsedTime(elapsedtime=number(16)),
             DHCP6OptOptReq(reqopts=[23, 24, 39]), DHCP6OptDNSServers(dnsservers=[ip6(), ip6()]),
             DHCP6OptIA_NA(iaid=number(32), T1=1, T2=2, ianaopts=[DHCP6OptIAAddress(addr=ip6(), preflft=3, validlft=4)]),
             DHCP6OptIA_PD(iaid=number(32), T1=1, T2=2, iapdopt=[DHCP6OptIAPrefix(prefix="2001:db8::", plen=56, preflft=3, validlft=4)])]
    for part in draw.sample(parts, draw.randrange(1, 5)):
        message = message / part
    if draw.random() < 0.2:
        message = DHCP6_RelayForward(hopcount=1, linkaddr=ip6(), peeraddr=ip6()) / DHCP6OptIfaceId(ifaceid=b"eth0") / DHCP6OptRelayMsg(message=message)
        return UDP(sport=547, dport=547) / message
    return UDP(sport=546, dport=547) / message


def icmp():
    quoted = IP(src=ip4(), dst=ip4(), id=number(16)) / draw.choice([UDP(sport=port(), dport=port()), TCP(sport=port(), dport=port(), seq=number(32))]) / Raw(b"12345678")
    return draw.choice([
        lambda: ICMP(type=draw.choice([0, 8]), id=number(16), seq=number(16)) / data(),
        lambda: ICMP(type=3, code=draw.choice([0, 1, 3, 13])) / quoted, lambda: ICMP(type=3, code=4, nexthopmtu=number(16)) / quoted,
        lambda: ICMP(type=11, code=draw.randrange(2)) / quoted, lambda: ICMP(type=5, code=1, gw=ip4()) / quoted,
        lambda: ICMP(type=12, ptr=number(8)) / quoted, lambda: ICMP(type=draw.choice([13, 14]), id=1, seq=2, ts_ori=number(32), ts_rx=number(32), ts_tx=number(32)),
        lambda: ICMP(type=4) / quoted])()


def icmp6():
    quoted = IPv6(src=ip6(), dst=ip6()) / UDP(sport=port(), dport=port()) / Raw(b"12345678")
    options = draw.choice([lambda: ICMPv6NDOptSrcLLAddr(lladdr=mac()), lambda: ICMPv6NDOptDstLLAddr(lladdr=mac()), lambda: ICMPv6NDOptMTU(mtu=number(32)),
                           lambda: ICMPv6NDOptPrefixInfo(prefixlen=64, L=1, A=0, validlifetime=number(32), preferredlifetime=number(32), prefix="2001:db8::"),
                           lambda: ICMPv6NDOptRDNSS(lifetime=number(32), dns=[ip6()]), lambda: ICMPv6NDOptRouteInfo(plen=64, rtlifetime=7, prefix="2001:db8::")])()
    return draw.choice([
        lambda: draw.choice([ICMPv6EchoRequest, ICMPv6EchoReply])(id=number(16), seq=number(16), data=draw.randbytes(9)),
        lambda: ICMPv6DestUnreach(code=draw.randrange(7)) / quoted, lambda: ICMPv6PacketTooBig(mtu=number(32)) / quoted,
        lambda: ICMPv6TimeExceeded(code=0) / quoted, lambda: ICMPv6ParamProblem(code=1, ptr=number(32)) / quoted,
        lambda: ICMPv6ND_RS() / options, lambda: ICMPv6ND_RA(chlim=number(8), M=1, O=0, routerlifetime=number(16), reachabletime=number(32), retranstimer=number(32)) / options,
        lambda: ICMPv6ND_NS(tgt=ip6()) / options, lambda: ICMPv6ND_NA(tgt=ip6(), R=1, S=0, O=1) / options,
        lambda: ICMPv6ND_Redirect(tgt=ip6(), dst=ip6()) / options,
        lambda: draw.choice([ICMPv6MLQuery, ICMPv6MLReport, ICMPv6MLDone])(mladdr="ff02::%x" % draw.randrange(2, 99)),
        lambda: ICMPv6MLQuery2(mladdr="ff02::5", sources=[ip6()]),
        lambda: ICMPv6MLReport2(records=[ICMPv6MLDMultAddrRec(rtype=4, dst="ff02::7", sources=[ip6(), ip6()]), ICMPv6MLDMultAddrRec(rtype=3, dst="ff02::8")])])()


def frame(depth):
    return Ether(src=mac(), dst=mac()) / network(depth)


def tunnel(depth):
    inner = depth + 1
    return draw.choice([
        lambda: UDP(sport=port(), dport=4789) / VXLAN(vni=number(24), flags=8) / frame(inner),
        lambda: UDP(sport=port(), dport=6081) / GENEVE(vni=number(24), proto=0x6558, options=[
            GeneveOptions(classid=number(16), type=number(8), data=draw.randbytes(4 * draw.randrange(0, 3))) for _ in range(draw.randrange(3))]) / frame(inner),
        lambda: GRE(key_present=1, key=number(32), seqnum_present=1, seqence_number=number(32)) / network(inner),
        lambda: GRE(chksum_present=1) / network(inner), lambda: GRE(proto=0x6558) / frame(inner),
        lambda: GRE(seqnum_present=1, seqence_number=number(32)) / ERSPAN_II(ver=1, vlan=number(12), cos=number(3), session_id=number(10), index=number(20)) / frame(inner),
        lambda: GRE(seqnum_present=1, proto=0x22eb) / ERSPAN_III(ver=2, vlan=number(12), session_id=number(10), timestamp=number(32)) / frame(inner),
        lambda: ip_packet(inner)])()


def transport(depth, version):
    choices = [lambda: UDP(sport=port(), dport=port()) / data(), lambda: UDP(sport=port(), dport=port()),
               lambda: TCP(sport=port(), dport=port(), seq=number(32), ack=number(32), flags=draw.getrandbits(8), window=number(16), options=tcp_options()) / data(),
               lambda: TCP(sport=port(), dport=port()), dns]
    choices += [dhcp, icmp] if version == 4 else [dhcp6, icmp6]
    if depth < 2:
        choices += [lambda: tunnel(depth)] * 3
    return draw.choice(choices)()


def ip_packet(depth):
    if draw.random() < 0.5:
        options = draw.choice([[], [], [], [IPOption_Router_Alert()], [IPOption_RR(routers=[ip4(), ip4()])], [IPOption_NOP(), IPOption_NOP()],
                               [draw.choice([IPOption_LSRR, IPOption_SSRR])(pointer=draw.choice([4, 8]), routers=[ip4(), ip4()])]])
        header = IP(src=ip4(), dst=ip4(), id=number(16), tos=number(8), ttl=draw.randrange(1, 256), options=options, flags=draw.choice([0, "DF"]))
        packet = header / transport(depth, 4)
        return packet
    header = IPv6(src=ip6(), dst=ip6(), tc=number(8), fl=number(20), hlim=draw.randrange(1, 256))
    # Checksums are over the last destination of a route that is not used up, and over the home address.
    routing = lambda: draw.choice([lambda: IPv6ExtHdrRouting(type=0, addresses=[ip6(), ip6()], segleft=draw.randrange(3)),
                                   lambda: IPv6ExtHdrRouting(type=2, addresses=[ip6()], segleft=draw.randrange(2)),
                                   lambda: IPv6ExtHdrSegmentRouting(addresses=[ip6(), ip6()], segleft=draw.randrange(2))])()
    for extension in draw.sample([lambda: IPv6ExtHdrDestOpt(options=[draw.choice([PadN(optdata=b"\0\0"), HAO(hoa=ip6())])]), routing,
                                  lambda: IPv6ExtHdrFragment(id=number(32), offset=0, m=0)], draw.choice([0, 0, 0, 1, 2])):
        header = header / extension()
    if draw.random() < 0.1:
        hop = IPv6ExtHdrHopByHop(options=[RouterAlert(value=0)])
        hop.add_payload(header.payload)
        header.remove_payload()
        header = header / hop
    return header / transport(depth, 6)


def network(depth):
    if draw.random() < 0.1:
        return ARP(op=draw.choice([1, 2]), hwsrc=mac(), psrc=ip4(), hwdst=mac(), pdst=ip4())
    return ip_packet(depth)


def any_frame():
    tags = draw.choice([[], [], [], [Dot1Q(vlan=number(12), prio=number(3), id=number(1))], [Dot1AD(vlan=7), Dot1Q(vlan=number(12))]])
    if draw.random() < 0.05:
        return Dot3(src=mac(), dst=mac()) / LLC(dsap=0xaa, ssap=0xaa, ctrl=3) / SNAP(OUI=0, code=0x0800) / IP(src=ip4(), dst=ip4()) / UDP(sport=port(), dport=port())
    if draw.random() < 0.05:
        return Dot3(src=mac(), dst=mac()) / LLC(dsap=0x0c, ssap=0x0c, ctrl=3) / data()
    packet = Ether(src=mac(), dst=mac())
    for tag in tags:
        packet = packet / tag
    packet = packet / network(0)
    if len(packet) < 60 and draw.random() < 0.5:
        packet = Ether(bytes(packet) + bytes(60 - len(packet)))
    return packet


def text6(address):
    """As RFC 5952 has it."""
    import ipaddress
    address = ipaddress.ip_address(address)
    if address.ipv4_mapped:
        return "::ffff:" + str(address.ipv4_mapped)
    return str(address)


def ip_flags(p):
    flags = int(p.flags)
    return {"reserved": bool(flags & 4), "dont_fragment": bool(flags & 2), "more_fragments": bool(flags & 1), "fragment_offset": p.frag}


TCP_NAMES = {"MSS": "MSS", "WScale": "WindowScale", "SAckOK": "SackPermitted", "Timestamp": "Timestamps", "SAck": "Sack", "NOP": "NOP"}


def tcp_names(p):
    return [TCP_NAMES[option[0]] for option in p.options if option[0] != "EOL"]


def chain(records):
    """DNS records, each the payload of the one before."""
    while records and records.name.startswith("DNS"):
        yield records
        records = records.payload


def plain(name):
    return lambda p: p.getfieldval(name)


ICMP_BODY = {0: ("echoReply", {"identifier": plain("id"), "sequence": plain("seq")}), 8: ("echo", {"identifier": plain("id"), "sequence": plain("seq")}),
             3: ("icmpDestUnreach", {"mtu": lambda p: p.nexthopmtu or 0}), 4: ("icmpSourceQuench", {}), 5: ("icmpRedirect", {"gateway": plain("gw")}),
             11: ("icmpTimeExceeded", {}), 12: ("icmpParameterProblem", {"pointer": plain("ptr")}),
             13: ("icmpTimestamp", {"identifier": plain("id"), "originate": plain("ts_ori"), "transmit": plain("ts_tx")}),
             14: ("icmpTimestampReply", {"sequence": plain("seq"), "receive": plain("ts_rx")})}
ICMP6_HEAD = {"type_": plain("type"), "code": lambda p: p.getfieldval("res" if "res" in p.fields else "code"), "checksum": plain("cksum")}
ROUTING = ("Ipv6Routing", {"next_header": plain("nh"), "length": plain("len"), "routing_type": plain("type"), "segments_left": plain("segleft")})
HOP = {"next_header": plain("nh"), "length": plain("len")}
GRE_FIELDS = {"chksum_present": lambda p: bool(p.chksum_present), "key_present": lambda p: bool(p.key_present), "seqnum_present": lambda p: bool(p.seqnum_present),
              "proto": plain("proto"), "key": lambda p: p.key or 0, "sequence_number": lambda p: p.seqence_number or 0, "chksum": lambda p: p.chksum or 0}
IP4 = ("Ip", {"version": plain("version"), "ihl": plain("ihl"), "tos": plain("tos"), "len": plain("len"), "id": plain("id"), "flags": ip_flags, "ttl": plain("ttl"),
              "proto": plain("proto"), "chksum": plain("chksum"), "src": plain("src"), "dst": plain("dst")})
IP6 = ("Ipv6", {"version_class": lambda p: 6 << 28 | p.tc << 20 | p.fl, "payload_length": plain("plen"), "next_header": plain("nh"), "hop_limit": plain("hlim"),
                "src": lambda p: text6(p.src), "dst": lambda p: text6(p.dst)})
UDP4 = ("Udp", {"sport": plain("sport"), "dport": plain("dport"), "len": plain("len"), "chksum": plain("chksum")})
TCP4 = ("Tcp", {"sport": plain("sport"), "dport": plain("dport"), "seq": plain("seq"), "ack": plain("ack"), "dataofs": plain("dataofs"),
                "reserved": lambda p: p.reserved * 2 + (int(p.flags) >> 8), "flags": lambda p: int(p.flags) & 255, "window": plain("window"),
                "chksum": plain("chksum"), "urgptr": plain("urgptr"), "options": tcp_names})
# scapy's class: our tag and fields.
BY_CLASS = {
    "Ether": ("ether", {"dst": lambda p: p.dst.upper(), "src": lambda p: p.src.upper(), "etype": plain("type")}),
    "Dot3": ("ether", {"dst": lambda p: p.dst.upper(), "src": lambda p: p.src.upper(), "etype": plain("len")}),
    "LLC": ("Llc", {"dsap": plain("dsap"), "ssap": plain("ssap"), "control": plain("ctrl")}), "SNAP": ("Snap", {"oui": plain("OUI"), "protocol": plain("code")}),
    "Dot1Q": ("dot1Q", {"prio": plain("prio"), "vlan": plain("vlan"), "etype": plain("type")}), "Dot1AD": ("dot1Q", {"vlan": plain("vlan"), "etype": plain("type")}),
    "ARP": ("Arp", {"op": plain("op"), "hwsrc": lambda p: p.hwsrc.upper(), "psrc": plain("psrc"), "hwdst": lambda p: p.hwdst.upper(), "pdst": plain("pdst")}),
    "IP": IP4, "IPerror": IP4, "IPv6": IP6, "IPerror6": IP6, "UDP": UDP4, "UDPerror": UDP4, "TCP": TCP4, "TCPerror": TCP4,
    "VXLAN": ("Vxlan", {"flags": lambda p: int(p.flags), "vni": plain("vni")}), "GENEVE": ("Geneve", {"protocol": plain("proto"), "vni": plain("vni")}),
    "GRE": ("Gre", {"chksum_present": lambda p: bool(p.chksum_present), "key_present": lambda p: bool(p.key_present), "seqnum_present": lambda p: bool(p.seqnum_present),
                    "proto": plain("proto"), "key": lambda p: p.key or 0, "sequence_number": lambda p: p.seqence_number or 0, "chksum": lambda p: p.chksum or 0}),
    "BOOTP": ("Bootp", {"op": plain("op"), "xid": plain("xid"), "ciaddr": plain("ciaddr"), "yiaddr": plain("yiaddr"), "chaddr": lambda p: list(p.chaddr)}),
    "ERSPAN_II": ("erspan", {"vlan": plain("vlan"), "cos": plain("cos"), "session_id": plain("session_id"), "port_index": plain("index")}),
    "ERSPAN_III": ("erspan3", {"vlan": plain("vlan"), "session_id": plain("session_id"), "timestamp": plain("timestamp")}),
    "IPv6ExtHdrHopByHop": ("Ipv6HopByHop", HOP), "IPv6ExtHdrDestOpt": ("Ipv6Destination", HOP),
    "IPv6ExtHdrRouting": ROUTING, "IPv6ExtHdrSegmentRouting": ROUTING,
    "IPv6ExtHdrFragment": ("Ipv6Fragment", {"next_header": plain("nh"), "fragment_offset": plain("offset"), "id": plain("id")}),
    "DHCP": ("Dhcp", {}),
    "DNS": ("Dns", {"id": plain("id"), "ancount": plain("ancount"), "qdcount": plain("qdcount"),
                    "questions": lambda p: [q.qname.decode() for q in chain(p.qd)], "answers": lambda p: [(a.rrname.decode(), a.ttl) for a in chain(p.an)]}),
}
ICMP6_BODY = {
    "ICMPv6EchoRequest": ("icmpv6EchoRequest", {"identifier": plain("id"), "sequence": plain("seq")}),
    "ICMPv6EchoReply": ("icmpv6EchoReply", {"identifier": plain("id"), "sequence": plain("seq")}),
    "ICMPv6DestUnreach": ("icmpv6DestUnreach", {}), "ICMPv6PacketTooBig": ("icmpv6PacketTooBig", {"mtu": plain("mtu")}),
    "ICMPv6TimeExceeded": ("icmpv6TimeExceeded", {}), "ICMPv6ParamProblem": ("icmpv6ParameterProblem", {"pointer": plain("ptr")}),
    "ICMPv6ND_RS": ("icmpv6RouterSolicitation", {}),
    "ICMPv6ND_RA": ("icmpv6RouterAdvertisement", {"cur_hop_limit": plain("chlim"), "router_lifetime": plain("routerlifetime"), "reachable_time": plain("reachabletime"), "retrans_timer": plain("retranstimer")}),
    "ICMPv6ND_NS": ("icmpv6NeighborSolicitation", {"target_address": lambda p: text6(p.tgt)}),
    "ICMPv6ND_NA": ("icmpv6NeighborAdvertisement", {"target_address": lambda p: text6(p.tgt), "flags": lambda p: p.R << 31 | p.S << 30 | p.O << 29}),
    "ICMPv6ND_Redirect": ("icmpv6Redirect", {"target_address": lambda p: text6(p.tgt), "destination_address": lambda p: text6(p.dst)}),
    "ICMPv6MLQuery": ("icmpv6MldQuery", {"group": lambda p: text6(p.mladdr)}), "ICMPv6MLReport": ("icmpv6MldReport", {"group": lambda p: text6(p.mladdr)}),
    "ICMPv6MLDone": ("icmpv6MldDone", {"group": lambda p: text6(p.mladdr)}), "ICMPv6MLQuery2": ("icmpv6MldQuery", {"group": lambda p: text6(p.mladdr)}),
    "ICMPv6MLReport2": ("icmpv6MldReportV2", {"records_count": plain("records_number")}),
}


DHCP6_NAMES = {1: "Solicit", 2: "Advertise", 3: "Request", 12: "RelayForw"}


def expected_of(packet):
    """(our tag, {field: value}) for each of scapy's layers that has one of ours."""
    found = []
    while packet:
        kind = type(packet).__name__
        if kind in BY_CLASS:
            found.append((BY_CLASS[kind], packet))
        elif kind in ("ICMP", "ICMPerror"):
            found.append((("Icmp", {"typ": plain("type"), "code": plain("code"), "chksum": plain("chksum")}), packet))
            if packet.type in ICMP_BODY:
                found.append((ICMP_BODY[packet.type], packet))
        elif kind in ICMP6_BODY:
            found.append((("Icmpv6", ICMP6_HEAD), packet))
            found.append((ICMP6_BODY[kind], packet))
        elif kind.startswith("DHCP6_"):
            relay = "peeraddr" in packet.fields
            found.append((("Dhcpv6", {"msg_type": lambda p: DHCP6_NAMES[p.msgtype]}), packet))
            if relay:  # what it relays is a field of ours
                break
        packet = packet.payload
    return [(tag, {key: value(layer) for key, value in fields.items()}) for (tag, fields), layer in found]


def ours_as_scapy(layer, key):
    value = layer.get(key)
    if key == "questions":
        return [q["qname"] for q in value]
    if key == "answers":
        return [(a["name"], a["ttl"]) for a in value]
    if layer["layertype"] == "Tcp" and key == "options":
        # scapy stops at the first end of the list.
        names = [element if isinstance(element, str) else next(iter(element)) for element in value]
        return [name for name in names if name != "EOL"]
    return value


COMPUTED = {"ether": ["etype"], "dot1Q": ["etype"], "Ip": ["ihl", "len", "proto", "chksum"], "Ipv6": ["payload_length", "next_header"], "Udp": ["len", "chksum"],
            "Tcp": ["dataofs", "chksum"], "Icmp": ["chksum"], "Icmpv6": ["checksum"], "Gre": ["chksum"], "Dns": ["qdcount", "ancount", "nscount", "arcount"],
            "Ipv6HopByHop": ["length", "next_header"], "Ipv6Destination": ["length", "next_header"], "Ipv6Routing": ["length", "next_header"],
            "icmpv6MldReportV2": ["records_count"], "icmpv6MldQueryV2": ["sources_count"]}


def frames_of(path):
    with open(path, "rb") as file:
        content = file.read()
    at, frames = 24, []
    while at < len(content):
        size = int.from_bytes(content[at + 8:at + 12], "little")
        frames.append(content[at + 16:at + 16 + size])
        at += 16 + size
    return frames


def tshark(path, *fields, options=()):
    words = ["tshark", "-n", "-r", path, "-T", "fields", "-E", "occurrence=f", *options]
    for field in fields:
        words += ["-e", field]
    return [line.split("\t") for line in subprocess.run(words, capture_output=True, text=True).stdout.splitlines()]


with tempfile.TemporaryDirectory() as folder:
    def path(name):
        return os.path.join(folder, name)

    def run(*words):
        done = subprocess.run([MYINIT, *words], capture_output=True, text=True)
        if done.returncode != 0:
            fail(words[0], done.stderr)
        return done

    frames = []
    while len(frames) < COUNT:
        frames.append(bytes(any_frame()))
    wrpcap(path("in.pcap"), [Raw(frame) for frame in frames], linktype=1)
    run("pcap2json", "--full", path("in.pcap"), path("full.jsonl"))
    run("pcap2json", path("in.pcap"), path("classic.jsonl"))
    with open(path("full.jsonl")) as file:
        lines = [json.loads(line) for line in file]
    if len(lines) != COUNT:
        fail(len(lines), "lines")
    seen = set()
    for i, (frame_bytes, line) in enumerate(zip(frames, lines)):
        length = int.from_bytes(frame_bytes[12:14], "big")
        packet = Dot3(frame_bytes) if length <= 1500 else Ether(frame_bytes)
        expected = expected_of(packet)
        known = {tag for tag, _ in expected}
        ours = [layer for layer in line["layers"]]
        seen |= {layer["layertype"] for layer in ours}
        # Our layers that scapy has no class for do not count; the others come in the same order.
        tags = {"raw", "padding", "icmpv6MldQueryV2"}
        listed = [layer for layer in ours if layer["layertype"] not in tags]
        if len(listed) > len(expected) and listed[-1]["layertype"] == "Dns":
            listed.pop()  # a few messages are too much for scapy
        if [tag for tag, _ in expected] != [layer["layertype"] for layer in listed]:
            fail(i, "layers", [layer["layertype"] for layer in listed], "and scapy's", [tag for tag, _ in expected], frame_bytes.hex())
            continue
        for (tag, fields), layer in zip(expected, listed):
            for key, value in fields.items():
                if ours_as_scapy(layer, key) != value:
                    fail(i, tag, key, "is", ours_as_scapy(layer, key), "and scapy's", value, frame_bytes.hex())

    # Back to the bytes; also where everything is left out that can be computed.
    with open(path("bare.jsonl"), "w") as file:
        for line in lines:
            # Not where a packet is quoted, which may be cut, nor where 802.1ad's type cannot be told from 802.1Q's.
            tags = [layer["layertype"] for layer in line["layers"]]
            quoted = next((k for k, tag in enumerate(tags) if tag.startswith("icmp") and tag not in ("icmpv6EchoRequest", "icmpv6EchoReply")), len(tags))
            for k, layer in enumerate(line["layers"][:quoted + 1]):
                if tags[k + 1:k + 2] == ["dot1Q"] or tags[k + 1:k + 2] in (["raw"], ["padding"], []) or tags[k] == "dot1Q" and tags[k + 1] == "dot1Q":
                    drop = [key for key in COMPUTED.get(tags[k], []) if key not in ("etype", "proto", "next_header")]
                else:
                    drop = COMPUTED.get(tags[k], [])
                for key in drop:
                    layer.pop(key, None)
            file.write(json.dumps(line) + "\n")
    for source in ("full.jsonl", "classic.jsonl", "bare.jsonl"):
        run("json2pcap", path(source), path("back.pcap"))
        back_frames = frames_of(path("back.pcap"))
        if len(back_frames) != COUNT:
            fail(source, "came back as", len(back_frames), "packets")
        for i, (frame_bytes, back) in enumerate(zip(frames, back_frames)):
            if back != frame_bytes:
                fail(source, i, "came back as", back.hex(), "and not", frame_bytes.hex())

    # tshark: nothing malformed, the same addresses, ports, lengths; every checksum good.
    status = ["ip.checksum.status", "tcp.checksum.status", "udp.checksum.status", "icmp.checksum.status", "icmpv6.checksum.status"]
    check = [word for protocol in ("ip", "tcp", "udp") for word in ("-o", protocol + ".check_checksum:TRUE")]
    rows = tshark(path("back.pcap"), "_ws.malformed", "eth.src", "eth.dst", "ip.src", "ip.dst", "ip.len", "ipv6.src", "ipv6.dst", "ipv6.plen",
                  "udp.srcport", "udp.dstport", "udp.length", "tcp.srcport", "tcp.dstport", *status, options=check)
    if len(rows) != COUNT:
        fail("tshark sees", len(rows), "packets")
    with open(path("full.jsonl")) as file:
        lines = [json.loads(line) for line in file]
    for i, (line, row) in enumerate(zip(lines, rows)):
        layer = {}
        for one in line["layers"]:
            layer.setdefault(one["layertype"], one)
        if row[0]:
            fail(i, "tshark: malformed", [one["layertype"] for one in line["layers"]], frames[i].hex())
        got = lambda tag, key: str(layer[tag][key]) if tag in layer else ""
        # tshark shows the end of a source route for the destination.
        routed = any("Route" in name and "Source" in name for option in layer.get("Ip", {}).get("options", []) for name in option)
        ours = [got("ether", "src").lower(), got("ether", "dst").lower(), got("Ip", "src"), "" if routed else got("Ip", "dst"), got("Ip", "len"), got("Ipv6", "src"), got("Ipv6", "dst"),
                got("Ipv6", "payload_length"), got("Udp", "sport"), got("Udp", "dport"), got("Udp", "len"), got("Tcp", "sport"), got("Tcp", "dport")]
        theirs = [text6(text) if k in (5, 6) and text else text for k, text in enumerate(row[1:14])]
        if any(a and b and a != b for a, b in zip(ours, theirs)):
            fail(i, "tshark sees", row[1:14], "and not", ours)
        if "0" in row[14:19]:
            fail(i, "tshark: bad checksum", row[14:19], frames[i].hex())

    # Of the layers, none was left out by chance.
    wanted = {"ether", "dot1Q", "Arp", "Ip", "Ipv6", "Ipv6HopByHop", "Ipv6Routing", "Ipv6Fragment", "Ipv6Destination", "Icmp", "echo", "echoReply", "icmpDestUnreach",
              "icmpRedirect", "icmpTimeExceeded", "icmpTimestamp", "Icmpv6", "icmpv6EchoRequest", "icmpv6RouterAdvertisement", "icmpv6NeighborSolicitation",
              "icmpv6MldReport", "icmpv6MldReportV2", "Udp", "Tcp", "raw", "Dns", "Bootp", "Dhcp", "Dhcpv6", "Vxlan", "Gre", "Geneve", "erspan", "erspan3", "Llc", "Snap", "padding"}
    if COUNT >= 1500 and not wanted <= seen:
        fail("no packet had", sorted(wanted - seen))
sys.exit(1 if failures else 0)
