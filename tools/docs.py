# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The docs site in build/docs: README and guides, and a page for each module, plugin and role from its own documentation.

The guides stay as they are read on a forge. Their relative links become links to the site's pages; what is no page of
the site, such as an inventory, is linked in the repository. docs/README.md has the guides in the site's order. Fails on
a guide that it does not name, on any warning of Sphinx, and on links inside the site that lead nowhere.
"""

from __future__ import annotations

import html.parser
import os
import pathlib
import re
import shutil
import subprocess
import sys
import urllib.parse
import zlib

import yaml

CHECKOUT = pathlib.Path(__file__).resolve().parent.parent
SOURCES, SITE = CHECKOUT / ".cache" / "docs", CHECKOUT / "build" / "docs"
GUIDES = "docs/README.md"
LINK = re.compile(r"(?<=\]\()(?!https?://)([^)#]*)(#[^)]*)?(?=\))")
#: Where the documentation of modules points to outside this collection. Sphinx would fetch the list of what is there.
ANSIBLE = "https://docs.ansible.com/projects/ansible-core/devel/"
ANSIBLE_PAGES = """
common_return_values std:label -1 reference_appendices/common_return_values.html#common-return-values Return Values
ansible_configuration_settings std:label -1 reference_appendices/config.html#ansible-configuration-settings Configuration
ANSIBLE_BECOME_USER std:envvar 1 reference_appendices/config.html#envvar-$ -
ANSIBLE_PIPELINING std:envvar 1 reference_appendices/config.html#envvar-$ -
"""


class DocsError(Exception):
    """What is wrong with the documentation, as one sentence."""


def guides(checkout):
    """The pages that GUIDES links to, in its order.  Raises DocsError when one that is there is missing in it."""
    text = (checkout / GUIDES).read_text()
    named = [os.path.normpath("docs/" + path) for path, _anchor in LINK.findall(text) if path.endswith(".md")]
    there = {str(path.relative_to(checkout)) for pattern in ("docs/*.md", "roles/*/README.md") for path in checkout.glob(pattern)}
    missing = sorted(there - set(named) - {GUIDES})
    if missing:
        raise DocsError("%s does not name %s: add a line for each, at its place in the order." % (GUIDES, " and ".join(missing)))
    return [path for path in dict.fromkeys(named) if path != "README.md"]


def page(path):
    """The site's source for ``path`` of the checkout, or None."""
    module = re.fullmatch(r"plugins/(\w+?)s?/(\w+)\.py", path)
    if module:
        return "collection/%s_%s.rst" % module.group(2, 1)
    role = re.fullmatch(r"roles/(\w+)/meta/argument_specs\.yml", path)
    if role:
        return "collection/%s_role.rst" % role.group(1)
    return "index.md" if path == "README.md" else path if path.endswith((".md", ".svg")) else None


def linked(text, path, checkout, repository):
    """``text`` of the page ``path`` with links as the site needs them."""

    def link(match):
        name, anchor = match.group(1), match.group(2) or ""
        if not name:
            return anchor
        target = os.path.normpath(os.path.join(os.path.dirname(path), name))
        if page(target):
            return os.path.relpath(page(target), os.path.dirname(page(path)) or ".") + anchor
        kind = "tree" if (checkout / target).is_dir() else "blob"
        return "%s/%s/HEAD/%s%s" % (repository, kind, target, anchor)

    return LINK.sub(link, text)


def contents(pages):
    return "\n```{toctree}\n:hidden:\n\n%s\n```\n" % "\n".join(pages)


