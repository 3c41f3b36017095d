# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""examples/infra, a repository of somebody's own: copied out of this checkout, the collection installed from its tarball."""

from __future__ import annotations

import pathlib
import subprocess

NODES = ("archive", "gate", "worker")


def test_a_repository_of_ones_own(infra):
    here = infra.folder
    asked = infra.ansible("galaxy", "collection", "list", "--format", "json")
    assert asked.stdout.count('"linuxnet.container"') == 1 and str(here / "collections") in asked.stdout
    clean = infra.dump(*NODES)
    greetings = [here / "etc" / node / "50-infra" for node in NODES]

    dry = infra.play(here / "site.yml", here / "inventory", *infra.in_a_lab, "--check", "--diff", "-l", "worker")
    assert infra.dump(*NODES) == clean and not any(map(pathlib.Path.exists, greetings))
    real = infra.play(here / "site.yml", here / "inventory", *infra.in_a_lab, "--diff")
    assert dry.changed() == {"worker": real.changed()["worker"]} and dry.lines["worker"] == real.lines["worker"]
    assert min(real.changed().values()) == 2 < real.changed()["worker"] < real.changed()["gate"]
    assert all(path.read_text().startswith(path.parent.name) for path in greetings)
    assert infra.dump("archive") == {"archive": clean["archive"]}
    assert infra.reaches("gate", "proxy", "10.30.0.20") and infra.reaches("gate", "api", "10.70.2.11") and infra.reaches("worker", "queue", "10.70.1.10")

    standing = infra.dump(*NODES)
    assert infra.play(here / "site.yml", here / "inventory", *infra.in_a_lab, "--diff").changed() == dict.fromkeys(NODES, 0)
    # The collection's own playbook finds the same groups.
    again = infra.play(pathlib.Path("linuxnet.container.site"), here / "inventory", *infra.in_a_lab, "-l", "worker")
    assert again.changed() == {"worker": 0} and infra.dump(*NODES) == standing

    infra.play(here / "teardown.yml", here / "inventory", *infra.in_a_lab)
    assert infra.dump(*NODES) == clean


def test_without_the_collection_nothing_of_this_checkout_is_found(infra):
    (infra.folder / "collections").rename(infra.folder / "elsewhere")
    try:
        refused = infra.ansible("playbook", "--syntax-check", "site.yml", check=False)
    finally:
        (infra.folder / "elsewhere").rename(infra.folder / "collections")
    assert refused.returncode and "linuxnet.container.single_host_bridge' was not found" in refused.stderr


def test_the_tarball_has_what_users_need_and_little_else(tarball):
    names = subprocess.run(["tar", "-tf", tarball], capture_output=True, text=True, check=True).stdout.splitlines()
    folders = {name.split("/")[0] for name in names if "/" in name}
    assert folders == {"changelogs", "docs", "meta", "playbooks", "plugins", "roles"}
    assert {"README.md", "LICENSE", "requirements.txt", "meta/runtime.yml", "meta/execution-environment.yml"} <= set(names)
    assert tarball.stat().st_size < 300_000
