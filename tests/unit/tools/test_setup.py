# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What `make setup` finds in its way is said in one sentence."""

from __future__ import annotations

import importlib.util
import pathlib

import pytest

spec = importlib.util.spec_from_file_location("setup", pathlib.Path(__file__).resolve().parents[3] / "tools" / "setup.py")
setup = importlib.util.module_from_spec(spec)
spec.loader.exec_module(setup)


def test_a_collection_installed_inside_the_checkout(tmp_path, monkeypatch):
    monkeypatch.setattr(setup, "CHECKOUT", tmp_path)
    link = tmp_path / ".collections" / "ansible_collections" / "linuxnet" / "container"
    setup.link_collection()
    setup.link_collection()
    assert link.resolve() == tmp_path
    link.unlink()
    link.mkdir()
    with pytest.raises(SystemExit, match="is an installed copy of the collection and stands in the way of this checkout: remove it."):
        setup.link_collection()
