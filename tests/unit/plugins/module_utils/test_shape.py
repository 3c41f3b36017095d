# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shape of the engine: who may import what, who touches the kernel, and what every kind of object can do."""

from __future__ import annotations

import ast
import functools
import inspect
import pathlib

import pytest
from ansible_collections.linuxnet.container.plugins.module_utils import _engine, _steps
from ansible_collections.linuxnet.container.plugins.module_utils._kernel import apply, speaker
from ansible_collections.linuxnet.container.plugins.module_utils._kinds.all import KINDS
from ansible_collections.linuxnet.container.plugins.module_utils._kinds.link import LINK_KINDS
from ansible_collections.linuxnet.container.plugins.module_utils._kinds.options import LinkKind

FOLDER = pathlib.Path(_engine.__file__).parent

#: What computes and touches nothing.
PURE = [FOLDER / ("_%s.py" % name) for name in (
    "along", "beside", "describe", "forwarding", "going_back", "iptables", "marks", "merge", "nft", "our_table", "plan", "problem", "reach", "shapes",
    "sought", "state", "steps", "store", "values",
)] + sorted((FOLDER / "_kinds").glob("*.py"))  # fmt: skip
#: Doors are pure but for those two that act by themselves.
DOORS = [path for path in sorted((FOLDER / "_doors").glob("*.py")) if path.stem != "checkpoint"]
#: What stands beside the engine: the lab and the probe, which have tests of their own.
BESIDE = {"_lab", "_lab_holder", "_probe", "_probe_echo", "_whoami"}

ALLOWED = {
    "__future__", "collections", "contextlib", "dataclasses", "functools", "hashlib", "ipaddress", "itertools", "json", "re",
    "shlex", "struct", "typing",
}  # fmt: skip
TOUCHING = {"socket", "ctypes", "fcntl", "subprocess", "os", "signal", "threading", "pyroute2"}


def imports(path):
    """(top-level names imported from outside, names imported from the collection) anywhere in a file."""
    outside, inside = set(), set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            outside |= {name.name.split(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level:
            inside |= {node.module.split(".")[0]} if node.module else {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            outside.add(node.module.split(".")[0])
    return outside, inside


def name_of(path):
    return str(path.relative_to(FOLDER))


def test_every_file_is_in_a_room():
    rooms = set(PURE) | set((FOLDER / "_doors").glob("*.py")) | set((FOLDER / "_kernel").glob("*.py"))
    rest = {path.stem for path in FOLDER.glob("**/*.py")} - {path.stem for path in rooms} - BESIDE
    assert rest == {"_door", "_engine", "_module"}


@pytest.mark.parametrize("path", PURE, ids=name_of)
def test_what_is_pure_imports_nothing_that_is_not(path):
    outside, inside = imports(path)
    # nft writes addresses as the C library does.
    assert outside - ALLOWED <= ({"socket"} if path.stem == "_nft" else set())
    assert not inside & {"_kernel", "_engine", "_door", "_doors"}


@pytest.mark.parametrize("path", DOORS, ids=name_of)
def test_doors_see_the_kernel_through_the_engine_alone(path):
    outside, inside = imports(path)
    assert outside <= ALLOWED and not inside & {"_kernel"}


@pytest.mark.parametrize("name", ["_door", "_engine"])
def test_no_socket_outside_the_kernels_room(name):
    outside, _inside = imports(FOLDER / (name + ".py"))
    assert not outside & (TOUCHING - {"os"})


@pytest.mark.parametrize("path", sorted((FOLDER / "_kernel").glob("*.py")), ids=name_of)
def test_the_kernels_room_knows_nothing_of_ansible_and_loads_pyroute2_only_when_it_is_needed(path):
    assert "ansible" not in imports(path)[0]
    top = [node for node in ast.parse(path.read_text(encoding="utf-8")).body if isinstance(node, (ast.Import, ast.ImportFrom))]
    assert not any("'pyroute2" in ast.dump(node) for node in top)


@pytest.mark.parametrize("path", [path for path in FOLDER.glob("**/*.py") if path.stem not in BESIDE], ids=name_of)
def test_no_program_is_called_but_another_owners(path):
    outside, inside = imports(path)
    assert ("subprocess" in outside) == (path.stem == "programs")
    assert ("programs" in inside) == (path.parent.name == "_kernel" and path.stem in ("firewalld", "iptables_legacy"))
    called = {node.attr for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Attribute)}
    assert not called & {"system", "popen", "execv", "execve", "execvp", "posix_spawn", "spawnv"}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_object_has_the_same_face(kind):
    face = {
        "parents": ["self"], "without": ["self", "gone"], "remake": ["self", "now"], "same": ["self", "now"],
        "create": ["self", "state", "again"], "change": ["self", "now", "state"], "remove": ["self", "state"],
    }  # fmt: skip
    assert {name: list(inspect.signature(getattr(kind, name)).parameters) for name in face} == face
    assert isinstance(kind.key, functools.cached_property)
    assert kind.__dataclass_params__.frozen


@pytest.mark.parametrize("kind", LINK_KINDS.values(), ids=lambda kind: kind.name)
def test_every_kind_of_link_is_one_declaration(kind):
    assert isinstance(kind, LinkKind) and LINK_KINDS[kind.name] is kind
    for option in kind.options:
        assert option.attribute.startswith("IFLA_") and option.number > 0 and option.word


def test_every_verb_that_a_step_can_have_can_be_applied():
    verbs = set()
    for path in sorted((FOLDER / "_kinds").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Tuple) and node.elts and isinstance(node.elts[0], ast.Constant):
                verbs.add(node.elts[0].value)
    spoken = {verb for verb in verbs if hasattr(speaker.Speaker, str(verb)) or hasattr(apply._Applying, "_%s" % verb)}
    assert spoken == set(apply._FAMILY) | {
        "netns_add", "netns_attach", "netns_del", "nft", "iptables_nft", "iptables_legacy", "firewalld", "forget_flows", "record", "stop", "sysctl", "tx_offload",
    }  # fmt: skip
    assert set(apply._FAMILY) == {verb for verb in spoken if hasattr(speaker.Speaker, verb)}


def test_what_cannot_be_undone_comes_last():
    undoable = (
        _steps.RECORD, _steps.LINK_DEL, _steps.NETNS_ADD, _steps.NETNS_SYSCTL, _steps.LINK_ADD, _steps.CONFIGURE,
        _steps.FIREWALL, _steps.SYSCTL,
    )  # fmt: skip
    assert max(undoable) < _steps.STOP < _steps.NETNS_DEL < _steps.FORGET


def test_lines_are_safe_in_a_shell():
    assert _steps.ip("web", "link", "set", "a b", None, "", "$(x)") == "ip -n web link set 'a b' '' '$(x)'"
    assert _steps.ip("", "netns", _steps.SHELL) == "ip netns $$"
    assert _steps.bridge("", "fdb") == "bridge fdb" and _steps.bridge("web", "fdb") == "bridge -n web fdb"
    assert _steps.inside("", "sysctl") == "sysctl" and _steps.inside("web", "sysctl") == "ip netns exec web sysctl"
