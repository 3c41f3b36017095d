# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What our files may hold: notes and checkpoints are checked before anything is made of them. Pure.

A file that was damaged, or that another version wrote, is no traceback; and no name in it is taken for a path or an
interface that it does not lead to.
"""

from __future__ import annotations

import dataclasses
import functools
import ipaddress
import re
import typing

from . import _iptables, _nft, _store, _values
from ._kinds.bridge import PORT_OPTIONS
from ._kinds.firewalld import INTERFACE, SOURCE, ZONE, Binding, policy_settings
from ._kinds.iptables import STRANGE
from ._kinds.link import LINK_KINDS
from ._kinds.record import RETURNING
from ._marks import IFNAME_MAX
from ._problem import Problem
from ._sought import ENGINES


def check_checkpoint(kept) -> None:
    """ValueError unless ``kept`` is {"networks": [name], "objects": what ``_store.dump`` returned}."""
    if not isinstance(kept, dict) or set(kept) != {"networks", "objects"} or not isinstance(kept["networks"], list):
        raise ValueError("no checkpoint")
    for name in kept["networks"]:
        _checked(_values.network_name, name)
    state = _store.load(kept["objects"])
    for item in state.values():
        _check(item)
        if item.key[0] in ("address", "route", "fdb") and item.parents()[0] not in state:
            raise ValueError("no device of %s" % _values.shown(item.dev))


def check_unfinished(kept) -> None:
    """ValueError unless ``kept`` is {"names": [of namespaces]}."""
    if not isinstance(kept, dict) or set(kept) != {"names"}:
        raise ValueError("no list of namespaces")
    for name in _texts(kept["names"]):
        _component(name)


def check_records(kept) -> None:
    """ValueError unless ``kept`` is {subject: {name: value}} as runs note it."""
    if not isinstance(kept, dict) or not set(kept) <= set(_NOTES):
        raise ValueError("no notes of ours")
    for subject, named in kept.items():
        if not isinstance(named, dict):
            raise ValueError("'%s' is no dictionary" % subject)
        for name, value in named.items():
            _NOTES[subject](name, value)


def _note_of_sysctl(path, note):
    _checked(_values.sysctl, path)
    if not isinstance(note, dict) or set(note) - {RETURNING, "accept_redirects"} != {"value", "devices", "chains", "accept_ra"}:
        raise ValueError("no note of a sysctl: %s" % path)
    _texts(note["chains"])
    if not isinstance(note["accept_ra"], dict):
        raise ValueError("no note of a sysctl: %s" % path)
    for value in (note["value"], *note["accept_ra"].values()):
        _checked(_values.sysctl_value, value)
    for device in (*_texts(note["devices"]), *note["accept_ra"]):
        _component(device, IFNAME_MAX)


def _note_of_adopted(name, note):
    _checked(_values.netns_name, name)
    if not isinstance(note, dict) or set(note) - {"engine"} != {"inode", "networks"} or not _is_number(note["inode"]):
        raise ValueError("no note of an adopted namespace: %s" % name)
    if "engine" in note and note["engine"] not in list(ENGINES):
        raise ValueError("no note of an adopted namespace: %s" % name)
    for network in _texts(note["networks"]):
        _checked(_values.network_name, network)


def _note_of_localnet(bridge, note):
    _checked(_values.ifname, bridge)
    if not isinstance(note, dict) or set(note) != {"value", "network"}:
        raise ValueError("no note of a bridge: %s" % bridge)
    _checked(_values.sysctl_value, note["value"])
    _checked(_values.network_name, note["network"])


_NOTES = {"sysctl": _note_of_sysctl, "adopted": _note_of_adopted, "localnet": _note_of_localnet}


def _texts(value):
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise ValueError("no list of names: %s" % _values.shown(value))
    return value


def _checked(check, value):
    """``value`` by one of the doors' own checks."""
    if not isinstance(value, str):
        raise ValueError("no text: %s" % _values.shown(value))
    try:
        return check(value, "")
    except Problem as problem:
        raise ValueError(problem.text.rstrip(".")) from None


def _component(text, longest: int = 255):
    """``text`` when it can be a file's name and no more: the names of others' devices and namespaces are not ours to choose."""
    if not isinstance(text, str) or text in ("", ".", "..") or re.search(r"[/\0\s]", text) or len(text.encode("utf-8", "surrogateescape")) > longest:
        raise ValueError("no name: %s" % _values.shown(text))


def _path(text):
    """The path of a sysctl, as sysctl(8) writes it: none of its parts leads elsewhere."""
    first = re.search("[./]", text)
    swap = {ord("."): "/", ord("/"): "."} if first and first.group() == "." else {}
    parts = text.translate(swap).split("/")
    if parts[0] != "net" or len(parts) < 3:
        raise ValueError("no sysctl: %s" % _values.shown(text))
    for part in parts:
        _component(part)


#: What the kernel has room for; numbers of any other field are 32 bits.
_HIGHEST = {
    "inode": 2**64 - 1, "handle": 2**64 - 1, "source": 1 << 22, "mtu": 2**31 - 1, "addr_gen": 255, "ttl": 255,
    "port": 65535, "default_port": 65535, "dstport": 65535, "ageing_time": 2**32 // 100,
}  # fmt: skip


