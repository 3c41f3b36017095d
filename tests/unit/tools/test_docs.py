# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The docs site: a guide that the index does not name, links that lead nowhere, and links as the site needs them."""

from __future__ import annotations

import importlib.util
import pathlib

import pytest

CHECKOUT = pathlib.Path(__file__).resolve().parents[3]
spec = importlib.util.spec_from_file_location("docs", CHECKOUT / "tools" / "docs.py")
docs = importlib.util.module_from_spec(spec)
spec.loader.exec_module(docs)


def test_the_index_names_every_guide_in_order(tmp_path):
    (tmp_path / "docs").mkdir()
    (tmp_path / "roles" / "one").mkdir(parents=True)
    (tmp_path / "docs" / "README.md").write_text("[b](b.md#part) [a](a.md) [a](a.md) [one](../roles/one/README.md) [up](../README.md)")
    for name in ("docs/a.md", "docs/b.md", "roles/one/README.md"):
        (tmp_path / name).touch()
    assert docs.guides(tmp_path) == ["docs/b.md", "docs/a.md", "roles/one/README.md"]
    (tmp_path / "docs" / "new.md").touch()
    with pytest.raises(docs.DocsError, match=r"^docs/README\.md does not name docs/new\.md: add a line for each, at its place in the order\.$"):
        docs.guides(tmp_path)


@pytest.mark.parametrize(
    ("path", "link", "there"),
    [
        ("README.md", "docs/lab.md#your-own", "docs/lab.md#your-own"),
        ("docs/lab.md", "../README.md", "../index.md"),
        ("docs/lab.md", "#your-own", "#your-own"),
        ("docs/lab.md", "networks.svg", "networks.svg"),
        ("docs/lab.md", "../plugins/modules/veth.py", "../collection/veth_module.rst"),
        ("README.md", "plugins/become/netns.py", "collection/netns_become.rst"),
        ("roles/pyroute2/README.md", "meta/argument_specs.yml", "../../collection/pyroute2_role.rst"),
        ("docs/lab.md", "../playbooks/inventory/lab", "https://forge/tree/HEAD/playbooks/inventory/lab"),
        ("README.md", "LICENSE", "https://forge/blob/HEAD/LICENSE"),
        ("README.md", "https://elsewhere/x.md", "https://elsewhere/x.md"),
    ],
)
def test_links_as_the_site_needs_them(path, link, there):
    assert docs.linked("[x](%s)" % link, path, CHECKOUT, "https://forge") == "[x](%s)" % there


def test_links_that_lead_nowhere(tmp_path):
    (tmp_path / "a.html").write_text('<h1 id="one"></h1><a href="#one"></a><a href="#two"></a><a href="b.html#there"></a><a href="gone.html"></a><img src="x.svg">')
    (tmp_path / "b.html").write_text('<a name="there"></a><a href="a.html#three"></a><a href="https://elsewhere/"></a>')
    count, dead = docs.dead_links(tmp_path)
    assert count == 6 and dead == [
        "a.html links to #two, which is not there.",
        "a.html links to gone.html, which is not there.",
        "a.html links to x.svg, which is not there.",
        "b.html links to a.html#three, which is not there.",
    ]
