#include <catch2/catch.hpp>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "cmds/runner.h"

using test::run;

TEST_CASE("cat goes on after what it cannot read") {
  const test::Folder folder;
  const std::string a = folder.write("a", "one\n"), b = folder.write("b", "two");
  const auto ran = run("cat " + a + " /nosuch /proc " + b);
  CHECK(ran.status == 1);
  CHECK(ran.out == "one\ntwo");
  CHECK(ran.err == "cat: /nosuch: No such file or directory\ncat: /proc: Is a directory\n");
  CHECK(run("cat -n " + a + " " + b).out == "     1\tone\n     2\ttwo");
  CHECK(run("cat < " + a + " > " + folder.path() + "/c").status == 0);
  CHECK(folder.read("c") == "one\n");
  CHECK(run("cat /proc/self/stat").out.size() > 10);  // a file without a size
}

TEST_CASE("mkdir says what it made, makes what is above with -p, and tells every failure") {
  const test::Folder folder;
  const std::string top = folder.path();
  CHECK(run("mkdir " + top + "/a").out == "Created directory: " + top + "/a\n");
  const auto again = run("mkdir " + top + "/a");
  CHECK(again.status == 1);
  CHECK(again.err == "mkdir: Failed to create directory " + top + "/a: errno 17 - File exists\n");
  CHECK(run("mkdir -p " + top + "/a").out.empty());
  CHECK(run("mkdir -p " + top + "/x/y/z " + top + "/w").out == "Created directory path: " + top + "/x/y/z\nCreated directory path: " + top + "/w\n");
  folder.write("file", "");
  const auto blocked = run("mkdir -p " + top + "/file/below");
  CHECK(blocked.status == 1);
  CHECK(blocked.err.find("errno 20 - Not a directory") != std::string::npos);
  CHECK(run("mkdir -p").status == 2);
  CHECK(run("mkdir -m 700 " + top + "/m").status == 0);
  struct stat s {};
  REQUIRE(::stat((top + "/m").c_str(), &s) == 0);
  CHECK((s.st_mode & 07777) == 0700);
}

TEST_CASE("mknod makes what is missing above, keeps what is the same, refuses what is not") {
  if (::geteuid() != 0) return;
  const test::Folder folder;
  const std::string node = folder.path() + "/dev/net/tun";
  CHECK(run("mknod " + node + " c 10 200").out == "Successfully created device node: " + node + "\n");
  struct stat s {};
  REQUIRE(::stat(node.c_str(), &s) == 0);
  CHECK(s.st_mode == (S_IFCHR | 0666U));
  CHECK(s.st_rdev == makedev(10, 200));
  const auto again = run("mknod " + node + " char 10 200");
  CHECK(again.status == 0);
  CHECK(again.out == "Device node " + node + " already exists\n");
  CHECK(run("mknod " + node + " c 10 201").status == 1);
  folder.write("file", "");
  CHECK(run("mknod " + folder.path() + "/file c 1 3").err.find("is something else (a file)") != std::string::npos);
  CHECK(run("mknod " + folder.path() + "/fifo p").status == 0);
  CHECK(run("mknod " + folder.path() + "/x p 1 2").status == 2);
  CHECK(run("mknod " + folder.path() + "/x c 1").status == 2);
  CHECK(run("mknod " + folder.path() + "/x z 1 2").status == 2);
  CHECK(run("mknod " + folder.path() + "/x c 1 99999999").status == 2);
}

TEST_CASE("ls shows kinds, sizes and where links lead; files too; and what vanishes as gone") {
  const test::Folder folder;
  folder.write("b", "123");
  folder.write(".dot", "");
  ::mkdir((folder.path() + "/dir").c_str(), 0755);
  CHECK(::symlink("b", (folder.path() + "/link").c_str()) == 0);
  const auto plain = run("ls " + folder.path());
  CHECK(plain.out.find("Contents of " + folder.path() + ":\n  -          0 .dot\n  -          3 b\n  d ") == 0);
  CHECK(plain.out.find("link -> b\n\n") != std::string::npos);
  CHECK(run("ls -1 " + folder.path()).out == "b\ndir\nlink\n");
  CHECK(run("ls -1a " + folder.path()).out == ".\n..\n.dot\nb\ndir\nlink\n");
  CHECK(run("ls -1F " + folder.path()).out == "b\ndir/\nlink@\n");
  CHECK(run("ls " + folder.path() + "/b").out == "  -          3 " + folder.path() + "/b\n");
  const auto missing = run("ls /nosuch");
  CHECK(missing.status == 1);
  CHECK(missing.err == "ls: cannot access '/nosuch': No such file or directory\n");
  CHECK(run("ls -ld /dev/null").out.find("crw") == 0);
}

