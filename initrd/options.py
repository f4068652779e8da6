"""The command line of initrd/boot."""

import argparse
import os
import sys

HELP = """\
Boots a Linux kernel in QEMU with build/myinit as its init and gives back the guest's status.
With a terminal it is the console of the VM (Ctrl-] ends it). What the guest prints goes to
standard output, what boot has to say to standard error; its last line says whose status it is.
"""
STATUSES = """\
Status: the guest's own; 124 the --timeout passed; 125 the host side failed, or init never started;
126 the guest died (a panic, PID 1 ended, QEMU was killed) or hung (no heartbeat for 15 s);
128+N boot was ended by signal N.
"""


def seconds(text):
    value = float(text)
    if not value > 0:
        raise ValueError
    return value


class Parser(argparse.ArgumentParser):
    def error(self, message):
        self.exit(125, f"boot: {message}\nboot: see initrd/boot --help\nboot: status 125 is boot's own: wrong usage\n")


def _parser():
    parser = Parser(prog="initrd/boot", description=HELP, epilog=STATUSES, allow_abbrev=False,
                    usage="initrd/boot [options] [-- QEMU arguments]",
                    formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--share", metavar="DIR[:TAG][:ro]", action="append", default=[],
        help="give the guest a folder over 9p; the first has the tag host-code and is mounted at /mnt/host, others at "
             "/mnt/TAG (TAG: the folder's name); default: the current folder; none: no share at all")
    add("--net", metavar="KIND", action="append", default=[],
        help="user[,hostfwd=...] (the default), tap=NAME, none; repeatable: a virtio NIC each")
    add("--script", metavar="FILE", help="run it instead of autoexec.run, no countdowns, power off with its status")
    add("--arg", metavar="VALUE", action="append", default=[], help="the script's $1, $2...; repeatable")
    add("--env", metavar="NAME=VALUE", action="append", default=[], help="a variable of the guest's shell; repeatable")
    add("--module", metavar="FILE.ko|NAME", action="append", default=[],
        help="put a kernel module into /, or one of the kernel's own where modprobe finds it; repeatable")
    add("--add", metavar="SRC[:DST]", action="append", default=[],
        help="put a file or folder into the image; DST: / and its name; repeatable")
    add("--init", metavar="FILE", help="the guest's /init; default: build/myinit, built when a source is newer")
    add("--kernel", metavar="FILE",
        help="default: the host's own if it has 9p, else Debian's, fetched once; debian: Debian's in any case")
    add("--modules", metavar="DIR", help="the kernel's modules; default: what lies beside it, or /lib/modules")
    add("--accel", choices=("auto", "kvm", "tcg"), default="auto",
        help="auto: KVM, and TCG when init gives no sign of life in 8 s under KVM")
    add("--machine", choices=("q35", "pc", "microvm"), default="q35", help="microvm has virtio-mmio, as Firecracker")
    add("--console", choices=("ttyS0", "hvc0"), default="ttyS0")
    add("--memory", metavar="SIZE", default="512M")
    add("--cpus", metavar="N", type=int, default=1)
    add("--append", metavar="WORDS", action="append", default=[], help="more kernel command line; repeatable")
    add("--fast", action="store_true",
        help="kernel options that trade safety and hardening for time to userspace")
    add("--log", metavar="FILE", help="keep the console's output in FILE as well")
    add("--timeout", metavar="SECONDS", type=seconds, help="end the VM then, with status 124")
    add("--output", metavar="FILE", help="only build the image, into FILE")
    add("--gdb", action="store_true", help="wait for a debugger on port 1234 of this host before the first instruction")
    return parser


def parse(words):
    """The options as a namespace; what follows -- is .qemu. Ends the process on wrong usage."""
    split = words.index("--") if "--" in words else len(words)
    parser = _parser()
    options = parser.parse_args(words[:split])
    options.qemu = words[split + 1 :]
    if options.arg and not options.script:
        parser.error("--arg is for the script of --script")
    for pair in options.env:
        name, equals, _ = pair.partition("=")
        if not equals or not name.isidentifier() or not name.isascii():
            parser.error(f"--env {pair}: not NAME=VALUE")
    if any("\0" in value for value in options.arg + options.env):
        parser.error("--arg and --env cannot hold a NUL byte")
    options.shares = _shares(parser, options.share)
    options.watched = bool(options.script or options.timeout) and not options.gdb
    options.nets = options.net or ["user"]
    for net in options.nets:
        if not (net in ("user", "none") or net.startswith(("user,", "tap="))):
            parser.error(f"--net {net}: not user[,hostfwd=...], tap=NAME or none")
    return options


class Share:
    def __init__(self, folder, tag, read_only):
        self.folder, self.tag, self.read_only = folder, tag, read_only
        self.mount_point = "/mnt/host" if tag == "host-code" else f"/mnt/{tag}"


def _shares(parser, texts):
    if texts == ["none"]:
        return []
    shares = []
    for text in texts or [os.getcwd()]:
        folder, tag, read_only = text, "", False
        if not os.path.isdir(folder) and folder.endswith(":ro"):
            folder, read_only = folder[:-3], True
        if not os.path.isdir(folder) and ":" in folder:
            folder, _, tag = folder.rpartition(":")
        if not os.path.isdir(folder):
            parser.error(f"--share {text}: no such folder")
        tag = tag or ("host-code" if not shares else os.path.basename(os.path.abspath(folder)))
        # The tag goes over the kernel command line, and 9p allows 31 bytes.
        if not tag.isascii() or not tag.replace("-", "").replace("_", "").replace(".", "").isalnum() or len(tag) > 31:
            parser.error(f"--share {text}: the tag {tag} is not 1 to 31 letters, digits, - _ .")
        if any(share.tag == tag for share in shares):
            parser.error(f"--share {text}: the tag {tag} is taken")
        shares.append(Share(os.path.abspath(folder), tag, read_only))
    return shares
