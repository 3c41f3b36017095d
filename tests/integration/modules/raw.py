# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A node as its own programs show it, with every number and every order, as JSON: {place: {section: [lines]}}.

Arguments: names of namespaces, and process ids of those that have none. The host itself is "". Where look.py compares
what two hosts mean, this compares one host with itself: interface indexes, handles, inodes and mounts are part of it.
What is left out changes by itself: see ``_BY_ITSELF``.
"""

from __future__ import annotations

import ctypes
import json
import os
import re
import subprocess
import sys

_CLONE_NEWNET = 0x40000000

#: What the kernel changes without being asked, and what is shown in its place.
_BY_ITSELF = [
    (re.compile(r"\b(\w+_timer) +[0-9.]+"), r"\1 -"),  # a bridge's timers
    (re.compile(r"\bexpires \w+"), "expires -"),  # elements of nft sets with a timeout
    (re.compile(r"^(:\S+ \S+) \[\d+:\d+\]"), r"\1"),  # iptables-save: packets that a chain's policy has seen
    (re.compile(r"\bdirect_packets_stat \d+"), "direct_packets_stat -"),  # what an htb has let through
]
#: What a bridge has learned, of its ports' own neighbour discovery, say: it comes and goes with traffic.
_LEARNED = re.compile(r"^\S+ dev (?!.*(permanent|static|extern_learn))| temp\b")

#: One process a program and family: [(section, program, options, lines)].
_ASKED = (
    ("ip", ["ip", "-o", "-d"], ["link show", "address show", "rule show", "route show table all", "nexthop show", "neighbour show nud permanent", "neighbour show proxy", "xfrm policy", "xfrm state"]),
    ("ip -6", ["ip", "-6", "-o", "-d"], ["rule show", "route show table all", "neighbour show proxy", "addrlabel list", "token"]),
    ("bridge", ["bridge", "-o", "-d"], ["link show", "fdb show", "mdb show", "vlan show"]),
    ("tc", ["tc", "-d"], ["qdisc show", "filter show dev under root", "filter show dev under ingress", "filter show dev docker0 ingress"]),
)  # fmt: skip
_SAVED = ("iptables-nft-save", "ip6tables-nft-save", "iptables-legacy-save", "ip6tables-legacy-save")


def _lines(text):
    found = []
    for line in text.splitlines():
        if line.startswith("#"):
            continue  # the time of day, in what iptables saves
        for pattern, shown in _BY_ITSELF:
            line = pattern.sub(shown, line)
        found.append(line.rstrip())
    return found


def _tell(argv, **keywords):
    done = subprocess.run(argv, check=False, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **keywords)
    # Of a batch the lines that this kernel does not know are said to have failed; they show nothing twice.
    return done.stdout


def _sysctls():
    found = []
    for folder, _folders, names in os.walk("/proc/sys/net"):
        for name in names:
            path = os.path.join(folder, name)
            if name == "nf_conntrack_count":
                continue
            try:
                with open(path, encoding="ascii", errors="replace") as file:
                    found.append("%s = %s" % (path[10:], file.read().strip()))
            except OSError:
                continue  # write-only, or a secret that was never set
    return sorted(found)


def _rulesets():
    """{"table FAMILY NAME": lines} of every table, handles included."""
    found = {}
    for line in _lines(_tell(["nft", "-a", "list", "ruleset"])):
        if line.startswith("table "):
            section = found.setdefault(line.partition(" {")[0], [])
        section.append(line)
    return found


def _place() -> dict:
    found = {"namespace": [os.readlink("/proc/self/ns/net")], "sysctl": _sysctls(), **_rulesets()}
    for section, argv, lines in _ASKED:
        found[section] = _lines(_tell(argv + ["-force", "-batch", "-"], input="\n".join(lines) + "\n"))
    found["bridge"] = [line for line in found["bridge"] if not _LEARNED.search(line)]
    return found


def _host() -> dict:
    found = _place()
    for program in _SAVED:
        found[program] = _lines(_tell([program]))
    with open("/proc/self/mountinfo", encoding="utf-8") as mounts:
        found["mounts"] = mounts.read().splitlines()
    names = [(entry.name, entry.inode(), entry.is_symlink(), entry.stat(follow_symlinks=False)) for entry in os.scandir("/run/netns")]
    found["names"] = sorted("/run/netns/%s %d %d %o %d" % (name, number, link, one.st_mode, one.st_ino) for name, number, link, one in names)
    found["files"] = {}
    for folder, _folders, files in os.walk("/run/linuxnet.container"):
        for name in files:
            with open(os.path.join(folder, name), encoding="utf-8") as file:
                found["files"][name] = file.read()
    return found


def _elsewhere(path: str) -> dict:
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            with open(path, "rb") as namespace:
                if ctypes.CDLL(None).setns(namespace.fileno(), _CLONE_NEWNET) == 0:
                    with os.fdopen(writer, "w") as out:
                        json.dump(_place(), out)
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as answers:
        text = answers.read()
    os.waitpid(child, 0)
    return json.loads(text)


if __name__ == "__main__":
    places = {"": _host()}
    for one in sys.argv[1:]:
        places[one] = _elsewhere("/proc/%s/ns/net" % one if one.isdigit() else "/run/netns/" + one)
    print(json.dumps(places))
