# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A state as JSON and back, for checkpoints. Pure."""

from __future__ import annotations

import dataclasses
import ipaddress

from . import _nft, _values
from ._kinds.all import KINDS
from ._kinds.firewalld import Binding
from ._state import State
from ._values import Mac

_CLASSES: dict = {kind.__name__: kind for kind in KINDS}
_CLASSES.update({kind.__name__: kind for kind in (_nft.Rule, _nft.Match, _nft.Unknown, _nft.Chain, _nft.Map, _nft.Element, _nft.Snat, _nft.Dnat, Binding)})
_ADDRESSES = {
    kind.__name__: kind
    for kind in (
        ipaddress.IPv4Address,
        ipaddress.IPv6Address,
        ipaddress.IPv4Interface,
        ipaddress.IPv6Interface,
        ipaddress.IPv4Network,
        ipaddress.IPv6Network,
    )
}


def dump(state) -> list:
    """The objects of ``state`` as what JSON can hold."""
    return [_dump(item) for item in state.values()]


def load(objects) -> State:
    """The State that ``dump`` was given. Raises ValueError for what no ``dump`` returned."""
    if not isinstance(objects, list):
        raise ValueError("no list of objects")
    state = State()
    for item in objects:
        loaded = _load(item)
        if not isinstance(loaded, KINDS):
            raise ValueError("no object of ours: %s" % _values.shown(item))
        try:
            state.put(loaded)
        except (TypeError, AttributeError):  # its key is none
            raise ValueError("no object of ours: %s" % _values.shown(item)) from None
    return state


def _dump(value):
    if isinstance(value, Mac):
        return {"Mac": str(value)}
    if isinstance(value, tuple):
        return {"tuple": [_dump(one) for one in value]}
    if isinstance(value, dict):
        return {"dict": {name: _dump(one) for name, one in value.items()}}
    if isinstance(value, list):
        return [_dump(one) for one in value]
    if type(value).__name__ in _ADDRESSES:
        return {type(value).__name__: str(value)}
    if dataclasses.is_dataclass(value):
        fields = {one.name: _dump(getattr(value, one.name)) for one in dataclasses.fields(value)}
        return {type(value).__name__: fields}
    return value


def _load(value):
    if isinstance(value, list):
        return [_load(one) for one in value]
    if not isinstance(value, dict):
        return value
    if len(value) != 1:
        raise ValueError("no object: %s" % _values.shown(value))
    ((name, inner),) = value.items()
    if name == "Mac" or name in _ADDRESSES:
        if not isinstance(inner, str):
            raise ValueError("no address: %s" % _values.shown(inner))
        return _ADDRESSES[name](inner) if name in _ADDRESSES else _mac(inner)
    if not isinstance(inner, list if name == "tuple" else dict):
        raise ValueError("no %s: %s" % (_values.shown(name), _values.shown(inner)))
    if isinstance(inner, list):
        return tuple(_load(one) for one in inner)
    loaded = {key: _load(one) for key, one in inner.items()}
    if name == "dict":
        return loaded
    kind = _CLASSES.get(name)
    if kind is None or set(inner) != {field.name for field in dataclasses.fields(kind)}:
        raise ValueError("no object: %s" % _values.shown(name))
    try:
        return kind(**loaded)
    except (TypeError, AttributeError) as error:
        raise ValueError("no %s: %s" % (name, error)) from None


def _mac(text):
    octets = bytes.fromhex(text.replace(":", ""))
    if len(octets) != 6:
        raise ValueError("no MAC address: %s" % _values.shown(text))
    return Mac(octets)
