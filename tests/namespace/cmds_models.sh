#!/usr/bin/env bash
# Each command against its model, busybox or coreutils, in the same folder: same output, same status.
# Needs: MYINIT, busybox.
set -u
MYINIT=${MYINIT:?}
command -v busybox >/dev/null || { echo "skip: no busybox"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
export LC_ALL=C TZ=UTC PATH=/usr/sbin:/usr/bin:/sbin:/bin
failed=0

mkdir dir dir/sub
printf 'banana 3\napple 10\ncherry 2\nApple 10\n\n  date 7\nbanana 3\n' > fruit
printf 'no newline at the end' > open
: > empty
seq 1 2500 > numbers
seq -f 'line %g of a longer file, with words' 1 20000 > long
printf 'a\0b\nc\0' > zeros
printf '\377\376 gr\303\266\303\237er\n\300\n' > invalid
seq 1 30000 | gzip -n > random
{ head -c 64 /dev/zero; printf 'tail of it'; } > sparse
printf 'k:3:x\nk:1:y\nj:2:z\n' > fields
printf '2K\n1M\n512\n3G\n' > sizes
printf 'x' > dir/one; printf 'yy' > dir/.hidden; cp fruit dir/sub/fruit
ln -s fruit link; ln -s nowhere dangling; mkfifo fifo
touch -d @1000000000 open; chmod 640 open

# same MODEL-COMMAND: ours by the same words. `=` in front compares only the status.
same() {
  local status_only=0
  [ "$1" = = ] && { status_only=1; shift; }
  local model=$1 ours=${2-$1}
  eval "$model" > "$work/.model" 2>/dev/null < "$input"; local model_status=$?
  eval "\"\$MYINIT\" $ours" > "$work/.ours" 2> "$work/.err" < "$input"; local our_status=$?
  if [ $model_status != $our_status ]; then
    echo "FAIL: $ours: status $our_status, the model's is $model_status"; cat "$work/.err"; failed=1
  elif [ $status_only = 0 ] && ! cmp -s "$work/.model" "$work/.ours"; then
    echo "FAIL: $ours: other output than the model's"; diff -a "$work/.model" "$work/.ours" | head -5; failed=1
  fi
}
input=/dev/null

for f in fruit open empty numbers long zeros invalid random; do
  input=$work/$f
  for c in 'cat' "cat $f" "cat - $f" "head $f" 'head' 'head -n 3' 'head -n 0' 'head -c 7' 'head -3' \
           "tail $f" 'tail' 'tail -n 3' 'tail -n 0' 'tail -n +4' 'tail -n +1' 'tail -c 7' 'tail -c +5' 'tail -3' "tail -n 1 $f" "tail -n 2001 $f" "tail -c 70000 $f" "tail -c +3 $f" "tail -n +9 $f" \
           'wc -l' 'wc -c' 'wc -w' 'sort' 'sort -r' 'sort -u' 'sort -n' 'sort -f' 'sort -c' \
           'hexdump -C' "hexdump -C $f" 'hexdump -C -n 40' 'hexdump -C -s 5 -n 40' 'hexdump -v -C -n 100'; do
    case "$f:$c" in invalid:'wc -w' | random:'wc -w' | *:'sort -c') same = "$c" ;; *) same "$c" ;; esac
  done
