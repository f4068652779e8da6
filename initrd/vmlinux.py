"""Unpacks a bzImage to the vmlinux inside. Unpacking inside the guest costs 2.3 s under TCG;
QEMU starts a vmlinux directly when it has a PVH entry point.
Formats: the kernel's Documentation/arch/x86/boot.rst, and elf(5)."""

import bz2
import lzma
import re
import struct
import subprocess
import zlib

XEN_ELFNOTE_PHYS32_ENTRY = 18  # include/xen/interface/elfnote.h: the PVH entry point
PT_NOTE = 4


class NotUnpackable(Exception):
    """Why an image has to be booted as it is."""


def is_bzimage(image):
    return image[0x202:0x206] == b"HdrS"


def release_of(image):
    """The kernel's release ("6.1.0-1-amd64") as a bzImage's header or a vmlinux's banner tells it; else None."""
    if is_bzimage(image):
        offset = struct.unpack_from("<H", image, 0x20E)[0] + 0x200
        text = image[offset : offset + 256]
    else:
        banner = re.search(rb"Linux version ([^ \0]+) ", image)
        text = banner.group(1) if banner else b""
    words = text.split(b"\0")[0].split()
    return words[0].decode(errors="replace") if words else None


def _by_program(*command):
    def unpack(data):
        try:
            done = subprocess.run(command, input=data, capture_output=True)
        except OSError as error:
            raise NotUnpackable(f"{command[0]}: {error.strerror}")
        # The payload's length follows the packed data: programs unpack all, then complain about it.
        if not done.stdout:
            raise NotUnpackable(f"{command[0]}: {done.stderr.decode(errors='replace').strip()}")
        return done.stdout

    return unpack


def _by_library(decompressor):
    def unpack(data):
        stream = decompressor()
        unpacked = stream.decompress(data)
        if not stream.eof:
            raise NotUnpackable("the packed data ends too early")
        return unpacked

    return unpack


PACKINGS = (
    (b"\x1f\x8b", _by_library(lambda: zlib.decompressobj(31))),
    (b"\xfd7zXZ\0", _by_library(lzma.LZMADecompressor)),
    (b"\x5d\0\0", _by_library(lzma.LZMADecompressor)),
    (b"BZh", _by_library(bz2.BZ2Decompressor)),
    (b"\x28\xb5\x2f\xfd", _by_program("zstd", "-dcq")),
    (b"\x02\x21\x4c\x18", _by_program("lz4", "-dcq")),
)


def has_pvh_entry(elf):
    """Whether QEMU can start this 64-bit ELF file: it has the note that names the PVH entry."""
    offset, size, count = struct.unpack_from("<Q14xHH", elf, 32)
    for index in range(count):
        kind, _, at, _, _, length = struct.unpack_from("<IIQQQQ", elf, offset + index * size)
        end = at + length
        while kind == PT_NOTE and at + 12 <= end:
            name_size, data_size, note = struct.unpack_from("<III", elf, at)
            name = elf[at + 12 : at + 12 + name_size]
            if name == b"Xen\0" and note == XEN_ELFNOTE_PHYS32_ENTRY:
                return True
            at += 12 + (name_size + 3 & ~3) + (data_size + 3 & ~3)
    return False


def unpack(image):
    """The vmlinux inside a bzImage, ready for QEMU; NotUnpackable says why not."""
    if not is_bzimage(image):
        raise NotUnpackable("no bzImage")
    if struct.unpack_from("<H", image, 0x206)[0] < 0x208:
        raise NotUnpackable("boot protocol before 2.08")
    setup_sectors = image[0x1F1] or 4
    offset, length = struct.unpack_from("<II", image, 0x248)
    start = (setup_sectors + 1) * 512 + offset
    payload = image[start : start + length]
    for magic, unpacker in PACKINGS:
        if payload.startswith(magic):
            break
    else:
        raise NotUnpackable(f"unknown packing {payload[:4].hex()}")
    try:
        elf = unpacker(payload)
        if elf[:5] != b"\x7fELF\x02":
            raise NotUnpackable("no 64-bit ELF file inside")
        if not has_pvh_entry(elf):
            raise NotUnpackable("built without CONFIG_PVH")
    except (zlib.error, lzma.LZMAError, OSError, struct.error) as error:
        raise NotUnpackable(str(error))
    return elf
