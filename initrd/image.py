"""What is inside the image. Two archives one behind the other: the base (init, modules), which is
kept in the cache until its parts change, and a small one with what belongs to this run alone.

  /init                      the program. It makes /sbin/modprobe itself: a link here would have the kernel run it for
                             each crypto template that it looks for before init, 30 ms a time under TCG
  /dev/console               so that the kernel can give init a console
  /lib/modules/RELEASE/      the modules of modules.WANTED, their dependencies, modprobe's index files
  /boot/config-RELEASE       the kernel's configuration, for kernels without /proc/config.gz
  /netfs.ko ...              links to what test harnesses for flat images load by path
  /NAME.ko                   --module FILE.ko
  /.myinit/script            --script, byte for byte
  /.myinit/args              --arg, each followed by a NUL
  /.myinit/env               --env, each NAME=VALUE followed by a NUL
"""

import glob
import os

import modules
from cpio import Archive
from kernel import identity, key_of, write_whole

FOLDERS = ("dev", "etc", "proc", "sys", "tmp", "run", "mnt/host", "root")
LINKED_IN_ROOT = ("netfs", "9pnet", "9pnet_virtio", "9p", "nf_defrag_ipv6")
KEPT_BASES = 4  # kernels and binaries between which a developer goes back and forth


class BadImage(Exception):
    """Why an image cannot be made of what was asked for."""


def base(init, kernel, named, extra, cache):
    """The archive with INIT and KERNEL's modules, those NAMED included and those that the EXTRA module files need."""
    needed = sorted({*named, *(name for module in extra for name in module.depends() + module.soft())})
    parts = [part for part in (init, kernel.config, __file__, modules.__file__, kernel.tree.folder) if part]
    states = [identity(part, os.stat(part)) for part in parts]
    key = key_of(f"{states} {kernel.release} {needed}")
    path = os.path.join(cache, f"base-{key}.cpio")
    if not os.path.exists(path):
        write_whole(path, _build_base(init, kernel, needed))
        old = sorted(glob.glob(os.path.join(cache, "base-*.cpio")), key=os.path.getmtime)[:-KEPT_BASES]
        for other in old:
            os.unlink(other)
    with open(path, "rb") as file:
        return file.read()


def _build_base(init, kernel, needed):
    archive = Archive()
    for folder in FOLDERS:
        archive.folder(folder)
    archive.character_device("dev/console", 5, 1)
    archive.add(init, "init")
    if kernel.config:
        archive.add(kernel.config, f"boot/config-{kernel.release}")
    tree = kernel.tree
    chosen = tree.closure(modules.WANTED + needed)
    if not chosen:
        return archive.finish()
    top = f"lib/modules/{kernel.release}"
    place_of = lambda module: os.path.relpath(module.path, tree.folder)
    for module in chosen:
        archive.add(module.path, f"{top}/{place_of(module)}")
        if module.name in LINKED_IN_ROOT:
            archive.link(os.path.basename(module.path), f"/{top}/{place_of(module)}")
    for name, text in modules.index_files(chosen, place_of).items():
        archive.file(f"{top}/{name}", text.encode())
    for name in ("modules.builtin", "modules.builtin.modinfo"):
        if os.path.exists(os.path.join(tree.folder, name)):
            archive.add(os.path.join(tree.folder, name), f"{top}/{name}")
    return archive.finish()


def _with_nuls(values):
    return b"".join(os.fsencode(value) + b"\0" for value in values)


def _place_of_added(added):
    """SRC[:DST] as source and name in the image; DST/ is a folder to put it into, no DST is /."""
    source, _, place = (added, "", "") if os.path.exists(added) else added.rpartition(":")
    place = place or "/"
    name = os.path.normpath(place + os.path.basename(os.path.abspath(source)) if place.endswith("/") else place)
    if ".." in name.split("/"):
        raise BadImage(f"--add {added}: no .. inside the image")
    return source or added, name.strip("/")


def run_part(options, extra):
    """The archive of what the command line of initrd/boot brings into this run."""
    archive = Archive()
    for module in extra:
        archive.add(module.path, os.path.basename(module.path))
    for added in options.add:
        source, name = _place_of_added(added)
        archive.add(source, name)
    if options.script:
        with open(options.script, "rb") as file:
            archive.file(".myinit/script", file.read())
    if options.arg:
        archive.file(".myinit/args", _with_nuls(options.arg))
    if options.env:
        archive.file(".myinit/env", _with_nuls(options.env))
    return archive.finish()


def _is_name(word, tree):
    """Whether a word of --module names one of the kernel's own modules; else it is a file."""
    return "/" not in word and not os.path.exists(word) and tree.has(modules.name_of(word))


def build(options, own_init, kernel, cache):
    """The whole image as bytes, with OWN_INIT unless --init names another; BadImage names the file that cannot be used."""
    try:
        named = {modules.name_of(word) for word in options.module if _is_name(word, kernel.tree)}
        extra = [modules.Module(word) for word in options.module if not _is_name(word, kernel.tree)]
        return base(options.init or own_init, kernel, named, extra, cache) + run_part(options, extra)
    except OSError as error:
        raise BadImage(f"{error.filename}: {error.strerror}")
    except (ValueError, modules.Unreadable) as error:
        raise BadImage(str(error))
