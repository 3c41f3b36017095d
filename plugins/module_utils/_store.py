# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A state as JSON and back, for checkpoints. Pure."""

from __future__ import annotations

import dataclasses
import ipaddress

from . import _nft
from ._kinds.all import KINDS
from ._state import State
from ._values import Mac

_CLASSES = {kind.__name__: kind for kind in KINDS}
_CLASSES.update({kind.__name__: kind for kind in (_nft.Rule, _nft.Match, _nft.Unknown, _nft.Chain)})
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
    """The State that ``dump`` was given."""
    return State(_load(item) for item in objects)


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
    ((name, inner),) = value.items()
    if name == "Mac":
        return Mac(bytes.fromhex(inner.replace(":", "")))
    if name == "tuple":
        return tuple(_load(one) for one in inner)
    if name == "dict":
        return {key: _load(one) for key, one in inner.items()}
    if name in _ADDRESSES:
        return _ADDRESSES[name](inner)
    return _CLASSES[name](**{key: _load(one) for key, one in inner.items()})
