# For the tests of capture, inject, fakehost, tap and droptrace: a namespace of our own, and checks that say what was wrong.
# Source it first; it starts the script again inside a fresh network namespace.
set -u
if [ -z "${IN_TEST_NAMESPACE:-}" ]; then
  unshare -n true 2>/dev/null || { echo "skip: no network namespaces here"; exit 77; }
  IN_TEST_NAMESPACE=1 exec unshare -n -m -- "$0" "$@"
fi
for tool in ${NEEDS:-}; do
  command -v "$tool" >/dev/null || { echo "skip: $tool is not installed"; exit 77; }
done
WORK=$(mktemp -d)
trap 'rc=$?; kill $(jobs -p) 2>/dev/null; kill -CONT $(jobs -p) 2>/dev/null; wait 2>/dev/null; rm -rf "$WORK"; exit $rc' EXIT
cd "$WORK" || exit 1
failed=0

fail() { echo "FAIL: $*"; failed=1; }
# same WHAT EXPECTED GOT
same() { [ "$2" = "$3" ] || fail "$1: expected '$2', got '$3'"; }
# contains WHAT FILE REGEX
contains() { grep -Eq -- "$3" "$2" || { fail "$1: no line of $2 matches /$3/:"; cat "$2"; }; }
# check NAME CONDITION...
check() { local name=$1; shift; "$@" || fail "$name"; }
finish() { [ "$failed" = 0 ] && echo ok; exit "$failed"; }

# A veth pair, up, without the kernel's own chatter on it.
pair() {
  ip link add "$1" type veth peer name "$2"
  for end in "$1" "$2"; do
    echo 1 > "/proc/sys/net/ipv6/conf/$end/disable_ipv6"
    ip link set "$end" up
  done
}
# frames FILE COUNT [GAP_S] [SIZE]: numbered UDP frames in a pcap with nanoseconds.
frames() {
  python3 - "$@" <<'PY'
import struct, sys
path, count = sys.argv[1], int(sys.argv[2])
gap = int(float(sys.argv[3]) * 1e9) if len(sys.argv) > 3 else 0
size = int(sys.argv[4]) if len(sys.argv) > 4 else 64
def checksum(data):
    total = sum(struct.unpack(">%dH" % (len(data) // 2), data))
    while total >> 16: total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff
payload = size - 42
ip = bytearray(struct.pack(">BBHHHBBH4s4s", 0x45, 0, 28 + payload, 0, 0, 64, 17, 0, bytes([192, 0, 2, 1]), bytes([192, 0, 2, 2])))
ip[10:12] = struct.pack(">H", checksum(ip))
head = bytes.fromhex("0200000000020200000000010800") + bytes(ip) + struct.pack(">HHHH", 5000, 5001, 8 + payload, 0)
with open(path, "wb") as out:
    out.write(struct.pack("<IHHiIII", 0xa1b23c4d, 2, 4, 0, 0, 262144, 1))
    for i in range(count):
        t = 1700000000 * 10**9 + i * gap
        out.write(struct.pack("<IIII", t // 10**9, t % 10**9, size, size) + head + struct.pack(">I", i) + bytes(payload - 4))
PY
}
