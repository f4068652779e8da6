#!/usr/bin/env bash
# Capture files against their peers: what tshark, editcap and tcpdump write is read to the same packets; what we write
# they read to the same packets, with nothing malformed in the file.
set -u
for tool in tshark editcap tcpdump capinfos jq; do
  command -v "$tool" > /dev/null || { echo "skipped: no $tool"; exit 77; }
done
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
failed=0
fail() { echo "FAIL: $*"; failed=1; }

# Number, length, time and first bytes of every packet, as tshark sees them (%t, cut to the digits given).
seen_by_tshark() {
  tshark -n -r "$1" -T fields -e frame.number -e frame.len -e frame.time_epoch -e eth.src -e ip.src -e ip.dst -e udp.srcport \
    -e tcp.srcport -e ip.checksum 2> "$dir/tshark.err" | sed -E "s/(\.[0-9]{$2})[0-9]*/\1/"
  # A cut file is reported; so is anything else wrong with it.
  if grep -qiE 'malformed|damaged|corrupt|cut short|not a capture' "$dir/tshark.err"; then cat "$dir/tshark.err"; fi
}

for name in arp udp tcp icmp ipv6 dot1q padding; do
  source="$SOURCE_DIR/tests/golden/$name.pcap"
  truth=$("$MYINIT" pcap2json "$source" - 2> /dev/null)
  expected=$(seen_by_tshark "$source" 6)

  # Read: every format that editcap writes.
  for format in pcap pcapng nsecpcap; do
    editcap -F "$format" "$source" "$dir/in"
    [ "$("$MYINIT" pcap2json "$dir/in" - 2> /dev/null)" = "$truth" ] || fail "$name: read of editcap's $format"
    for packer in gzip zstd xz; do
      command -v $packer > /dev/null || continue
      $packer -c "$dir/in" > "$dir/packed"
      [ "$("$MYINIT" pcap2json "$dir/packed" - 2> /dev/null)" = "$truth" ] || fail "$name: read of $format in $packer"
    done
  done
  tshark -r "$source" -w "$dir/in" 2> /dev/null
  [ "$("$MYINIT" pcap2json "$dir/in" - 2> /dev/null)" = "$truth" ] || fail "$name: read of tshark's file"
  tcpdump -r "$source" -w "$dir/in" 2> /dev/null
  [ "$("$MYINIT" pcap2json "$dir/in" - 2> /dev/null)" = "$truth" ] || fail "$name: read of tcpdump's file"
  tcpdump --time-stamp-precision=nano -r "$source" -w "$dir/in" 2> /dev/null
  [ "$("$MYINIT" pcap2json "$dir/in" - 2> /dev/null)" = "$truth" ] || fail "$name: read of tcpdump's nanosecond file"

  # Write: every format that we write.
  printf '%s\n' "$truth" > "$dir/lines.jsonl"
  for options in "--format pcap" "--format pcap --ns" "--format pcapng"; do
    # shellcheck disable=SC2086
    "$MYINIT" json2pcap $options "$dir/lines.jsonl" "$dir/out" > /dev/null 2>&1 || fail "$name: json2pcap $options"
    [ "$(seen_by_tshark "$dir/out" 6)" = "$expected" ] || fail "$name: tshark on json2pcap $options"
    packets=$(printf '%s\n' "$truth" | wc -l)
    [ "$(tcpdump -n -r "$dir/out" 2> /dev/null | wc -l)" -ge "$packets" ] || fail "$name: tcpdump on json2pcap $options"
    [ "$(capinfos -rTmc "$dir/out" | cut -d, -f2)" = "$packets" ] || fail "$name: capinfos on json2pcap $options"
  done
done

