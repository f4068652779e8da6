"""Writer for initramfs images: cpio's "newc" format, as in the kernel's
Documentation/driver-api/early-userspace/buffer-format.rst. Needs no root: device nodes are
only entries in the archive. The kernel accepts several archives one after another."""

import os
import stat

ALIGNMENT = 4  # of names and of file data, and so of each archive's start
LARGEST = 0xFFFFFFFF  # file sizes are eight hexadecimal digits


class Archive:
    """Collects entries in a list of byte strings; names have no leading slash."""

    def __init__(self):
        self.parts = []
        self.inode = 0
        self.known = set()

    def _entry(self, name, mode, data=b"", mtime=0, rdev=(0, 0)):
        if len(data) > LARGEST:
            raise ValueError(f"{name}: {len(data)} bytes do not fit into an initrd")
        path = os.fsencode(name) + b"\0"
        self.inode += 1
        fields = (self.inode, mode, 0, 0, 1, int(mtime) & 0xFFFFFFFF, len(data), 0, 0, *rdev, len(path), 0)
        head = b"070701" + b"".join(b"%08X" % field for field in fields) + path
        self.parts += [head, bytes(-len(head) % ALIGNMENT), data, bytes(-len(data) % ALIGNMENT)]

    def _parents(self, name):
        parent = os.path.dirname(name)
        if parent and parent not in self.known:
            self.folder(parent)

    def folder(self, name, mode=0o755, mtime=0):
        if name in self.known:
            return
        self._parents(name)
        self.known.add(name)
        self._entry(name, stat.S_IFDIR | mode, mtime=mtime)

    def file(self, name, data, mode=0o644, mtime=0):
        self._parents(name)
        self._entry(name, stat.S_IFREG | mode, data, mtime)

    def link(self, name, target):
        self._parents(name)
        self._entry(name, stat.S_IFLNK | 0o777, os.fsencode(target))

    def character_device(self, name, major, minor, mode=0o600):
        self._parents(name)
        self._entry(name, stat.S_IFCHR | mode, rdev=(major, minor))

    def add(self, source, name):
        """Copies a file, link or whole folder of the host to NAME."""
        seen = os.stat(source)  # a link given by name means what it points to
        if stat.S_ISDIR(seen.st_mode):
            self._add_folder(source, name)
        else:
            self._add_file(source, name, seen)

    def _add_file(self, source, name, seen):
        if not stat.S_ISREG(seen.st_mode):
            raise ValueError(f"{source}: neither a file, a link nor a folder")
        with open(source, "rb") as file:
            self.file(name, file.read(), stat.S_IMODE(seen.st_mode), seen.st_mtime)

    def _add_folder(self, source, name):
        if name:
            self.folder(name, stat.S_IMODE(os.stat(source).st_mode))
        for entry in sorted(os.scandir(source), key=lambda entry: entry.name):
            inside = f"{name}/{entry.name}" if name else entry.name
            if entry.is_symlink():
                self.link(inside, os.readlink(entry.path))
            elif entry.is_dir():
                self._add_folder(entry.path, inside)
            else:
                self._add_file(entry.path, inside, entry.stat())

    def finish(self):
        """The archive's bytes, its length a multiple of ALIGNMENT."""
        self._entry("TRAILER!!!", 0)
        return b"".join(self.parts)
