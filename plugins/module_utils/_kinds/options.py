# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the kinds of link declare their options with: one row says how an option is spoken, read and printed."""

from __future__ import annotations

import ipaddress
import struct
from dataclasses import dataclass, field
from typing import Callable

_U32 = struct.Struct("=I")
_BE16 = struct.Struct(">H")


@dataclass(frozen=True)
class Form:
    """How a value travels.

    ``unpack``: bytes of the attribute -> value; ``wire``: value -> what pyroute2's message class takes;
    ``words``: (iproute2 word, value) -> list of words; ``takes``: whether a value is of this form.
    """

    unpack: Callable
    wire: Callable
    words: Callable
    takes: Callable = field(default=lambda value: True)


def _plain(word, value):
    return [word, str(value)]


def _negated(word, value):
    return [word if value else "no" + word]


def _on_off(word, value):
    return [word, "on" if value else "off"]


def _one_zero(word, value):
    return [word, "1" if value else "0"]


U8 = Form(lambda raw: raw[0], int, _plain)
U32 = Form(lambda raw: _U32.unpack(raw)[0], int, _plain)
PORT = Form(lambda raw: _BE16.unpack(raw)[0], int, _plain)
FLAG_NO = Form(lambda raw: bool(raw[0]), int, _negated)
FLAG_ON_OFF = Form(lambda raw: bool(raw[0]), int, _on_off)
FLAG_ONE_ZERO = Form(any, int, _one_zero)
IP4 = Form(ipaddress.IPv4Address, str, _plain, lambda value: value.version == 4)
IP6 = Form(ipaddress.IPv6Address, str, _plain, lambda value: value.version == 6)


def _seconds(raw):
    """Whole seconds as an integer; what somebody else set between them, as it is."""
    whole, rest = divmod(_U32.unpack(raw)[0], 100)
    return whole + rest / 100 if rest else whole


#: Seconds for the user, hundredths (clock_t, USER_HZ = 100) for the kernel and iproute2.
SECONDS = Form(_seconds, lambda value: round(value * 100), lambda word, value: [word, str(round(value * 100))])
#: A device: its name for us, its index for the kernel; the kernel's side translates.
DEVICE = Form(lambda raw: _U32.unpack(raw)[0], lambda value: value, _plain)


@dataclass(frozen=True)
class Option:
    """One option of a kind: our name, pyroute2's name and number (linux/if_link.h) of its attribute, its form,
    iproute2's word, whether the kernel can change it on a link that exists, and whether there may be none of it: then
    it is left out."""

    name: str
    attribute: str
    number: int
    form: Form
    word: str
    changeable: bool = True
    optional: bool = False


@dataclass(frozen=True)
class LinkKind:
    """A kind of link: IFLA_INFO_KIND, its options, and its place among links that are made together."""

    name: str
    options: tuple = ()
    #: Links that others refer to are made first.
    order: int = 50

    def unpack(self, attributes: dict) -> dict:
        """{option: value} from the attributes of IFLA_INFO_DATA ({number: bytes})."""
        return unpack(self.options, attributes)


def unpack(options, attributes: dict) -> dict:
    """{option: value} of those ``options`` that are among ``attributes`` ({number: bytes})."""
    found = {}
    for option in options:
        raw = attributes.get(option.number)
        if raw is not None:
            found[option.name] = option.form.unpack(raw)
    return found


def rows(options, values: dict) -> list:
    """[(option, value)] for ``values``, in the order of ``options``; of two rows of one name the one that fits."""
    return [
        (option, values[option.name])
        for option in options
        if option.name in values and option.form.takes(values[option.name])
    ]


def words(options, values: dict) -> list:
    """iproute2's words for ``values``."""
    return [word for option, value in rows(options, values) for word in option.form.words(option.word, value)]
