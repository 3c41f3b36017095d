# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests in an emulated machine with Debian's own kernel: for machines whose kernel lacks what they need, or has failed.

Usage: emulated.py [--seconds N] PYTEST-ARGUMENTS...
Debian as root, without touching the machine: packages are unpacked below .cache, nothing is installed. Emulation is about
ten times slower than the machine, so name the tests; what has not been run after N seconds is not.
"""

from __future__ import annotations

import argparse
import os
import pathlib
import re
import shlex
import shutil
import stat
import subprocess
import sys

CHECKOUT = pathlib.Path(__file__).resolve().parent.parent
CACHE = CHECKOUT / ".cache" / "emulated"
ROOT = CACHE / "root"
PACKAGES = ("qemu-system-x86", "kmod", "linux-image-amd64")
MODULES = ("veth", "bridge", "vxlan", "macvlan", "tun", "ifb", "nf_tables", "nft_chain_nat", "nft_masq", "nft_ct", "nft_compat", "ip_tables", "ip6_tables")
#: Of the virtual environment: what tests import.
IMPORTED = re.compile(
    "_?(ansible|ansible_core|ansible_test|cffi|cryptography|execnet|hypothesis|iniconfig|jinja2|markupsafe|netaddr|packaging|pluggy|pygments|pyroute2|"
    "pytest|pytest_testinfra|pytest_xdist|pyyaml|resolvelib|sortedcontainers|testinfra|xdist|yaml)([.-]|$)",
    re.IGNORECASE,
)
INIT = """#!/bin/sh
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8
mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t devtmpfs dev /dev; mkdir -p /dev/pts /dev/shm
mount -t devpts devpts /dev/pts; mount -t tmpfs shm /dev/shm; mount -t tmpfs run /run; mount -t tmpfs tmp /tmp
hostname emulated; ip link set lo up; echo 3 > /proc/sys/kernel/printk
for module in %s; do modprobe $module; done
cd %s; %s; echo "emulated: ended with $?"; echo o > /proc/sysrq-trigger; sleep 9
"""


def fetch():
    """QEMU, a kernel and what they need, unpacked."""
    if list(ROOT.glob("boot/vmlinuz-*")) and shutil.which("qemu-system-x86_64", path=ROOT / "usr" / "bin"):
        return
    packages = CACHE / "packages"
    (packages / "partial").mkdir(parents=True, exist_ok=True)
    ROOT.mkdir(exist_ok=True)
    command = ["apt-get", "-qq", "-y", "--no-install-recommends", "--download-only", "--reinstall", "-o", "Dir::Cache::archives=%s" % packages, "install"]
    subprocess.run([*command, *PACKAGES], check=True)
    for package in packages.glob("*.deb"):
        subprocess.run(["dpkg-deb", "-x", package, ROOT], check=True)
    (ROOT / "bin" / "depmod").symlink_to("kmod")
    for modules in ROOT.glob("lib/modules/*"):
        subprocess.run([ROOT / "bin" / "depmod", "-b", ROOT, modules.name], env=dict(os.environ, LD_LIBRARY_PATH=libraries()), check=True)


def libraries():
    return ":".join(map(str, ROOT.glob("**/*-linux-gnu")))


class Archive:
    """A cpio archive (newc, initramfs buffer format in the kernel's documentation) of folders, links and files."""

    def __init__(self, path):
        self.out = open(path, "wb")
        self.seen = set()

    def put(self, name, mode, content=b""):
        if name in self.seen:
            return
        self.seen.add(name)
        encoded = name.lstrip("/").encode() + b"\0"
        fields = (len(self.seen), mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(encoded), 0)
        head = b"070701" + b"".join(b"%08X" % field for field in fields) + encoded
        self.out.write(head + b"\0" * (-len(head) % 4) + content + b"\0" * (-len(content) % 4))

    def add(self, path, name=None, most=16 << 20):
        """``path`` as ``name``, with the folders it stands in; files of more than ``most`` bytes are left out."""
        path, name = pathlib.Path(path), str(name or path)
        for parent in reversed(pathlib.PurePath(name).parents):
            if str(parent) != "/":
                self.put(str(parent), os.lstat(parent).st_mode if os.path.lexists(parent) else stat.S_IFDIR | 0o755)
        found = os.lstat(path)
        if stat.S_ISLNK(found.st_mode):
            self.put(name, found.st_mode, os.readlink(path).encode())
        elif stat.S_ISREG(found.st_mode) and found.st_size <= most:
            self.put(name, found.st_mode, path.read_bytes())
        elif stat.S_ISDIR(found.st_mode):
            self.put(name, found.st_mode)
            for entry in sorted(os.listdir(path)):
                self.add(path / entry, name + "/" + entry, most)

    def close(self):
        self.put("TRAILER!!!", 0)
        self.out.close()


def image(path, arguments):
    """The initial file system: this machine's programs, the checkout, and what ``arguments`` are for."""
    archive = Archive(path)
    for link in ("/bin", "/sbin", "/lib", "/lib64"):
        archive.add(link)
    for folder in ("/proc", "/sys", "/dev", "/run", "/tmp", "/root", "/var/tmp"):
        archive.put(folder, stat.S_IFDIR | 0o755)
    for folder in ("/usr/bin", "/usr/sbin", "/usr/lib64", "/etc", *map(str, pathlib.Path("/usr/lib").glob("python3*"))):
        archive.add(folder, most=12 << 20)
    shared = next(pathlib.Path("/usr/lib").glob("*-linux-gnu"))
    for library in [*shared.glob("*.so*"), shared / "xtables"]:
        if library.exists():
            archive.add(library)
    for name in ("bin", "pyvenv.cfg"):
        archive.add(CHECKOUT / ".venv" / name)
    for package in next((CHECKOUT / ".venv" / "lib").glob("python*/site-packages")).iterdir():
        if IMPORTED.match(package.name) or package.suffix in (".py", ".so"):
            archive.add(package)
    for entry in CHECKOUT.iterdir():
        if entry.name not in (".git", ".venv", ".cache", ".lab", "build"):
            archive.add(entry)
    for modules in ROOT.glob("lib/modules/*"):
        archive.add(modules, "/usr/lib/modules/" + modules.name)
    archive.add(ROOT / "bin" / "kmod", "/usr/bin/kmod")
    archive.put("/usr/sbin/modprobe", stat.S_IFLNK | 0o777, b"/usr/bin/kmod")
    for library in (ROOT / "lib").glob("*-linux-gnu/libkmod.so*"):
        archive.add(library, "/usr/lib/%s/%s" % (library.parent.name, library.name))
    command = "%s/.venv/bin/python -m pytest -q -p no:cacheprovider %s" % (CHECKOUT, shlex.join(arguments))
    archive.put("/init", stat.S_IFREG | 0o755, (INIT % (" ".join(MODULES), CHECKOUT, command)).encode())
    archive.close()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=int, default=3000)
    known, arguments = parser.parse_known_args()
    fetch()
    initrd = CACHE / "initrd"
    image(initrd, arguments)
    command = [ROOT / "usr/bin/qemu-system-x86_64", "-L", ROOT / "usr/share/qemu", "-L", ROOT / "usr/share/seabios", "-accel", "tcg,thread=multi"]
    command += ["-cpu", "max", "-smp", "2", "-m", "5000", "-nographic", "-no-reboot", "-nic", "none", "-kernel", next(ROOT.glob("boot/vmlinuz-*"))]
    command += ["-initrd", initrd, "-append", "console=ttyS0 quiet panic=-1 rdinit=/init mitigations=off"]
    options = {"env": dict(os.environ, LD_LIBRARY_PATH=libraries()), "stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE}
    ended = None
    with subprocess.Popen(command, text=True, errors="replace", **options) as machine:
        watch = subprocess.Popen(["sleep", str(known.seconds)])
        try:
            for line in machine.stdout:
                print(line, end="", flush=True)
                found = re.search(r"emulated: ended with (\d+)", line)
                ended = int(found[1]) if found else ended
                if watch.poll() is not None:
                    break
        finally:
            machine.kill()
            watch.kill()
            watch.wait()
    initrd.unlink()
    sys.exit("emulated: not ended after %d s" % known.seconds if ended is None else ended)


if __name__ == "__main__":
    main()
