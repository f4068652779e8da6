#!/usr/bin/env bash
# wait link, addr, route and neigh: they return with the kernel's own event, and say at the limit what was seen instead.
set -u
[ "$(id -u)" = 0 ] && command -v ip >/dev/null || exit 77
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
failed=0
# v0 and v1 are one cable; the other end stays here.
cat > "$work/lines" <<E2
exec $work/later &
wait link v0 within 5 && echo link \$?
wait link v0 up within 5 && echo up \$?
wait link v0 running within 5 && echo running \$?
wait addr 192.0.2.1 dev v0 within 5 && echo addr4 \$?
wait addr 2001:db8::1 dev v0 within 10 && echo addr6 \$?
exec ip -6 -j addr show dev v0 to 2001:db8::1 > $work/addr
wait route 198.51.100.0/24 via 192.0.2.2 dev v0 within 5 && echo route \$?
wait route default within 5 && echo default \$?
wait neigh 192.0.2.7 within 5 && echo neigh \$?
wait addr 192.0.2.1 gone within 5 && echo addr-gone \$?
wait route 198.51.100.0/24 gone within 5 && echo route-gone \$?
wait link v0 gone within 5 && echo link-gone \$?
wait link v0 within 0.1
echo status \$?
wait link lo up within 0.1
wait addr 203.0.113.1 within 100ms
wait route 203.0.113.0/24 within 0.1
wait neigh 203.0.113.1 within 0.1
wait link
wait addr nonsense
wait route 1.2.3.4/33
wait link sixteen-bytes-xx up
E2
cat > "$work/later" <<'E2'
#!/bin/sh
step() { sleep 0.1; ip "$@"; }
step link add v0 type veth peer name v1
step link set v0 up
step link set v1 up
step addr add 192.0.2.1/24 dev v0
step addr add 2001:db8::1/64 dev v0
step route add 198.51.100.0/24 via 192.0.2.2
step route add default via 192.0.2.3
step neigh add 192.0.2.7 lladdr 02:00:00:00:00:07 dev v0
sleep 3
step addr del 192.0.2.1/24 dev v0
step link del v0
E2
chmod +x "$work/later"
timeout 60 unshare -n "$MYINIT" "$work/lines" > "$work/out" 2> "$work/err"
for word in link up running addr4 addr6 route default neigh addr-gone route-gone link-gone; do
  grep -q "^$word 0$" "$work/out" || { echo "FAILED: wait for $word"; failed=1; }
done
jq -e '.[0].addr_info[0] | .local == "2001:db8::1" and (has("tentative") | not)' "$work/addr" > /dev/null || { echo "FAILED: duplicate address detection was not done"; failed=1; }
grep -q "^status 1$" "$work/out" || { echo "FAILED: the status at the limit"; failed=1; }
for line in "link v0: not within 0.1 s; there is no such interface" "link lo up: not within 0.1 s; it is down" "addr 203.0.113.1: not within 100ms; no interface has it" \
  "route 203.0.113.0/24: not within 0.1 s; there is no route to it" "neigh 203.0.113.1: not within 0.1 s; there is no entry for it" \
  "wait link needs an IFACE" "'nonsense' is not an IP address" "the prefix length must be 0 to 32" "interface names have at most 15 bytes"; do
  grep -qF "$line" "$work/err" || { echo "FAILED: no message '$line'"; failed=1; }
done
[ $failed = 0 ] || { cat "$work/out" "$work/err"; }

# ip monitor: the same changes, one after the other, as they come.
cat > "$work/changes" <<E2
ip monitor link addr route neigh > $work/seen &
wait file $work/seen within 5
sleep 0.2
exec $work/later
sleep 0.2
kill %1
E2
sed -i '/^sleep 3$/d' "$work/later"
timeout 60 unshare -n "$MYINIT" "$work/changes" > "$work/out" 2>&1 || { echo "FAILED: ip monitor"; cat "$work/out"; failed=1; }
at=0
for change in '^[0-9]+: v0@v1: .* state DOWN group default ?$' '^[0-9]+: v0@v1: .* state UP' '^[0-9]+: v0 +inet 192.0.2.1/24 ' '^198.51.100.0/24 via 192.0.2.2 dev v0' \
  '^default via 192.0.2.3 dev v0' '^192.0.2.7 dev v0 lladdr 02:00:00:00:00:07' '^Deleted [0-9]+: v0 +inet 192.0.2.1/24 ' '^Deleted [0-9]+: v0(@v1)?: <'; do
  here=$(tail -n +$((at + 1)) "$work/seen" | grep -nE -m 1 -- "$change" | cut -d: -f1)
  [ -n "$here" ] || { echo "FAILED: ip monitor: no /$change/ from line $((at + 1)) on of"; cat "$work/seen"; failed=1; break; }
  at=$((at + here))
done
exit $failed
