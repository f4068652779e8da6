#!/usr/bin/python3 -EsB
"""The host side of a VM, without one: initrd/*.py and the installer on what they are given."""

import bz2
import contextlib
import gzip
import io
import lzma
import os
import struct
import subprocess
import sys
import tempfile
import types
import unittest

TOP = os.environ["SOURCE_DIR"]
sys.path.insert(0, os.path.join(TOP, "initrd"))

import cpio
import image
import modules
import options
import qemu
import status
import terminal
import vmlinux


def parsed(*words):
    """The options, or what the parser said when it refused them."""
    said = io.StringIO()
    with contextlib.redirect_stderr(said):
        try:
            return options.parse(list(words))
        except SystemExit as end:
            return f"{end.code} {said.getvalue()}"


def pvh_elf(padding=b""):
    """A 64-bit ELF file with nothing but the note that names a PVH entry."""
    note = struct.pack("<III", 4, 8, 18) + b"Xen\0" + bytes(8)
    header = b"\x7fELF\x02".ljust(32, b"\0") + struct.pack("<QQIHHHHHH", 64, 0, 0, 64, 56, 1, 64, 0, 0)
    return header + struct.pack("<IIQQQQQQ", 4, 0, 120, 0, 0, len(note), len(note), 4) + note + padding


def bzimage(payload, protocol=0x20F):
    """A boot sector and one setup sector as the boot protocol wants them, then the payload."""
    image = bytearray(1024)
    image[0x1F1] = 1
    image[0x202:0x206] = b"HdrS"
    struct.pack_into("<H", image, 0x206, protocol)
    struct.pack_into("<H", image, 0x20E, 0x100)
    image[0x300:0x311] = b"9.8.7-test (who) "
    struct.pack_into("<II", image, 0x248, 0, len(payload))
    return bytes(image) + payload


def kernel_module(text, symbols=b""):
    """A 64-bit ELF file with the sections of a kernel module that are read."""
    names = b"\0.modinfo\0__ksymtab_strings\0.shstrtab\0"
    parts = [(1, 1, text), (10, 1, symbols), (29, 3, names)]
    body, headers = b"", bytes(64)
    for name, kind, data in parts:
        headers += struct.pack("<IIQQQQIIQQ", name, kind, 0, 0, 64 + len(body), len(data), 0, 0, 1, 0)
        body += data
    elf = b"\x7fELF\x02".ljust(40, b"\0") + struct.pack("<Q10xHHH", 64 + len(body), 64, 4, 3)
    return elf.ljust(64, b"\0") + body + headers