def write_sources(checkout, sources):
    """Everything that Sphinx reads, in the new folder ``sources``."""
    collection = yaml.safe_load((checkout / "galaxy.yml").read_text())
    listed = guides(checkout)
    below = {
        "README.md": [
            "docs/README.md",
            "Modules, plugins and roles <collection/index>",
            "Environment variables <collection/environment_variables>",
        ],
        GUIDES: [os.path.relpath(name, "docs") for name in listed],
    }
    for name in ["README.md", GUIDES, *listed]:
        text = linked((checkout / name).read_text(), name, checkout, collection["repository"])
        (sources / page(name)).parent.mkdir(parents=True, exist_ok=True)
        (sources / page(name)).write_text(text + (contents(below[name]) if name in below else ""))
    for drawing in (checkout / "docs").glob("*.svg"):
        shutil.copy2(drawing, sources / "docs")
    head = "# Sphinx inventory version 2\n# Project: Ansible\n# Version: \n# The remainder of this file is compressed using zlib.\n"
    (sources / "ansible.inv").write_bytes(head.encode() + zlib.compress(ANSIBLE_PAGES.lstrip().encode()))
    tarball = "%(namespace)s-%(name)s-%(version)s.tar.gz" % collection
    (sources / "antsibull-docs.cfg").write_text(
        'collection_url = {\n  * = "%s"\n}\ncollection_install = {\n  * = "ansible-galaxy collection install %s"\n}\n' % (collection["repository"], tarball)
    )
    pages = sources / "collection"
    pages.mkdir(mode=0o755)  # antsibull-docs takes none that others may write to
    command = [pathlib.Path(sys.executable).parent / "antsibull-docs", "--config-file", sources / "antsibull-docs.cfg", "collection"]
    command += ["--use-current", "--squash-hierarchy", "--fail-on-error", "--dest-dir", pages, "linuxnet.container"]
    known = dict(os.environ, ANSIBLE_CONFIG=str(checkout / "ansible.cfg"), ANSIBLE_COLLECTIONS_PATH=str(checkout / ".collections"))
    known["PATH"] = "%s:%s" % (pathlib.Path(sys.executable).parent, known.get("PATH", os.defpath))  # it calls ansible-doc
    subprocess.run(command, env=known, check=True)
    return collection


def build(checkout, sources, site):
    """The site, from nothing.  Raises DocsError when Sphinx has warned."""
    from sphinx.application import Sphinx

    for folder in (sources, site):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    collection = write_sources(checkout, sources)
    name = "%(namespace)s.%(name)s" % collection
    settings = {
        "project": name,
        "release": collection["version"],
        "html_title": name,
        "html_theme": "sphinx_ansible_theme",
        "html_theme_options": {"documentation_home_url": collection["repository"]},
        "html_copy_source": False,
        "html_show_copyright": False,
        "html_use_index": False,
        "pygments_style": "ansible",
        "highlight_language": "text",
        "extensions": ["myst_parser", "sphinx.ext.intersphinx", "sphinx_antsibull_ext"],
        "myst_heading_anchors": 3,
        "nitpicky": True,
        "default_role": "any",
        "intersphinx_mapping": {"ansible": (ANSIBLE, str(sources / "ansible.inv"))},
    }
    sphinx = Sphinx(sources, None, site, sources / "doctrees", "html", settings, status=None, warning=sys.stderr, warningiserror=True)
    sphinx.build()
    if sphinx.statuscode:
        raise DocsError("Sphinx has warned, see above.")


class Page(html.parser.HTMLParser):
    """The ids of a page, and what it links to."""

    def __init__(self, text):
        super().__init__()
        self.ids, self.links = {""}, []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        for name, value in attrs:
            if name == "id" or (tag == "a" and name == "name"):
                self.ids.add(value)
            elif name in ("href", "src", "data") and value is not None:
                self.links.append(value)


def dead_links(site):
    """(number of links inside the site, sentences about those that lead nowhere)."""
    pages = {path: Page(path.read_text()) for path in site.rglob("*.html")}
    count, dead = 0, []
    for path, shown in sorted(pages.items()):
        for link in shown.links:
            parts = urllib.parse.urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            count += 1
            target = (path.parent / urllib.parse.unquote(parts.path)).resolve() if parts.path else path
            anchor = urllib.parse.unquote(parts.fragment)
            if not target.is_file() or (target in pages and anchor not in pages[target].ids):
                dead.append("%s links to %s, which is not there." % (path.relative_to(site), link))
    return count, list(dict.fromkeys(dead))


def main():
    try:
        build(CHECKOUT, SOURCES, SITE)
        count, dead = dead_links(SITE)
        if dead:
            raise DocsError("\n".join(dead))
    except DocsError as error:
        sys.exit(str(error))
    except subprocess.CalledProcessError:
        sys.exit("antsibull-docs failed, see above.")
    print("%d pages in build/docs/index.html, %d links inside them" % (len(list(SITE.rglob("*.html"))), count))


if __name__ == "__main__":
    main()
