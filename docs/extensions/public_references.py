"""Types in signatures lead to the public names, by which the pages know them.

A signature names a type by the module in which it is defined; the pages have it as `pplcompare.NAME`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pplcompare

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.addnodes import pending_xref
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment


def _resolved(
    app: Sphinx, environment: BuildEnvironment, node: pending_xref, shown: nodes.TextElement
) -> nodes.reference | None:
    module, _, name = str(node.get("reftarget", "")).rpartition(".")
    if node.get("refdomain") != "py" or name not in pplcompare.__all__ or module.partition(".")[0] != "pplcompare":
        return None
    python = environment.domains["py"]
    page = node.get("refdoc", "")
    found = python.resolve_any_xref(environment, page, app.builder, f"pplcompare.{name}", node, shown)
    return found[0][1] if found else None


def setup(app: Sphinx) -> dict[str, bool]:
    """Tell Sphinx what is done with a name that it does not know."""
    app.connect("missing-reference", _resolved)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
