#include <catch2/catch.hpp>
#include <sys/mount.h>

#include "net/mounts.h"

TEST_CASE("lines of /proc/mounts, with their escapes") {
  const auto all = net::parse_mounts("proc /proc proc rw,nosuid 0 0\nhost\\040code /mnt/a\\011b\\134c 9p ro 0 0\nbroken line\n");
  REQUIRE(all.size() == 2);
  CHECK(all[0].target == "/proc");
  CHECK(all[0].options == "rw,nosuid");
  CHECK(all[1].source == "host code");
  CHECK(all[1].target == "/mnt/a\tb\\c");
  CHECK(all[1].type == "9p");
}

TEST_CASE("options are flags or the file system's own, the last of a kind counts") {
  net::MountRequest request;
  net::add_mount_options(request, "ro,nosuid,size=16m,,nodev,suid,mode=755,context=\"a,b\",bind");
  CHECK(request.flags == (MS_RDONLY | MS_NODEV | MS_BIND));
  CHECK(request.data == "size=16m,mode=755,context=\"a,b\"");
  net::add_mount_options(request, "rw,remount,defaults");
  CHECK(request.flags == (MS_REMOUNT | MS_NODEV | MS_BIND));
  net::add_mount_options(request, "rprivate");
  CHECK((request.flags & (MS_PRIVATE | MS_REC)) == (MS_PRIVATE | MS_REC));
}

TEST_CASE("a mount point is known by looking") {
  CHECK(net::is_mount_point("/proc"));
  CHECK(net::is_mount_point("/"));
  CHECK_FALSE(net::is_mount_point("/proc/self"));
  CHECK_FALSE(net::is_mount_point("/nosuch"));
}