done
input=/dev/null
# What a repeated line is called by hexdump -C at the file's end is the same too.
same 'hexdump -C sparse'; same 'hexdump -C fruit sparse empty'; same 'cat fruit empty open'; same = 'cat nosuch fruit'; same = 'cat dir'
same 'head -n 2 fruit numbers'; same 'tail -n 2 fruit numbers'; same 'tail -q -n 1 fruit numbers'; same 'head -q -n 1 fruit numbers'; same = 'head nosuch'
printf '10\n9\n-1\n-10\n+5\n1e3\ninf\n0x10\n.5\n-.5\n 3\n007\n1.50\n1.5\n12345678901234567891\n12345678901234567890\n-0\n\nabc\n1.\n' > figures
same 'sort -n figures'; same 'sort -rn figures'; same 'sort -s -n figures'; same 'sort -un figures'; same '/usr/bin/sort -h figures' 'sort -h figures'
same 'wc -l fruit numbers'; same 'sort fruit numbers'; same 'sort -k 2,2n fruit'; same 'sort -k2nr fruit'; same 'sort -t : -k 2 fields'; same 'sort -t : -k 2,2n fields'; same 'sort -t : -k 1,1 -s fields'
same '/usr/bin/sort -h sizes' 'sort -h sizes'; same '/usr/bin/sort -k 2,2n -u fruit' 'sort -k 2,2n -u fruit'; same '/usr/bin/sort -b fruit' 'sort -b fruit'
same = 'sort nosuch'; same = 'sort -c numbers'; same 'sort -o sorted fruit'; "$MYINIT" sort -o sorted2 fruit; sort fruit | cmp - sorted2 || failed=1
same = 'sort -u nosuch fruit'

for p in 'apple' 'an' '^b' 'e$' '.' '' 'nosuch' '[ae]p' '^$' 'a.*e' '10'; do
  for o in '' -i -v -c -q -n -l -w -x -o -iv -vc -nv -L '-m 2' '-m 0' '-A 1' '-B 1' '-C 1' '-nA1' -s -h -H; do
    [ "$o$p" = -vc ] && continue  # GNU grep prints no count at all there
    same "grep -E $o -e '$p' fruit" "grep $o -e '$p' fruit"
    same "grep -F $o -e '$p' fruit" "grep -F $o -e '$p' fruit"
  done
  same "grep -E -e '$p' fruit numbers open" "grep -e '$p' fruit numbers open"
  same "grep -E -c '$p' long" "grep -c '$p' long"
done
same "grep -r -E banana dir | sort" "grep -r banana dir"; same "grep -rl -E banana dir" "grep -rl banana dir"; same 'grep -rh banana dir'
same = 'grep x nosuch'; same = 'grep apple nosuch fruit'; same = 'grep -q apple nosuch fruit'; same = 'grep apple dir'; same = 'grep'; same = "grep -E 'a(' fruit" "grep 'a(' fruit"
same "grep -E -e apple -e cherry fruit" "grep -e apple -e cherry fruit"; same "grep -F 'apple
cherry' fruit" "grep -F 'apple
cherry' fruit"

same 'ls -1 dir'; same 'ls -1a dir'; same 'ls -1A dir'; same 'ls -1r'; same 'ls -1F dir'; same 'ls -1d dir link'; same '/usr/bin/ls -1R dir' 'ls -1R dir'; same = 'busybox ls nosuch' 'ls nosuch'; same 'ls -1 fruit open'; same '/usr/bin/ls -1S fruit numbers open long' 'ls -1S fruit numbers open long'; same '/usr/bin/ls -1t open fruit' 'ls -1t open fruit'
same '/usr/bin/ls -l open link | tr -s " "' 'ls -l open link | tr -s " "'; same '/usr/bin/ls -ln open | tr -s " "' 'ls -ln open | tr -s " "'; same '/usr/bin/ls -li open | tr -s " "' 'ls -li open | tr -s " "'
for f in '%n %s %a %A %F %u %g %U %G %h %i %Y %X %Z %f %B %o %t %T %% %y' ; do same "/usr/bin/stat -c '$f' fruit open empty dir link fifo /dev/null" "stat -c '$f' fruit open empty dir link fifo /dev/null"; done
same "/usr/bin/stat -L -c '%F %s' link" "stat -L -c '%F %s' link"; same = 'stat nosuch'
for f in '+%s' '+%F %T' '+%A %d %B %Y' '+%j %U %%' -I; do same "/usr/bin/date -u -d @1700000000 '$f'" "date -u -d @1700000000 '$f'"; done
same "/usr/bin/date -u -d @1700000000.123456789 +%s.%N" "date -u -d @1700000000.123456789 +%s.%N"; same "/usr/bin/date -u -d '2024-02-29 12:34:56' +%s" "date -u -d '2024-02-29 12:34:56' +%s"; same '/usr/bin/date -u -r open'  'date -u -r open'
for o in '' -a -s -n -r -v -m -o -sr; do case "$o" in -a) same "uname -s -n -r -v -m -o" "uname -a" ;; *) same "uname $o" ;; esac; done
same 'pwd'; same 'true --help' true; same false; same 'sleep 0.01'
same 'echo a  b' "echo a b"; same "busybox echo -e 'a\\tb\\0101'" "echo -e 'a\\tb\\0101'"; same 'busybox echo -n a' 'echo -n a'

