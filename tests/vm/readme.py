#!/usr/bin/env python3
"""Runs every command line of README.md and holds what follows it there against what happens."""
import os
import re
import subprocess
import sys
import tempfile

source = os.environ["SOURCE_DIR"]
text = open(os.path.join(source, "README.md"), encoding="utf-8").read()
failures = []


def indented(block):
    return "".join(line[4:] + "\n" for line in block.strip("\n").split("\n"))


# Files that the README shows: `<!-- NAME -->` and the block behind it.
shown = {}
for name, fence, indent in re.findall(r"<!-- (\S+) -->\n(?:```\w+\n(.*?)```|((?:    [^\n]*\n)+))", text, re.S):
    shown[name] = fence or indented(indent)
if shown.get("src/proto/esp.cpp") != open(os.path.join(source, "src/proto/esp.cpp"), encoding="utf-8").read():
    failures.append("src/proto/esp.cpp is not what the README shows")

commands = []  # (command line, expected output or None)
for block in re.findall(r"((?:^    .*\n)+)", text, re.M):
    for line in indented(block).splitlines():
        if line.startswith("$ "):
            commands.append([line[2:].split("   #")[0].strip(), []])
        elif block.lstrip().startswith("$ ") and commands:
            commands[-1][1].append(line)
commands = [c for c in commands if c[0] != "tests/run"]  # this very run
if len(commands) < 4:
    failures.append("the README's command lines were not found")

with tempfile.TemporaryDirectory() as folder:
    with open(os.path.join(folder, "demo.run"), "w", encoding="utf-8") as script:
        script.write(shown["demo.run"])
    for command, expected in commands:
        line = command.replace("initrd/boot", source + "/initrd/boot").replace("build/myinit", os.environ["MYINIT"])
        line = line.replace("tests/golden", source + "/tests/golden")
        done = subprocess.run(["bash", "-c", line], cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, timeout=300)
        want = 1 if command.startswith("build/myinit -c") else 0
        if done.returncode != want:
            failures.append(f"{command}: status {done.returncode}, not {want}\n{done.stdout.decode()}{done.stderr.decode()}")
        got = [row.rstrip() for row in done.stdout.decode(errors="replace").replace("\r", "").splitlines()]
        if expected and got != expected:
            failures.append(f"{command}: printed\n" + "\n".join(got) + "\nand not\n" + "\n".join(expected))

print("\n".join(failures) or f"{len(commands)} command lines of README.md do what it says")
sys.exit(bool(failures))