class Files(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def made(self, name, data=b""):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(data)
        return path


class AnImage(Files):
    def listing(self, data, *words):
        return subprocess.run(("busybox", "cpio", *words), input=data, capture_output=True, cwd=self.folder, check=True).stdout.decode()

    def test_is_read_by_another_cpio_as_it_was_written(self):
        source = self.made("tree/deep/file", b"five.")
        os.symlink("deep/file", os.path.join(self.folder, "tree/link"))
        os.chmod(source, 0o750)
        archive = cpio.Archive()
        archive.character_device("dev/console", 5, 1)
        archive.add(os.path.join(self.folder, "tree"), "a/b")
        data = archive.finish()
        listing = self.listing(data, "-tv")
        self.assertRegex(listing, r"(?s)drwx.*\bdev\n.*crw-------.*dev/console")
        header = data.index(b"dev/console") - 110
        self.assertEqual(data[header + 78 : header + 94], b"%08X%08X" % (5, 1))  # rdevmajor, rdevminor
        self.assertRegex(listing, r"(?s)-rwxr-x---.* 5 .*a/b/deep/file.*a/b/link -> deep/file")

    def test_is_a_multiple_of_four_long_so_that_another_can_follow(self):
        for length in range(5):
            archive = cpio.Archive()
            archive.file("f", b"x" * length)
            self.assertEqual(len(archive.finish()) % 4, 0)

    def test_takes_script_arguments_and_variables_byte_for_byte(self):
        script = self.made("script", b"echo \0 \xff\r\n")
        given = parsed("--share", "none", "--script", script, "--arg", "a b", "--arg=", "--env", "A=1\n2", "--add", script + ":/x/",
                       "--add", f"{script}:y")
        os.mkdir(os.path.join(self.folder, "out"))
        subprocess.run(("busybox", "cpio", "-id"), input=image.run_part(given, []), cwd=os.path.join(self.folder, "out"),
                       capture_output=True, check=True)
        for name, expected in ((".myinit/script", b"echo \0 \xff\r\n"), (".myinit/args", b"a b\0\0"), (".myinit/env", b"A=1\n2\0"),
                               ("x/script", b"echo \0 \xff\r\n"), ("y", b"echo \0 \xff\r\n")):
            with open(os.path.join(self.folder, "out", name), "rb") as file:
                self.assertEqual(file.read(), expected, name)

    def test_refuses_what_it_cannot_hold(self):
        given = parsed("--add", f"{self.folder}:../up")
        self.assertRaisesRegex(image.BadImage, "no ..", image.run_part, given, [])
        self.assertRaisesRegex(ValueError, "neither a file", cpio.Archive().add, "/dev/null", "null")


class Modules(Files):
    def setUp(self):
        super().setUp()
        self.made("kernel/a.ko", kernel_module(b"depends=c,b-dash\0alias=net-pf-99\0alias=a-*\0"))
        self.made("kernel/sub/b-dash.ko", kernel_module(b"depends=c\0softdep=pre: d post: builtin\0"))
        self.made("kernel/c.ko.xz", lzma.compress(kernel_module(b"depends=\0", b"one\0two\0")))
        self.made("kernel/d.ko.gz", gzip.compress(kernel_module(b"")))
        self.made("kernel/unneeded.ko", b"never read")
        self.made("modules.builtin", b"kernel/fs/builtin.ko\n")
        self.tree = modules.Tree(self.folder)

    def test_come_with_all_that_they_need_and_nothing_else(self):
        chosen = self.tree.closure(["a", "builtin", "nowhere"])
        self.assertEqual([module.name for module in chosen], ["c", "d", "b_dash", "a"])
        self.assertTrue(self.tree.has("builtin") and self.tree.has("b_dash") and not self.tree.has("nowhere"))

    def test_are_named_or_files(self):
        kernel = types.SimpleNamespace(tree=self.tree, config=None, release="1-test")
        given = parsed("--module", "b-dash", "--module", os.path.join(self.folder, "kernel/a.ko"))
        data = image.build(given, self.made("init"), kernel, self.folder)
        listing = subprocess.run(("busybox", "cpio", "-t"), input=data, capture_output=True, check=True).stdout.decode().split()
        self.assertIn("lib/modules/1-test/kernel/sub/b-dash.ko", listing)
        given = parsed("--module", "nowhere")
        self.assertRaisesRegex(image.BadImage, "nowhere", image.build, given, os.path.join(self.folder, "init"), kernel, self.folder)

    def test_are_indexed_as_depmod_does_it(self):
        index = modules.index_files(self.tree.closure(["a"]), lambda module: os.path.relpath(module.path, self.folder))
        # Read from the right, each line loads what is needed first.
        self.assertIn("kernel/a.ko: kernel/sub/b-dash.ko kernel/c.ko.xz\n", index["modules.dep"])
        self.assertIn("kernel/c.ko.xz:\n", index["modules.dep"])
        self.assertEqual(index["modules.alias"], "alias net-pf-99 a\nalias a-* a\n")
        self.assertEqual(index["modules.softdep"], "softdep b_dash pre: d post: builtin\n")
        self.assertEqual(index["modules.symbols"], "alias symbol:one c\nalias symbol:two c\n")

    def test_that_are_broken_are_named(self):
        for data in (b"", b"\x7fELF\x02", kernel_module(b"x=y\0")[:-30], kernel_module(b"x=y\0")[:40] + bytes(24) + b"\xff" * 80):
            path = self.made("broken.ko", data)
            self.assertRaisesRegex(modules.Unreadable, "broken.ko", modules.Module, path)


class AKernel(unittest.TestCase):
    def test_is_unpacked_whatever_packed_it(self):
        elf = pvh_elf(bytes(5000))
        packed = {"gzip": gzip.compress(elf), "xz": lzma.compress(elf), "lzma": lzma.compress(elf, lzma.FORMAT_ALONE),
                  "bzip2": bz2.compress(elf)}
        for program, words in (("zstd", ("zstd", "-qc")), ("lz4", ("lz4", "-lqc"))):
            packed[program] = subprocess.run(words, input=elf, capture_output=True, check=True).stdout
        for name, payload in packed.items():
            with self.subTest(name):
                # The length that the kernel's build adds belongs to no format.
                self.assertEqual(vmlinux.unpack(bzimage(payload + struct.pack("<I", len(elf)))), elf)

    def test_that_cannot_be_unpacked_says_why(self):
        elf = pvh_elf()
        for data, why in ((b"MZ" + bytes(2000), "no bzImage"), (bzimage(gzip.compress(elf), 0x207), "before 2.08"),
                          (bzimage(b"????"), "unknown packing 3f3f3f3f"), (bzimage(gzip.compress(b"text")), "no 64-bit ELF"),
                          (bzimage(gzip.compress(elf.replace(b"Xen\0", b"Not\0"))), "CONFIG_PVH"),
                          (bzimage(gzip.compress(elf)[:12] + b"\xff" * 20), "."), (bzimage(lzma.compress(elf)[:-20]), ".")):
            self.assertRaisesRegex(vmlinux.NotUnpackable, why, vmlinux.unpack, data)

    def test_tells_its_release(self):
        self.assertEqual(vmlinux.release_of(bzimage(b"")), "9.8.7-test")
        self.assertEqual(vmlinux.release_of(b"\x7fELF..Linux version 1.2.3-x (who@where) "), "1.2.3-x")
        self.assertIsNone(vmlinux.release_of(b"something else"))


class TheCommandLine(Files):
    def test_is_refused_with_status_125_and_a_reason(self):
        for words, reason in ((("--bogus",), "--bogus"), (("--timeout", "0"), "--timeout"), (("--share", "/nosuch"), "/nosuch: no such folder"),
                              (("--arg", "x"), "--script"), (("--env", "1=2"), "NAME=VALUE"), (("--net", "wifi"), "wifi"),
                              (("--share", "/", "--share", f"{self.folder}:host-code"), "taken"),
                              (("--share", "/", "--share", f"{self.folder}:a b"), "tag a b"), (("--machine", "mac"), "mac")):
            with self.subTest(words):
                answer = parsed(*words)
                self.assertRegex(answer, "^125 ")
                self.assertIn(reason, answer)
                self.assertRegex(answer, "boot: status 125 is boot's own: wrong usage\n$")

    def test_shares_the_current_folder_and_names_more_shares_by_their_folders(self):
        self.assertEqual([(share.folder, share.tag) for share in parsed().shares], [(os.getcwd(), "host-code")])
        self.assertEqual(parsed("--share", "none").shares, [])
        self.made("with:colon/file")
        shares = parsed("--share", f"{self.folder}/with:colon", "--share", f"{self.folder}:more:ro").shares
        self.assertEqual([(share.tag, share.mount_point, share.read_only) for share in shares],
                         [("host-code", "/mnt/host", False), ("more", "/mnt/more", True)])

    def test_of_the_kernel_is_never_cut(self):
        self.assertRaisesRegex(qemu.BadCommandLine, "2047", qemu.kernel_command_line, parsed("--append", "x" * 2000), "tcg")
        line = qemu.kernel_command_line(parsed("--script", "/x", "--append", "last=1"), "tcg").split()
        self.assertEqual(line[-1], "last=1")
        self.assertLess({"cryptomgr.notests=1", "quiet", "myinit.heartbeat=1", "myinit.script=/.myinit/script"}, set(line))

    def test_of_qemu_keeps_commas_in_paths_and_its_own_arguments_last(self):
        self.made("a,b/file")
        given = parsed("--share", f"{self.folder}/a,b", "--net", "user,hostfwd=tcp::1-:2", "--net", "tap=t0", "--", "-device", "x")
        words = qemu.arguments(given, "/k", "/i", "tcg", 3, 4)
        self.assertEqual(words[-2:], ["-device", "x"])
        self.assertTrue(any(f"{self.folder}/a,,b," in word for word in words))
        self.assertIn("user,id=net0,hostfwd=tcp::1-:2", words)
        self.assertIn("tap,id=net1,ifname=t0,script=no,downscript=no", words)


class TheVerdict(unittest.TestCase):
    def test_is_the_guests_when_it_spoke_and_boots_own_else(self):
        for messages, qemu_status, console, expected in (
                (b"init\nuser 7\nbeat\nstatus 3 script\n", 0, b"", "status 3 is the guest's: script"),
                (b"status 124\n", 0, b"", "status 124 is the guest's"),
                (b"init\nstatus 2 first\nstatus 9 second\n", 7, b"", "status 2 is the guest's: first"),
                (b"init\nstatus 256 no\nstatus -1 no\nsta", 0, b"", "status 126 is boot's own: the guest died without a word (QEMU ended with 0)"),
                (b"", 7, b"", "status 2 is the guest's: by the debug port"),
                (b"", 3, b"", "status 0 is the guest's: by the debug port"),
                (b"init\n", -9, b"", "status 126 is boot's own: the guest died without a word (QEMU was killed by signal 9)"),
                (b"init\npanic PID 1 died\n", 1, b"", "status 126 is boot's own: init crashed: PID 1 died"),
                (b"init\n", 0, b"[1] Kernel panic - not syncing: why\r\n",
                 "status 126 is boot's own: the guest died without a word (Kernel panic - not syncing: why)"),
                (b"", 1, b"", "status 125 is boot's own: init never started (QEMU ended with 1)"),
                (b"", 0, b"myinit: status 0\n", "status 125 is boot's own: init never started (QEMU ended with 0)")):
            with self.subTest(expected):
                channel = status.Channel()
                for byte in messages:  # as slowly as it may come
                    channel.feed(bytes((byte,)))
                self.assertEqual(str(status.of_ended_vm(channel, qemu_status, console)), expected)

    def test_hears_the_port_and_the_debug_console_each_by_its_lines(self):
        channel = status.Channel()
        for data, source in ((b"init\nuser 7\nbe", "early"), (b"init\nstat", "port"), (b"at\n", "early"), (b"us 9 last\n", "port")):
            channel.feed(data, source)
        self.assertEqual((channel.user_us, channel.status, channel.why), (7, 9, "last"))

    def test_survives_a_guest_that_says_nonsense(self):
        channel = status.Channel()
        channel.feed(b"\xff\0" * 100000 + b"\n\n \nuser x\nstatus\nstatus 5 fine\n")
        self.assertEqual(channel.status, 5)
        self.assertIsNone(channel.user_us)


class TheLastLines(unittest.TestCase):
    def test_are_text_without_what_a_terminal_would_do(self):
        shown = terminal.CONTROLS.sub(b"", b"\x1b[31mred\x1b[0m\x1b[?1049h\r\n\x1b7\x1b[6n\x1b]0;title\x07next\x07\ttab")
        self.assertEqual(shown, b"red\nnext\ttab")


class TheInstaller(unittest.TestCase):
    def run_it(self, *sections):
        return subprocess.run([os.path.join(TOP, "initrd/install-dependencies"), *sections], capture_output=True, text=True)

    def test_does_nothing_when_all_is_there(self):
        done = self.run_it("run")
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))

    def test_knows_its_sections(self):
        for words in ((), ("nosuch",), ("run", "clang-16")):
            self.assertEqual(self.run_it(*words).returncode, 1)

    def test_reads_a_list_where_each_package_has_a_reason_and_stands_once(self):
        with open(os.path.join(TOP, "initrd/dependencies.txt")) as file:
            lines = [line.split(None, 1) for line in file if line.strip() and line[0] not in "#["]
        self.assertEqual([line for line in lines if len(line) < 2], [])
        names = [line[0] for line in lines]
        self.assertEqual(len(names), len(set(names)))


if __name__ == "__main__":
    unittest.main()