def _check(item):
    """ValueError unless every field of ``item``, an object of any kind, has a value that it can have."""
    for field, hint in _hints(type(item)).items():
        value = getattr(item, field)
        if not _fits(value, hint, field):
            raise ValueError("%s of %s: %s" % (field, type(item).__name__, _values.shown(value)))
        if dataclasses.is_dataclass(value):
            _check(value)
    for field, longest in (("netns", 255), ("name", 255), ("dev", IFNAME_MAX), ("master", IFNAME_MAX)):
        if getattr(item, field, "") and type(item).__name__ in _NAMED:
            _component(getattr(item, field), IFNAME_MAX if (field, type(item).__name__) == ("name", "Link") else longest)
    extra = getattr(item, "key", ("",))[0]
    if extra == "link":
        _check_link(item)
    elif extra == "record":
        _NOTES.get(item.subject, _unknown)(item.name, item.value)
    elif extra == "sysctl":
        _path(item.path)
    elif extra == "iptables_rule":
        _check_iptables(item)
    elif extra == "firewalld_policy":
        if item.device:
            _component(item.device, IFNAME_MAX)
        if item.network:
            _checked(_values.network_name, item.network)
        known = policy_settings(_iptables.mark(item.network, item.device))
        if not re.match(ZONE + r"-[^\s/]+\Z", item.name) or not set(_texts(list(item.settings))) <= set(known):
            raise ValueError("no policy of ours: %s" % _values.shown(item.name))
        if not all(map(_RICH.match, _texts([*item.permanent, *item.runtime]))):
            raise ValueError("no rules of ours: %s" % _values.shown(item.name))
    elif extra == "firewalld_zone":
        for binding in item.permanent + item.runtime:
            if not isinstance(binding, Binding):
                raise ValueError("no binding: %s" % _values.shown(binding))
            _check_binding(binding)
    elif extra == "nft_table":
        for parts, kind in ((item.chains, _nft.Chain), (item.maps, _nft.Map)):
            for part in parts:
                if not isinstance(part, kind):
                    raise ValueError("no %s: %s" % (kind.__name__.lower(), _values.shown(part)))
                _check(part)


#: Kinds whose names become files or devices; those of the firewall only messages.
_NAMED = ("Netns", "Link", "Address", "Route", "Fdb", "Sysctl")


def _check_link(item):
    if not item.name:
        raise ValueError("a link without a name")
    if item.peer is not None:
        if len(item.peer) != 2 or not isinstance(item.peer[0], str):
            raise ValueError("no peer: %s" % _values.shown(item.peer))
        if item.peer[0]:
            _component(item.peer[0])
        _component(item.peer[1], IFNAME_MAX)
    known = {option.name for kind in LINK_KINDS.values() for option in kind.options}
    for names, given in ((known, item.options), ({option.name for option in PORT_OPTIONS}, item.port)):
        for name, value in given.items():
            address = name in ("local", "group")
            hint = typing.Union[ipaddress.IPv4Address, ipaddress.IPv6Address] if address else str if name == "dev" else typing.Union[bool, int]
            if name not in names or not _fits(value, hint, name):
                raise ValueError("%s of a link: %s" % (_values.shown(name), _values.shown(value)))
            if name == "dev":
                _component(value, IFNAME_MAX)


#: A rule of firewalld, as we write it.
_RICH = re.compile(r'rule family="ipv[46]" source address="[0-9a-f.:]+" port port="[0-9]{1,5}" protocol="udp" accept\Z')


def _check_iptables(item):
    """A rule's words become arguments of a program: they are ours, or never said."""
    if item.family not in ("ip", "ip6") or item.table != "filter" or not re.match(r"[A-Za-z0-9_]", item.chain):
        raise ValueError("no chain of iptables: %s" % _values.shown(item.chain))
    if item.network or not item.device:
        _checked(_values.network_name, item.network)
    if item.device:
        _component(item.device, IFNAME_MAX)
    if not item.words or not all(isinstance(word, str) for word in item.words):
        raise ValueError("no rule: %s" % _values.shown(item.words))
    if item.words[0] != STRANGE and _iptables.parse(item.words, item.family)["--comment"] != _iptables.mark(item.network, item.device):
        raise ValueError("no rule of '%s'" % item.network)


def _check_binding(item):
    _check(item)
    if item.word not in (INTERFACE, SOURCE):
        raise ValueError("no binding: %s" % _values.shown(item.word))
    _component(item.value.replace("/", "-"))
    for network in item.networks:
        _checked(_values.network_name, network)


def _unknown(name, value):
    raise ValueError("no note of ours: %s" % _values.shown(name))


#: The fields of a class and their types.
_hints: typing.Callable = functools.lru_cache(maxsize=None)(typing.get_type_hints)


def _is_number(value) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _fits(value, hint, field) -> bool:
    """Whether ``value`` is of the type ``hint``: a number that the kernel has room for, a text that can be sent to it."""
    if hint is typing.Any:
        return True
    if typing.get_origin(hint) is typing.Union:
        return any(_fits(value, one, field) for one in typing.get_args(hint))
    if hint is int and field == "priority":
        return _is_number(value) and -(2**31) <= value < 2**31
    if hint is int:
        return _is_number(value) and 0 <= value <= _HIGHEST.get(field, 2**32 - 1)
    if hint is str:
        return isinstance(value, str) and "\0" not in value and not any("\ud800" <= char <= "\udfff" for char in value)
    return isinstance(value, hint)
