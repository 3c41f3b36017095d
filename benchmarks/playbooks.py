# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole playbooks, Ansible's own time included: the role, and one that loops over commands as people write it at first."""

from __future__ import annotations

import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time

from report import bar, column, of, shown, table, times, values
from ways import GATEWAY, HERE, address, ip_batch_create, lab_node

TITLE = "Whole playbooks"
CHECKOUT = HERE.parent
#: Commands in a loop are measured with so many endpoints, and the time for more of them computed.
NAIVE = 50
COUNT = 1000


def hosts(names, **variables):
    common = {
        "ansible_connection": "linuxnet.container.lab",
        "ansible_remote_tmp": "/run/home/.ansible/tmp",
        "ansible_python_interpreter": sys.executable,
        **variables,
    }
    return {"all": {"hosts": dict.fromkeys(names, {}), "vars": common}}


def played(lab, play, inventory, *arguments):
    """(seconds, [(task, seconds)]) of one ansible-playbook; the time of a task ends where the next one begins."""
    with tempfile.TemporaryDirectory() as folder:
        files = [pathlib.Path(folder, name) for name in ("hosts.json", "play.json")]
        for path, content in zip(files, (inventory, play)):
            path.write_text(json.dumps(content), encoding="utf-8")
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "LINUXNET_", "PYTHON"))}
        environment.update(ANSIBLE_CONFIG=str(CHECKOUT / "ansible.cfg"), ANSIBLE_HOME=str(CHECKOUT / ".cache" / "ansible"), ANSIBLE_NOCOLOR="1")
        environment.update(LINUXNET_LAB_DIR=str(lab.folder), PYTHONUNBUFFERED="1")
        command = [sys.executable, "-m", "ansible", "playbook", "-i", *map(str, files), *arguments]
        started = time.monotonic()
        tasks, said = [], []
        with subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
            for line in process.stdout:
                said.append(line)
                found = re.match(r"TASK \[(?:.* : )?(.*)\]|(PLAY RECAP)", line)
                if found:
                    tasks.append((found[1], time.monotonic()))
        ended = time.monotonic()
        if process.returncode:
            sys.exit("".join(said[-30:]))
    spent = [(name, after - before) for (name, before), (_next, after) in zip(tasks, tasks[1:])]
    return ended - started, [("start of ansible-playbook", tasks[0][1] - started)] + spent


def role(count):
    boxes = [{"name": "c%d" % number, "address": address(number)} for number in range(count)]
    network = {"name": "bench", "bridge": "br0", "gateway": GATEWAY + "/16", "masquerade": False, "containers": boxes}
    variables = {"single_host_bridge_networks": [network]}
    return [{"hosts": "all", "gather_facts": False, "roles": ["linuxnet.container.single_host_bridge"], "vars": variables}]


def naive(count):
    """What tutorials type, as tasks that loop over the containers."""
    lines = [
        "ip netns add c{{ item.0 }}",
        "ip link add v{{ item.0 }} type veth peer name eth0 netns c{{ item.0 }}",
        "ip link set v{{ item.0 }} master br0 up",
        "ip -n c{{ item.0 }} link set lo up",
        "ip -n c{{ item.0 }} link set eth0 up",
        "ip -n c{{ item.0 }} address add {{ item.1 }}/16 dev eth0",
        "ip -n c{{ item.0 }} route add default via %s" % GATEWAY,
    ]
    first = ["ip link add br0 up type bridge", "ip address add %s/16 dev br0" % GATEWAY]
    boxes = [[number, address(number)] for number in range(count)]
    tasks = [{"name": line, "ansible.builtin.command": line} for line in first]
    tasks += [{"name": line.partition("{")[0], "ansible.builtin.command": line, "loop": "{{ boxes }}"} for line in lines]
    return [{"hosts": "all", "gather_facts": False, "vars": {"boxes": boxes}, "tasks": tasks}]


def measure(samples, rounds):
    for number in range(rounds):
        for count in (1, 100, COUNT):
            with lab_node() as lab:
                first, tasks = played(lab, role(count), hosts(["bench"]))
                again, _tasks = played(lab, role(count), hosts(["bench"]))
            samples.add("playbooks", "the role", count, number, {"create": first, "no-op": again, **{"create: " + name: took for name, took in tasks}})
        with lab_node() as lab:
            found = ip_batch_create(lab, COUNT)
        samples.add("playbooks", "ip -batch", COUNT, number, found)
        if number == 0:
            with lab_node() as lab:
                seconds, _tasks = played(lab, naive(NAIVE), hosts(["bench"]))
            samples.add("playbooks", "commands in a loop", NAIVE, number, {"create": seconds})


def show(samples):
    counts = (1, 100, COUNT)
    rows = [["the role, " + phase] + [column(samples, "the role", count, phase) for count in counts] for phase in ("create", "no-op")]
    rows.append(["`ip -batch`, create", "-", "-", column(samples, "ip -batch", COUNT, "create")])
    computed = "%s, from %s with %d" % (shown(loop(samples)), column(samples, "commands in a loop", NAIVE, "create"), NAIVE)
    rows.append(["commands in a loop, create", "-", "-", computed])
    yield table(["seconds", *map(str, counts)], rows)
    parts = [name for name in of(samples, "the role", COUNT)[0] if name.startswith("create: ")]
    yield table(["task, with %d endpoints" % COUNT, "seconds"], [[name[8:], column(samples, "the role", COUNT, name)] for name in parts])


def loop(samples):
    """Seconds that commands in a loop would take for COUNT endpoints, as their number grows."""
    return statistics.median(values(samples, "commands in a loop", NAIVE, "create")) * COUNT / NAIVE


def bars(samples):
    yield bar("whole playbook, %d endpoints: role / `ip -batch`" % COUNT, times(samples, "the role", "ip -batch", COUNT, "create"), "at most", 1)
    found = [loop(samples) / seconds for seconds in values(samples, "the role", COUNT, "create")]
    yield bar("whole playbook, %d endpoints: commands in a loop / role" % COUNT, found, "at least", 50)
