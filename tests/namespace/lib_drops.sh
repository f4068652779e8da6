# For the tests of droptrace, which have all of lib_net.sh: a kernel that can trace, and packets that it drops.
NEEDS="ip python3 ${NEEDS:-}"
. "$SOURCE_DIR/tests/namespace/lib_net.sh" || exit 1
grep -q tracefs /proc/filesystems || { echo "skip: this kernel has no tracefs"; exit 77; }
drops=$SOURCE_DIR/tests/namespace/lib_drops.py
