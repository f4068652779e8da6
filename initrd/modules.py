"""Kernel modules: which ones an image needs, with everything that they depend on, and the index
files that modprobe reads. The facts come from each module's own .modinfo section, so a tree that
depmod never saw (a package that was only unpacked, a folder of .ko files) serves as well."""

import functools
import gzip
import lzma
import os
import struct
import subprocess

# What a throw-away machine for network tests may want; what the kernel has built in is passed over.
WANTED = """
virtio_pci virtio_mmio virtio_console virtio_net virtio_rng 9p 9pnet_virtio
tun tap veth dummy ifb nlmon vrf bridge 8021q macvlan macvtap ipvlan bonding
vxlan geneve ip_gre ip6_gre ipip sit ip6_tunnel
sch_netem sch_tbf sch_ingress cls_u32 cls_matchall act_mirred act_gact
nf_defrag_ipv4 nf_defrag_ipv6 nf_conntrack nf_nat af_packet_diag
crc32c_generic
""".split()

SUFFIXES = (".ko", ".ko.zst", ".ko.xz", ".ko.gz")


class Unreadable(Exception):
    """A module that cannot be used, and why."""


def name_of(path):
    """The module's name as the kernel knows it: virtio_net for .../virtio-net.ko.zst."""
    return os.path.basename(path).split(".ko")[0].replace("-", "_")


def _unpacked(path):
    with open(path, "rb") as file:
        data = file.read()
    try:
        if path.endswith(".xz"):
            return lzma.decompress(data)
        if path.endswith(".gz"):
            return gzip.decompress(data)
        if path.endswith(".zst"):
            return subprocess.run(("zstd", "-dcq"), input=data, capture_output=True, check=True).stdout
    except (OSError, EOFError, lzma.LZMAError, subprocess.CalledProcessError) as error:
        raise Unreadable(f"{path}: {error}")
    return data


def _sections(elf):
    """The contents of a 64-bit ELF file's SHT_PROGBITS (1) sections by name, elf(5)."""
    table, size, count, names = struct.unpack_from("<Q10xHHH", elf, 40)
    headers = [struct.unpack_from("<II16xQQ", elf, table + index * size) for index in range(count)]
    text = headers[names][2]
    return {
        elf[text + name : elf.index(b"\0", text + name)]: elf[offset : offset + length]
        for name, kind, offset, length in headers
        if kind == 1
    }


class Module:
    """One module file: its name, and what its .modinfo says."""

    def __init__(self, path):
        self.path = path
        self.name = name_of(path)
        elf = _unpacked(path)
        if elf[:5] != b"\x7fELF\x02":
            raise Unreadable(f"{path}: no 64-bit kernel module")
        try:
            sections = _sections(elf)
        except (struct.error, IndexError, ValueError):
            raise Unreadable(f"{path}: a broken ELF file")
        fields = [field.partition(b"=") for field in sections.get(b".modinfo", b"").split(b"\0")]
        self.fields = [(key.decode(errors="replace"), value.decode(errors="replace")) for key, _, value in fields if key]
        self.symbols = [text.decode() for text in sections.get(b"__ksymtab_strings", b"").split(b"\0") if text]

    def values(self, key):
        return [value for known, value in self.fields if known == key]

    def depends(self):
        return [name.replace("-", "_") for value in self.values("depends") for name in value.split(",") if name]

    def soft(self):
        """Names in "pre: a b post: c"; they may be aliases or built in."""
        return [word.replace("-", "_") for value in self.values("softdep") for word in value.split() if word[-1] != ":"]


class Tree:
    """The modules of one kernel. FOLDER is its /lib/modules/RELEASE, or None for a kernel without modules."""

    def __init__(self, folder):
        self.folder = folder

    @functools.cached_property
    def paths(self):
        """Where each module lies, by name. Reading a distribution's whole tree takes 0.1 s."""
        found = {}
        for where, _, files in os.walk(self.folder) if self.folder else ():
            for file in files:
                if file.endswith(SUFFIXES):
                    found[name_of(file)] = os.path.join(where, file)
        return found

    @functools.cached_property
    def builtin(self):
        try:
            with open(os.path.join(self.folder or "", "modules.builtin")) as file:
                return {name_of(line) for line in file.read().split()}
        except OSError:
            return set()

    def has(self, name):
        return name in self.builtin or name in self.paths

    def closure(self, names):
        """The modules NAMES and all that they depend on, each after what it needs."""
        seen = set()
        chosen = []

        def take(name):
            if name in seen or name not in self.paths:
                return
            seen.add(name)
            module = Module(self.paths[name])
            for needed in module.depends() + module.soft():
                take(needed)
            chosen.append(module)

        for name in names:
            take(name)
        return chosen


def index_files(chosen, place_of):
    """modules.dep, .alias, .softdep and .symbols for the CHOSEN modules as depmod(8) writes them.
    PLACE_OF(module) is the file's path relative to the index."""
    by_name = {module.name: module for module in chosen}

    def needs(module, seen):
        for name in module.depends():
            if name in by_name and name not in seen:
                seen.add(name)
                needs(by_name[name], seen)
        return seen

    def line(module):
        # Readers load a line from its end, so what is needed first stands last.
        needed = needs(module, set())
        places = [place_of(other) for other in reversed(chosen) if other.name in needed]
        return f"{place_of(module)}: {' '.join(places)}".rstrip() + "\n"

    dependencies = "".join(line(module) for module in chosen)
    aliases = "".join(f"alias {alias} {module.name}\n" for module in chosen for alias in module.values("alias"))
    soft = "".join(f"softdep {module.name} {text}\n" for module in chosen for text in module.values("softdep"))
    symbols = "".join(f"alias symbol:{symbol} {module.name}\n" for module in chosen for symbol in module.symbols)
    return {"modules.dep": dependencies, "modules.alias": aliases, "modules.softdep": soft, "modules.symbols": symbols}
