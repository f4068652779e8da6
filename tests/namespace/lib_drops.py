#!/usr/bin/env python3
"""Provokes drops, one kind per word: lib_drops.py KIND...  in a namespace with a veth pair dt0 (192.0.2.1/24) and dt1.
Frames are sent out of dt1 and come in on dt0."""
import socket
import struct
import sys
import time


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def mac_of(name):
    with open(f"/sys/class/net/{name}/address") as file:
        return bytes.fromhex(file.read().strip().replace(":", ""))


def ipv4(payload, proto, src="192.0.2.2", dst="192.0.2.1", version=0x45, csum=None):
    def header(check):
        return struct.pack("!BBHHHBBH4s4s", version, 0, 20 + len(payload), 1, 0, 64, proto, check, socket.inet_aton(src), socket.inet_aton(dst))
    return header(checksum(header(0)) if csum is None else csum) + payload


def udp(length=None, csum=0, body=b"hello"):
    return struct.pack("!HHHH", 4000, 9, 8 + len(body) if length is None else length, csum) + body


def frame(payload, etype=0x0800, dst=None):
    sender = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    sender.bind(("dt1", 0))
    sender.send((dst or mac_of("dt0")) + mac_of("dt1") + struct.pack("!H", etype) + payload)


def to(host, port=9, count=1):
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for _ in range(count):
        try:
            sender.sendto(b"hello", (host, port))
        except OSError:
            pass


def full_socket():
    receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    receiver.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
    receiver.bind(("127.0.0.1", 0))
    to("127.0.0.1", receiver.getsockname()[1], 20)


def unread():
    ends = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    ends[0].send(b"hello")
    for end in reversed(ends):
        end.close()


KINDS = {
    "SOCKET_CLOSE": unread,
    "NO_SOCKET": lambda: frame(ipv4(udp(), 17)),
    "OTHERHOST": lambda: frame(ipv4(udp(), 17), dst=bytes.fromhex("020000009999")),
    "IP_CSUM": lambda: frame(ipv4(udp(), 17, csum=0x1234)),
    "IP_INHDR": lambda: frame(ipv4(udp(), 17, version=0x55)),
    "UDP_CSUM": lambda: frame(ipv4(udp(csum=0x1234), 17)),
    "PKT_TOO_SMALL": lambda: frame(ipv4(udp(length=60), 17)),
    "UNHANDLED_PROTO": lambda: frame(bytes(46), etype=0x88B5),
    "IP_RPFILTER": lambda: frame(ipv4(udp(), 17, src="198.51.100.7")),
    "IP_NOPROTO": lambda: frame(ipv4(bytes(20), 250)),
    "IPV6DISABLED": lambda: frame(struct.pack("!IHBB", 6 << 28, 8, 17, 64) + bytes(15) + b"\1" + bytes(15) + b"\1" + udp(), etype=0x86DD),
    "SOCKET_RCVBUFF": full_socket,
    "NEIGH_FAILED": lambda: to("192.0.2.77"),
}


def flood(count):
    """Sends so many to a closed port, as fast as it goes."""
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for _ in range(count):
        sender.sendto(b"x", ("127.0.0.1", 9))


if __name__ == "__main__":
    arguments = sys.argv[1:]
    if arguments[0].startswith("--comm="):
        with open("/proc/self/comm", "w") as comm:
            comm.write(arguments.pop(0)[7:])
    if arguments[0] == "flood":
        flood(int(arguments[1]))
    else:
        for kind in arguments:
            KINDS[kind]()
            time.sleep(0.01)