# A pcapng with several interfaces, directions, comments: kept through pcapng to pcapng.
base="$SOURCE_DIR/tests/golden"
editcap -F pcapng -a '1:a comment' "$base/udp.pcap" "$dir/one.pcapng"
"$MYINIT" json2pcap "$dir/one.pcapng" "$dir/kept.pcapng" > /dev/null || fail "pcapng to pcapng"
[ "$(tshark -r "$dir/kept.pcapng" -T fields -e frame.comment 2> /dev/null | head -1)" = "a comment" ] || fail "comment lost"
[ "$("$MYINIT" packet "$dir/kept.pcapng" 1 | sed -n 2p)" = "Comment: a comment" ] || fail "packet shows no comment"
{
  echo '{"timestamp_us":1,"direction":"tx","layers":[{"layertype":"ether"},{"layertype":"Ip","proto":253}]}'
  echo '{"timestamp_us":2,"direction":"rx","layers":[{"layertype":"Ip","proto":253}]}'
} > "$dir/mixed.jsonl"
"$MYINIT" json2pcap "$dir/mixed.jsonl" "$dir/mixed.pcapng" > /dev/null || fail "mixed link types in a pcapng"
[ "$(tshark -r "$dir/mixed.pcapng" -T fields -e frame.encap_type 2> /dev/null | tr '\n' ' ')" = "1 7 " ] || fail "link types of a pcapng"
[ "$("$MYINIT" pcap2json "$dir/mixed.pcapng" - 2> /dev/null | jq -r .direction | tr '\n' ' ')" = "tx rx " ] || fail "directions of a pcapng"
message=$("$MYINIT" json2pcap "$dir/mixed.jsonl" "$dir/mixed.pcap" 2>&1 > /dev/null) && fail "mixed link types in a pcap: status"
case $message in *"line 2: link type 101 in a pcap file of link type 1"*) ;; *) fail "mixed link types in a pcap: $message" ;; esac

# Filters select what tcpdump selects.
for filter in 'udp' 'tcp port 80' 'src host 192.0.2.1' 'ip6' 'less 60' 'not ip'; do
  for name in udp tcp ipv6; do
    wanted=$(tcpdump -n -r "$base/$name.pcap" -w - "$filter" 2> /dev/null | "$MYINIT" pcap2json - - 2> /dev/null)
    got=$("$MYINIT" pcap2json --filter "$filter" "$base/$name.pcap" - 2> /dev/null)
    [ "$got" = "$wanted" ] || fail "filter '$filter' on $name"
  done
done

# Link types that no layer tells: what --linktype says, or a guess that is told.
for type in 147 1; do
  editcap -F pcap -T $([ $type = 1 ] && echo ether || echo user0) "$base/udp.pcap" "$dir/user.pcap"
  "$MYINIT" pcap2json "$dir/user.pcap" "$dir/user.jsonl" > /dev/null 2>&1 || fail "pcap2json of link type $type"
  "$MYINIT" json2pcap --linktype 147 "$dir/user.jsonl" "$dir/back.pcap" > /dev/null 2>&1 || fail "json2pcap --linktype 147 of $type"
  cmp -s "$dir/user.pcap" "$dir/back.pcap" || fail "link type $type did not come back"
done
editcap -F pcap -T user0 "$base/udp.pcap" "$dir/user.pcap"
guess=$("$MYINIT" pcap2json "$dir/user.pcap" - 2> /dev/null | "$MYINIT" json2pcap - "$dir/back.pcap" 2>&1 > /dev/null)
case $guess in *"no line tells its link type, so Ethernet was taken"*) ;; *) fail "a guessed link type is told: $guess" ;; esac
[ -z "$("$MYINIT" json2pcap "$base/bad-runt.capture.jsonl" "$dir/back.pcap" 2>&1 > /dev/null)" ] || fail "a link type is called guessed that a line tells"

# Times that the formats cannot hold: never another time in their place.
editcap -F pcapng -t 10000000000 "$base/udp.pcap" "$dir/far.pcapng"
case $("$MYINIT" pcap2json "$dir/far.pcapng" "$dir/out" 2>&1) in *"record 13 at offset "*"its time is not within what can be told, 1677 to 2262"*) ;; *) fail "times beyond 2262" ;; esac
[ -s "$dir/out" ] && fail "times beyond 2262: $(head -1 "$dir/out")"

