"""Finds the kernel to boot: the one named, else the host's own, else Debian's, downloaded as a
package and unpacked in the cache without being installed."""

import glob
import mmap
import os
import re
import subprocess
import sys
import zlib

import vmlinux
from modules import Tree

PACKAGE = "linux-image-amd64"  # depends on the package of the current kernel
SETUP_BYTES = 65536  # a bzImage's header and setup code are shorter


class NoKernel(Exception):
    """Why there is no kernel to boot."""


class Kernel:
    """A kernel ready for QEMU.
    image: its file; pvh: whether that is an unpacked vmlinux, note: if not, why; release, e.g.
    "6.1.0-1-amd64"; tree: its modules; config: its configuration's file or None."""

    def __init__(self, source, cache, modules=None):
        self.image, self.pvh, self.note = source, False, None
        try:
            with open(source, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                bzimage = vmlinux.is_bzimage(data)
                self.release = vmlinux.release_of(data[:SETUP_BYTES] if bzimage else data)
                if not self.release:
                    raise NoKernel(f"{source}: neither a bzImage nor a vmlinux of Linux")
                if bzimage:
                    self._unpack(data, os.fstat(file.fileno()), cache)
        except (OSError, ValueError) as error:  # ValueError: mmap of an empty file
            raise NoKernel(f"{source}: {getattr(error, 'strerror', None) or error}")
        self.pvh = self.pvh or not bzimage
        folder = os.path.dirname(os.path.abspath(source))
        self.tree = Tree(self._modules_folder(modules, os.path.dirname(folder)))
        config = os.path.join(folder, f"config-{self.release}")
        self.config = config if os.path.exists(config) else None

    def _unpack(self, data, seen, cache):
        key = key_of(identity(self.image, seen))
        unpacked = os.path.join(cache, f"vmlinux-{self.release}-{key}")
        if not os.path.exists(unpacked):
            try:
                write_whole(unpacked, vmlinux.unpack(data[:]))
            except vmlinux.NotUnpackable as why:
                self.note = f"{self.image} is booted packed as it is, which takes longer: {why}"
                return
        self.image, self.pvh = unpacked, True

    def _modules_folder(self, named, root):
        """The --modules folder or this release's part of it; else what lies beside the image or in the system."""
        if named and not os.path.isdir(named):
            raise NoKernel(f"{named}: no such folder")
        for top in (named,) if named else (root, "/"):
            for folder in (os.path.join(top, "lib/modules", self.release), os.path.join(top, self.release)):
                if os.path.isdir(folder):
                    return folder
        return named


def identity(path, seen):
    """What tells one state of a file from another without reading it; SEEN is its os.stat_result."""
    return f"{os.path.realpath(path)} {seen.st_ino} {seen.st_size} {seen.st_mtime_ns}"


def key_of(text):
    """A short name in the cache. Not by hashlib: loading OpenSSL takes 3 ms, and 40 when it is not in memory."""
    data = text.encode()
    return f"{zlib.crc32(data):08x}{zlib.adler32(data):08x}"


def write_whole(path, data):
    """Writes a file of the cache: it appears complete or not at all."""
    import tempfile  # seldom needed: each import is time that every boot takes

    handle, temporary = tempfile.mkstemp(dir=os.path.dirname(path))
    with os.fdopen(handle, "wb") as file:
        os.fchmod(handle, 0o644)
        file.write(data)
    os.rename(temporary, path)


def find(cache, image=None, modules=None):
    """The kernel of --kernel, else the host's own when it can serve shares, else Debian's."""
    if image == "debian":
        return Kernel(debian(cache), cache, modules)
    if image:
        return Kernel(image, cache, modules)
    release = os.uname().release
    own = f"/boot/vmlinuz-{release}"
    # Cloud kernels have no 9p.
    if os.access(own, os.R_OK) and (modules or Tree(f"/lib/modules/{release}").has("9p")):
        return Kernel(own, cache, modules)
    return Kernel(debian(cache), cache, modules)


def debian(cache):
    """The file of Debian's kernel; downloads its package when the cache has none."""
    folder = os.path.join(cache, "debian")
    if not os.path.isdir(folder):
        import tempfile

        with tempfile.TemporaryDirectory(dir=cache) as temporary:
            package = _download(temporary)
            _run("dpkg-deb", "-x", package, f"{temporary}/unpacked")
            os.rename(f"{temporary}/unpacked", folder)
    images = glob.glob(f"{folder}/boot/vmlinuz-*")
    if len(images) != 1:
        raise NoKernel(f"{folder}: not one kernel in it; remove the folder, then it is fetched anew")
    return images[0]


def _run(*command, cwd=None):
    """The command's output; NoKernel with its last words when it failed."""
    try:
        done = subprocess.run(command, cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    except OSError as error:
        raise NoKernel(f"{command[0]}: {error.strerror}; name a kernel with --kernel")
    if done.returncode:
        words = done.stderr.strip().splitlines() or [f"status {done.returncode}"]
        raise NoKernel(f"{' '.join(command)}: {words[-1]}")
    return done.stdout


def _download(folder):
    """Fetches the current kernel's package into FOLDER; the path of the .deb."""
    print(f"boot: fetching Debian's kernel ({PACKAGE}), once", file=sys.stderr, flush=True)
    try:
        return _download_listed(folder, ())
    except NoKernel:
        pass  # package lists that are missing or old: fetch them, here, where that needs no root
    os.mkdir(f"{folder}/lists")
    os.mkdir(f"{folder}/archives")
    own = ("-o", f"Dir::State::Lists={folder}/lists", "-o", f"Dir::Cache={folder}/archives")
    _run("apt-get", "-q", *own, "update")
    return _download_listed(folder, own)


def _download_listed(folder, options):
    shown = _run("apt-cache", *options, "--no-all-versions", "show", PACKAGE)
    package = re.search(r"^Depends: (linux-image-\S+)", shown, re.MULTILINE)
    if not package:
        raise NoKernel(f"{PACKAGE}: depends on no kernel package")
    # apt would lower itself to a user who may not write here.
    _run("apt-get", "-q", *options, "-o", "APT::Sandbox::User=", "download", package.group(1), cwd=folder)
    packages = glob.glob(f"{folder}/{package.group(1)}_*.deb")
    if len(packages) != 1:
        raise NoKernel(f"apt-get download {package.group(1)}: brought no package")
    return packages[0]