TEST_CASE("cp copies trees with links, nodes and modes, and never into itself") {
  const test::Folder folder;
  const std::string top = folder.path();
  folder.write("t/a", "A");
  folder.write("t/sub/b", std::string(600'000, 'b'));
  REQUIRE(::symlink("a", (top + "/t/link").c_str()) == 0);
  ::chmod((top + "/t/a").c_str(), 0751);
  ::mkfifo((top + "/t/fifo").c_str(), 0600);
  CHECK(run("cp -r " + top + "/t " + top + "/copy").status == 0);
  CHECK(folder.read("copy/sub/b").size() == 600'000);
  struct stat s {};
  REQUIRE(::lstat((top + "/copy/link").c_str(), &s) == 0);
  CHECK(S_ISLNK(s.st_mode));
  REQUIRE(::lstat((top + "/copy/fifo").c_str(), &s) == 0);
  CHECK(S_ISFIFO(s.st_mode));
  REQUIRE(::stat((top + "/copy/a").c_str(), &s) == 0);
  CHECK((s.st_mode & 0777) == 0751);
  CHECK(run("cp " + top + "/t " + top + "/u").status == 1);
  CHECK(run("cp -r " + top + "/t " + top + "/t/sub").status == 1);
  CHECK(run("cp -r " + top + "/t " + top + "/t/sub").err.find("is inside it") != std::string::npos);
  CHECK(run("cp " + top + "/t/a " + top + "/t/a").err.find("are the same file") != std::string::npos);
  CHECK(run("cp " + top + "/t/a " + top + "/t/sub/b " + top + "/copy").status == 0);
  CHECK(folder.read("copy/b").size() == 600'000);
  CHECK(run("cp a").status == 2);
  CHECK(run("cp " + top + "/t/a " + top + "/t/sub/b " + top + "/nosuch").status == 1);
}

TEST_CASE("a full file system ends a copy with the reason") {
  const auto ran = run("cp /proc/version /dev/full");
  CHECK(ran.status == 1);
  CHECK(ran.err == "cp: cannot write '/dev/full': No space left on device\n");
  CHECK(run("cat /proc/version > /dev/full").status == 1);
}

TEST_CASE("mv renames, goes into directories, and crosses file systems with all attributes") {
  const test::Folder folder;
  const std::string top = folder.path();
  folder.write("a", "A");
  folder.write("d/x", "X");
  CHECK(run("mv " + top + "/a " + top + "/b").status == 0);
  CHECK(folder.read("b") == "A");
  CHECK(run("mv " + top + "/b " + top + "/d").status == 0);
  CHECK(folder.read("d/b") == "A");
  CHECK(run("mv " + top + "/d " + top + "/d/e").status == 1);
  CHECK(run("mv " + top + "/nosuch " + top + "/c").status == 1);
  struct stat here {}, shm {};
  if (::stat(top.c_str(), &here) == 0 && ::stat("/dev/shm", &shm) == 0 && here.st_dev != shm.st_dev) {
    const std::string other = "/dev/shm/" + std::to_string(::getpid());
    ::chmod((top + "/d/b").c_str(), 04711);
    CHECK(run("mv " + top + "/d " + other).status == 0);
    struct stat s {};
    REQUIRE(::stat((other + "/b").c_str(), &s) == 0);
    CHECK((s.st_mode & 07777) == 04711);
    CHECK(::stat((top + "/d").c_str(), &s) < 0);
    CHECK(run("rm -r " + other).status == 0);
  }
}

TEST_CASE("rm removes trees but not what a link leads to, and not . or /") {
  const test::Folder folder;
  const std::string top = folder.path();
  folder.write("keep/a", "A");
  folder.write("t/b", "B");
  REQUIRE(::symlink((top + "/keep").c_str(), (top + "/t/link").c_str()) == 0);
  CHECK(run("rm " + top + "/t").err == "rm: cannot remove '" + top + "/t': Is a directory\n");
  CHECK(run("rm -r " + top + "/t").status == 0);
  CHECK(folder.read("keep/a") == "A");
  CHECK(run("rm " + top + "/t").status == 1);
  CHECK(run("rm -f " + top + "/t").status == 0);
  CHECK(run("rm -f").status == 0);
  CHECK(run("rm").status == 2);
  CHECK(run("rm -rf /").status == 1);
  CHECK(run("rm -r " + top + "/keep/..").status == 1);
  CHECK(run("rmdir " + top + "/keep").status == 1);
}

TEST_CASE("ln, touch, chmod and stat") {
  const test::Folder folder;
  const std::string top = folder.path(), a = folder.write("a", "A");
  CHECK(run("ln " + a + " " + top + "/hard\nstat -c %h " + a).out == "2\n");
  CHECK(run("ln -s a " + top + "/soft\nstat -c '%F %N' " + top + "/soft").out == "symbolic link '" + top + "/soft' -> 'a'\n");
  CHECK(run("ln -s a " + top + "/soft").status == 1);
  CHECK(run("ln -sf hard " + top + "/soft\ncat " + top + "/soft").out == "A");
  CHECK(run("ln -f " + a + " " + top + "/hard\ncat " + a).out == "A");
  CHECK(run("touch -d @1000 " + a + " && stat -c %Y " + a).out == "1000\n");
  CHECK(run("touch -r " + a + " " + top + "/new && stat -c '%s %Y' " + top + "/new").out == "0 1000\n");
  CHECK(run("touch -c " + top + "/none && ls " + top + "/none").status == 1);
  CHECK(run("chmod u=rw,go= " + a + "\nstat -c '%a %A' " + a).out == "600 -rw-------\n");
  CHECK(run("chmod -w " + a + "\nstat -c %a " + a).out == "400\n");
  CHECK(run("chmod 999 " + a).status == 2);
  CHECK(run("chmod 644").status == 2);
  CHECK(run("chmod 644 /nosuch").status == 1);
  CHECK(run("stat /nosuch").status == 1);
}

TEST_CASE("a command whose file vanishes meanwhile says so and goes on") {
  const test::Folder folder;
  const std::string a = folder.write("a", "A\n");
  const auto ran = run("rm " + a + "\ntail " + a + " /proc/version\nhead " + a + "\nwc " + a + "\nhexdump " + a + "\nsort " + a + "\ngrep x " + a);
  CHECK(ran.out.find("Linux version") != std::string::npos);
  for (const char* name : {"tail: ", "head: ", "wc: ", "hexdump: ", "sort: ", "grep: "}) CHECK(ran.err.find(name + a + ": No such file or directory\n") != std::string::npos);
}
