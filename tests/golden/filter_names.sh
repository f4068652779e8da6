#!/usr/bin/env bash
# Names in filter expressions, in the static binary, which looks them up itself: ports and protocols by the lists in /etc (here
# lists of its own), and nothing else: what is not in them is refused with a message, at once and without asking the network.
set -u
if ldd "$MYINIT" > /dev/null 2>&1; then echo "skipped: the C library of a dynamic binary looks names up"; exit 77; fi
if [ "${1:-}" != inside ]; then
  unshare -mn true 2> /dev/null || { echo "skipped: no namespaces to be had"; exit 77; }
  exec unshare -mn "$0" inside
fi
golden="$SOURCE_DIR/tests/golden"
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
mkdir "$dir/etc"
cat > "$dir/etc/services" <<'END'
# hidden 53/tcp
named	53/tcp
named	53/udp	alias	# behind 53/udp
stream	53/tcp
END
printf 'routing\t89\tROUTING\n' > "$dir/etc/protocols"
echo 'nameserver 127.0.0.1' > "$dir/etc/resolv.conf"
# Over all of /etc: on a small machine it has no such lists.
mount --bind "$dir/etc" /etc || { echo "skipped: no mounts to be had"; exit 77; }
# Without lo up a question could not be sent, and so not be seen.
"$MYINIT" ip link set lo up
failed=0
fail() { echo "FAIL: $*"; failed=1; }
lines() { "$MYINIT" pcap2json --filter "$1" "$golden/$2.pcap" - 2> /dev/null; }

same() { # same EXPRESSION EXPRESSION CAPTURE: they select the same packets, at least one
  local wanted
  wanted=$(lines "$2" "$3")
  [ -n "$wanted" ] || fail "'$2' selects nothing of $3"
  [ "$(lines "$1" "$3")" = "$wanted" ] || fail "'$1' is not '$2' on $3"
}
for capture in dns-query dns-response sample-dns; do
  same "port named" "port 53" $capture
  same "udp dst port named or udp src port named" "udp port 53" $capture
  same "udp port alias" "udp port 53" $capture
  same "not port stream" "not tcp port 53" $capture
done
same "ip proto routing" "ip proto 89" ospf
same "ip proto ROUTING" "ip proto 89" ospf
same "port 53" "port named" sample-dns
same "host 192.0.2.9" "ip host 192.0.2.9 or arp host 192.0.2.9" sample-misc

refused() { # refused EXPRESSION MESSAGE
  local text status
  text=$("$MYINIT" pcap2json --filter "$1" "$golden/dns-query.pcap" - 2>&1 > /dev/null)
  status=$?
  [ $status = 1 ] || fail "'$1': status $status"
  case $text in "pcap2json: filter '$1': "*"$2"*) ;; *) fail "'$1': '$text' and not '$2'" ;; esac
}
for name in nosuchname hidden behind; do refused "port $name" "unknown port '$name'"; done
refused "udp port stream" "stream"
refused "net nosuchname" "unknown network 'nosuchname'"
refused "host nosuchname" "unknown host 'nosuchname'"
refused "ether host nosuchname" "unknown ether host 'nosuchname'"
refused "ip proto nosuchname" "unknown ip proto 'nosuchname'"
sent() { grep '^Udp: [0-9]' /proc/net/snmp | cut -d ' ' -f 5; }
[ "$(sent)" = 0 ] || fail "the network was asked: $(sent) times"
timeout 1 "$MYINIT" ping -c 1 nosuchname > /dev/null 2>&1  # which asks
[ "$(sent)" -gt 0 ] || fail "a question to the network is not seen"
exit $failed
