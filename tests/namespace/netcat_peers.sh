#!/usr/bin/env bash
# netcat against netcat-openbsd and against itself: TCP, UDP, UNIX, both families, half-close, port scans.
set -u
[ "$(id -u)" = 0 ] && command -v nc.openbsd >/dev/null || exit 77
if [ "${1:-}" != inside ]; then exec unshare -n "$0" inside; fi
ip link set lo up
work=$(mktemp -d); trap 'kill $(jobs -p) 2>/dev/null; rm -rf "$work"' EXIT
failed=0
seq 1 400000 > "$work/big"; big=$(sha256sum < "$work/big")
waits() { # waits PROTO PORT: until somebody listens there
  for _ in $(seq 200); do ss -Hln"${1}" "sport = :$2" 2>/dev/null | grep -q . && return; sleep 0.02; done
  echo "nobody listens on $2"
}
same() { # same NAME FILE EXPECTED
  [ "$(cat "$2")" = "$3" ] || { echo "FAILED: $1: $(head -c 200 "$2")"; failed=1; }
}
ours() { timeout -k 5 20 "$MYINIT" nc "$@"; }
theirs() { timeout -k 5 20 nc.openbsd "$@"; }

# A server that answers with a line and takes a large file; the end of the input is passed on in both directions.
port=5000
for pair in "ours ours" "ours theirs" "theirs ours"; do
  set -- $pair; port=$((port + 1))
  end=-N; [ "$2" = ours ] && end=
  echo "answer of $1" > "$work/answer"
  $1 -l $port < "$work/answer" > "$work/got" & server=$!
  waits t $port
  $2 $end 127.0.0.1 $port < "$work/big" > "$work/back"; status=$?
  wait $server || { echo "FAILED: $pair: the server's status"; failed=1; }
  [ $status = 0 ] || { echo "FAILED: $pair: status $status"; failed=1; }
  [ "$(sha256sum < "$work/got")" = "$big" ] || { echo "FAILED: $pair: $(wc -c < "$work/got") bytes came"; failed=1; }
  same "$pair: the answer" "$work/back" "answer of $1"
done

# A large file from the server, while the client's input has ended already.
ours -l 5010 < "$work/big" > "$work/got" & waits t 5010
ours 127.0.0.1 5010 < /dev/null > "$work/back"; wait
[ "$(sha256sum < "$work/back")" = "$big" ] || { echo "FAILED: from the server: $(wc -c < "$work/back") bytes came"; failed=1; }

# A slow client goes on although the server has ended its half.
ours -l 5011 < /dev/null > "$work/got" & waits t 5011
(sleep 0.3; echo late) | ours 127.0.0.1 5011; wait
same "a slow client" "$work/got" late

# IPv6, with and without brackets, and the lines of -v.
ours -l -6 -v 5012 > "$work/got" 2> "$work/err" & waits t 5012
echo six | ours -6 -v ::1 5012 2> "$work/client-err"; wait
same "IPv6" "$work/got" six
for line in "Listening on [::]:5012 (TCP)..." "Connection from [::1]:" "Connection closed"; do
  grep -qF "$line" "$work/err" || { echo "FAILED: -v of a server: no '$line'"; cat "$work/err"; failed=1; }
done
for line in "Connecting to [::1]:5012 (TCP)..." "Connected to [::1]:5012"; do
  grep -qF "$line" "$work/client-err" || { echo "FAILED: -v of a client: no '$line'"; failed=1; }
done

# -k: one after the other. -p and -s: our own end.
ours -lkv -p 5013 < /dev/null > "$work/got" 2> "$work/err" & server=$!; waits t 5013
for i in 1 2 3; do echo "line $i" | ours -p 600$i -s 127.0.0.$i 127.0.0.1 5013; done
sleep 0.2; kill -INT $server; wait $server
same "-k" "$work/got" "$(printf 'line 1\nline 2\nline 3')"
grep -q "Connection from 127.0.0.3:6003" "$work/err" || { echo "FAILED: -p and -s"; cat "$work/err"; failed=1; }

# UDP: replies go to the last sender; a client ends by itself.
ours -u -l -w 3 5014 < "$work/answer" > "$work/got" & waits u 5014
echo datagram | ours -u 127.0.0.1 5014 > "$work/back"; wait
same "UDP" "$work/got" datagram
same "UDP, the answer" "$work/back" "$(cat "$work/answer")"
ours -lu -w 2 5015 < /dev/null > "$work/got" & waits u 5015
echo theirs | theirs -u -w 1 -q 0 127.0.0.1 5015; wait
same "UDP from the other netcat" "$work/got" theirs

# UNIX sockets; one that was left behind is no obstacle.
python3 -c "import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])" "$work/socket"
ours -l -U "$work/socket" > "$work/got" < /dev/null & sleep 0.3
echo unix | theirs -N -U "$work/socket"; wait
same "UNIX" "$work/got" unix
[ -e "$work/socket" ] && { echo "FAILED: the socket's file is left behind"; failed=1; }

# Scans.
theirs -l -k 5021 > /dev/null & theirs -l -k 5023 > /dev/null & waits t 5021; waits t 5023
ours -z 127.0.0.1 5020-5024 > "$work/out"; [ $? = 0 ] || { echo "FAILED: -z status"; failed=1; }
same "-z" "$work/out" "$(printf 'Connection to 127.0.0.1 5021 port [tcp] succeeded!\nConnection to 127.0.0.1 5023 port [tcp] succeeded!')"
ours -z 127.0.0.1 5020 > "$work/out"; [ $? = 1 ] || { echo "FAILED: -z of a closed port"; failed=1; }
ours -z -u 127.0.0.1 5020 > "$work/out"; [ $? = 1 ] || { echo "FAILED: -zu of a closed port"; failed=1; }

# Errors, and limits.
ours 127.0.0.1 5020 < /dev/null 2> "$work/err"; [ $? = 1 ] || { echo "FAILED: refused: status"; failed=1; }
same "refused" "$work/err" "netcat: connect to 127.0.0.1:5020: Connection refused"
ours -l 5021 2> "$work/err"
same "taken" "$work/err" "netcat: listen on 0.0.0.0:5021: Address already in use"
ours 127.0.0.1 99999 2> "$work/err"; [ $? = 2 ] || { echo "FAILED: a bad port: status"; failed=1; }
begin=$(date +%s%N); ours -w 0.5 127.0.0.1 5021 < <(sleep 5); length=$((($(date +%s%N) - begin) / 1000000))
[ $length -lt 3000 ] || { echo "FAILED: -w took $length ms"; failed=1; }
exit $failed