# Commands that change files: the same by both in two copies of the folder, then compare the trees.
tree() { (cd "$1" && find . -printf '%p %y %m %s %l %n\n' | sort; find . -type f | sort | xargs cat | cksum); }
both() {
  rm -rf A B
  mkdir A B
  for t in A B; do cp -a dir fruit open link fifo dangling "$t/"; done
  (cd A && eval "busybox $1") >/dev/null 2>&1; local model=$?
  (cd B && eval "\"\$MYINIT\" $1") >/dev/null 2>"$work/.err"; local ours=$?
  [ $model = $ours ] || { echo "FAIL: $1: status $ours, busybox's is $model"; cat "$work/.err"; failed=1; }
  tree A > .a; tree B > .b
  cmp -s <(sed 's/^A/./' .a) <(sed 's/^B/./' .b) || { echo "FAIL: $1: another tree than busybox's"; diff .a .b | head -5; failed=1; }
}
for c in 'cp fruit new' 'cp fruit dir' 'cp -r dir new' 'cp -a dir new' 'cp -r dir dir2/x' 'cp fruit open dir' 'cp fruit open nosuch' 'cp dir new' 'cp nosuch new' 'cp -p open new' 'cp -r link new' 'cp link new' 'cp -d link new' \
         'cp -a link fifo new' 'cp dangling new' 'cp -a dangling new' 'cp -f fruit open' 'cp -u fruit open' 'cp -u open fruit' 'cp -r dir fruit' 'cp fruit fruit' 'cp -rT dir new' \
         'mv fruit new' 'mv fruit open' 'mv fruit dir' 'mv dir new' 'mv dir fruit' 'mv fruit open dir' 'mv nosuch x' 'mv -n fruit open' 'mv dir dir/sub' 'mv link new' 'mv dangling new' 'mv fruit/ new' \
         'rm fruit' 'rm fruit nosuch' 'rm -f nosuch' 'rm dir' 'rm -r dir' 'rm -rf dir nosuch' 'rm link' 'rm fifo' 'rm -r .' 'rmdir dir' 'rmdir dir/sub' 'rmdir nosuch' 'rm' 'rm -f' \
         'ln fruit new' 'ln -s fruit new' 'ln fruit dir' 'ln -s fruit open' 'ln -sf fruit open' 'ln nosuch new' 'ln -s nosuch new' 'ln fruit open dir' 'ln -sfn dir link' \
         'touch new' 'touch -c new' 'touch fruit' 'touch new nosuch/x' 'touch' 'mkdir new' 'mkdir new/a' 'mkdir -p new/a/b' 'mkdir -p dir' 'mkdir dir' 'mkdir fruit/x' 'mkdir -p fruit/x' 'mkdir -m 700 new' 'mkdir a b c' \
         'chmod 600 fruit' 'chmod u+x,g-r fruit' 'chmod a=r open' 'chmod -R go-rwx dir' 'chmod +x fruit' 'chmod 8 fruit' 'chmod 644 nosuch' 'chmod u+X dir fruit' 'chmod 4755 fruit' 'chmod -x fruit' 'rm' 'touch'; do
  case $c in
    'rm' | 'touch' | 'chmod 8 fruit') (cd dir && eval "\"\$MYINIT\" $c" 2>/dev/null); [ $? = 2 ] || { echo "FAIL: $c: not a usage error"; failed=1; } ;;
    *) both "$c" ;;
  esac
done
exit $failed
