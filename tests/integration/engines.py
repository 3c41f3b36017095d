# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Docker and Podman in a lab node: ``engines.py up docker|podman``, ``engines.py call ENGINE ARGUMENT...``, ``engines.py down``.

Run as root, inside. Nothing of it is the machine's: /etc and /var are covered by overlays in the node's own mount namespace,
/run is the node's, and all that is started is in one control group, by which it is ended. The image, ``busybox``, is imported
from Debian's busybox-static. Of the kernel it takes a cgroup2 without controllers, and so no limits.
"""

from __future__ import annotations

import os
import pathlib
import signal
import socket
import subprocess
import sys
import tarfile
import time

FOLDER = pathlib.Path("/run/engines")
#: The kernel's groups as a whole, and as the engines see them: from ours on.
GROUPS, SEEN = FOLDER / "cgroup", pathlib.Path("/sys/fs/cgroup")
IMAGE, BUSYBOX = FOLDER / "busybox.tar", "/bin/busybox"
PATIENCE = 60

CONTAINERS_CONF = """
[containers]
pids_limit = 0
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
runtime = "runc"
"""
STORAGE_CONF = """
[storage]
driver = "vfs"
graphroot = "/var/lib/containers/storage"
runroot = "/run/containers/storage"
"""
DOCKERD = ["dockerd", "--storage-driver=vfs", "--exec-opt=native.cgroupdriver=cgroupfs", "--bip=172.30.0.1/24"]
NEEDED = {
    "both": [(BUSYBOX, "busybox-static"), ("/usr/sbin/runc", "runc")],
    "docker": [("/usr/sbin/dockerd", "docker.io")],
    "podman": [("/usr/bin/podman", "podman"), ("/usr/lib/cni/bridge", "containernetworking-plugins")],
}
#: /usr/bin, because a machine may have another client of this name elsewhere.
PROGRAMS = {"docker": ["/usr/bin/docker"], "podman": ["/usr/bin/podman", "--log-level=error"]}


def group() -> pathlib.Path:
    """The control group of this node's engines: the node's own mount namespace gives it a name that no other has.

    One below that, where no controllers are: an engine that switches some on locks others out.
    """
    return GROUPS / ("linuxnet-engines-%d" % os.stat("/proc/self/ns/mnt").st_ino) / "all"


def require(engine):
    """End, and say what to install, unless all is there."""
    missing = sorted({package for path, package in [*NEEDED["both"], *NEEDED[engine]] if not os.path.exists(path)})
    if missing:
        sys.exit("engines.py: %s in a lab needs the packages %s." % (engine, ", ".join(missing)))
    if os.geteuid() != 0:
        sys.exit("engines.py: container engines need root.")


def furnish():
    """The places that engines write to, once for both."""
    if FOLDER.exists():
        return
    for place in "/etc", "/var":
        upper, work = FOLDER / place[1:], FOLDER / (place[1:] + "-work")
        upper.mkdir(parents=True)
        work.mkdir()
        run("mount", "-t", "overlay", "-o", "lowerdir=%s,upperdir=%s,workdir=%s" % (place, upper, work), "overlay", place)
    # Engines raise limits of the whole kernel's.
    run("mount", "--bind", "/proc/sys/kernel", "/proc/sys/kernel")
    run("mount", "-o", "remount,bind,ro", "/proc/sys/kernel")
    GROUPS.mkdir()
    run("mount", "-t", "cgroup2", "cgroup2", str(GROUPS))
    group().mkdir(parents=True)
    within(["mount", "-t", "cgroup2", "cgroup2", str(SEEN)])
    pathlib.Path("/etc/containers/containers.conf").write_text(CONTAINERS_CONF)
    pathlib.Path("/etc/containers/storage.conf").write_text(STORAGE_CONF)
    with tarfile.open(IMAGE, "w") as tar:
        tar.add(BUSYBOX, "bin/busybox")
        for name in "sh", "sleep", "ping", "ip", "unshare":
            link = tarfile.TarInfo("bin/" + name)
            link.type, link.linkname = tarfile.SYMTYPE, "busybox"
            tar.addfile(link)


def run(*argv):
    subprocess.run(argv, check=True, stdin=subprocess.DEVNULL)


def join():
    """Put this process into the group, and have it as the root of all groups that it sees."""
    (group() / "cgroup.procs").write_text("0")
    return ["unshare", "--cgroup", "--"]


def within(argv):
    subprocess.run([sys.executable, "-I", "-S", __file__, "within", *argv], check=True, stdin=subprocess.DEVNULL)


def up(engine):
    require(engine)
    furnish()
    if engine == "docker":
        with open(FOLDER / "dockerd.log", "ab") as log:
            argv = [sys.executable, "-I", "-S", __file__, "within", *DOCKERD]
            daemon = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        deadline = time.monotonic() + PATIENCE
        while not answers("/run/docker.sock"):
            if daemon.poll() is not None or time.monotonic() > deadline:
                sys.exit("dockerd does not run: " + (FOLDER / "dockerd.log").read_text()[-2000:])
            time.sleep(0.02)
    if "busybox" not in output(engine, "images", "--format={{.Repository}}"):
        output(engine, "import", str(IMAGE), "busybox")


def answers(path):
    with socket.socket(socket.AF_UNIX) as client:
        try:
            client.connect(path)
            client.sendall(b"GET /_ping HTTP/1.0\r\n\r\n")
            return b"200 OK" in client.recv(100)
        except OSError:
            return False


def output(engine, *arguments):
    argv = [sys.executable, "-I", "-S", __file__, "call", engine, *arguments]
    return subprocess.run(argv, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True).stdout


def down():
    """End everything that was started, and nothing else."""
    if not FOLDER.exists():
        return
    deadline = time.monotonic() + PATIENCE
    while group().parent.exists():
        folders = [folder for folder, _folders, _files in os.walk(group().parent, topdown=False)]
        try:
            for pid in [int(pid) for folder in folders for pid in pathlib.Path(folder, "cgroup.procs").read_text().split()]:
                os.kill(pid, signal.SIGKILL)
            for folder in folders:
                os.rmdir(folder)
        except OSError as error:
            # Somebody ended before, or has not ended yet.
            if time.monotonic() > deadline:
                sys.exit("engines.py: what runs in engines does not end: %s" % error)
            time.sleep(0.01)


def main(verb, *arguments):
    if verb == "up":
        up(*arguments)
    elif verb == "down":
        down()
    elif verb == "call":
        os.execvp("unshare", [*join(), *PROGRAMS[arguments[0]], *arguments[1:]])
    elif verb == "within":
        os.execvp("unshare", [*join(), *arguments])
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main(*sys.argv[1:])