# Broken and refused input: the message names the place, the rest is converted, the status is 1.
expect() {
  local wanted=$1
  shift
  local text
  text=$("$MYINIT" "$@" 2>&1 > /dev/null)
  local status=$?
  [ $status = 1 ] || fail "$*: status $status"
  case $text in *"$wanted"*) ;; *) fail "$*: '$text' and not '$wanted'" ;; esac
}
head -c 300 "$base/udp.pcap" > "$dir/cut.pcap"
expect "cut.pcap: record 5 at offset" pcap2json "$dir/cut.pcap" "$dir/out"
[ "$(wc -l < "$dir/out")" = 4 ] || fail "cut.pcap: $(wc -l < "$dir/out") lines"
rm -f "$dir/none"
expect "not a capture file: it starts with the bytes" pcap2json "$SOURCE_DIR/CMakeLists.txt" "$dir/none"
: > "$dir/empty"
expect "an empty file is not a capture" pcap2json "$dir/empty" "$dir/none"
expect "No such file or directory" pcap2json "$dir/nothing" "$dir/none"
[ -e "$dir/none" ] && fail "an output was made of nothing"
cp "$base/udp.pcap" "$dir/same"
expect "it is the input, too" pcap2json "$dir/same" "$dir/same"
cmp -s "$base/udp.pcap" "$dir/same" || fail "the input was overwritten"
expect "syntax error" pcap2json --filter 'tcp prot' "$base/udp.pcap" "$dir/out"
{ cat "$base/udp.capture.jsonl"; echo '{"timestamp_us":1,"layers":[{"layertype":"Nope"}]}'; echo 'no json'; cat "$base/udp.capture.jsonl"; } > "$dir/bad.jsonl"
expect "bad.jsonl: line 14: " json2pcap "$dir/bad.jsonl" "$dir/out.pcap"
expect "bad.jsonl: line 15: " json2pcap "$dir/bad.jsonl" "$dir/out.pcap"
[ "$(capinfos -rTmc "$dir/out.pcap" | cut -d, -f2)" = 26 ] || fail "bad lines: not all others were converted"
expect "bad.jsonl: line 14: " json2pcap --strict "$dir/bad.jsonl" "$dir/out.pcap"
[ "$(capinfos -rTmc "$dir/out.pcap" | cut -d, -f2)" = 13 ] || fail "--strict went on"

# The sentences that scripts read.
[ "$("$MYINIT" pcap2json "$base/udp.pcap" "$dir/a.jsonl")" = "Converted 13 packets from $base/udp.pcap to $dir/a.jsonl" ] || fail "pcap2json's sentence"
[ "$("$MYINIT" json2pcap "$dir/a.jsonl" "$dir/a.pcap" 2> /dev/null)" = "Converted 13 packets from $dir/a.jsonl to $dir/a.pcap" ] || fail "json2pcap's sentence"
cmp -s "$dir/a.pcap" "$base/udp.pcap" || fail "not the same file after both ways"
[ "$("$MYINIT" pcap2json --count 3 "$base/udp.pcap" - 2> /dev/null | wc -l)" = 3 ] || fail "--count"
"$MYINIT" pcap2json --hex "$base/udp.pcap" - 2> /dev/null | "$MYINIT" json2pcap - - 2> /dev/null | cmp -s - "$base/udp.pcap" || fail "--hex and back"

# --fix makes what tshark calls wrong right.
sed 's/"chksum":[0-9]*/"chksum":1/g; s/"len":[0-9]*/"len":7/g' "$base/tcp.capture.jsonl" | head -3 > "$dir/wrong.jsonl"
"$MYINIT" json2pcap --fix "$dir/wrong.jsonl" "$dir/fixed.pcap" > /dev/null 2>&1 || fail "--fix"
bad=$(tshark -o ip.check_checksum:TRUE -o tcp.check_checksum:TRUE -r "$dir/fixed.pcap" -Y 'ip.checksum.status==0 || tcp.checksum.status==0 || _ws.malformed' 2> /dev/null)
[ -z "$bad" ] || fail "--fix left: $bad"
case $("$MYINIT" pcapinfo "$dir/fixed.pcap") in *"Checksums:   0 bad"*) ;; *) fail "pcapinfo finds bad checksums" ;; esac

exit $failed
