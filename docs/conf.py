"""What Sphinx has to know to build the site: `.ci/site`, or `sphinx-build -W docs build/site`.

Nothing that is built asks anybody for anything: fonts, icons, scripts and mathematics come with the pages.
"""

import sys
from importlib.metadata import version as version_of
from pathlib import Path

from pygments.lexers.special import TextLexer
from sphinx.application import Sphinx

sys.path.insert(0, str(Path(__file__).parent / "extensions"))

project = "pplcompare"
author = "The pplcompare developers"
project_copyright = author
version = release = version_of("pplcompare")

extensions = [
    *("myst_nb", "sphinx.ext.autodoc", "sphinx.ext.autosummary", "numpydoc", "sphinx_click"),
    *(
        "repository_pages",
        "mathml",
        "flowcharts",
        "public_references",
        "documented_names",
        "schema_tables",
        "command_examples",
        "gallery",
    ),
]
exclude_patterns = ["extensions", "templates"]
# Names that are used in text belong to Python unless they say otherwise.
default_role = "code"
nitpicky = True

# Pages are read on their own, too, where only Markdown is rendered: what they use is little.
myst_enable_extensions = ["attrs_block", "colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 4
# One page is executed, the notebook: what else has code is run by the tests.
nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_timeout = 120
# Widgets would be fetched from elsewhere; no page has any.
nb_ipywidgets_js: dict[str, dict[str, str]] = {}

html_math_renderer = "mathml"
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
python_use_unqualified_type_names = True
add_module_names = False
# Other people's types have no page here, and the site is built without a network. Neither has what is not public, by
# the module in which it stands. A name that is written as public must be there.
nitpick_ignore_regex = [
    ("py:class", r"(collections|concurrent|enum|matplotlib|numpy|os|pathlib|typing|xarray)\..+|T|Float|NDArray|np\..+"),
    ("py:class", "IntoDataFrame"),
    ("py:class", r"pplcompare\.(models|backends|validation)\..+"),
]
autosummary_generate = False

html_theme = "pydata_sphinx_theme"
html_title = f"pplcompare {release}"
html_static_path = ["static"]
html_css_files = ["site.css"]
templates_path = ["templates"]
html_sidebars = {"**": ["contents.html"]}
# Two dashes of an option are two dashes.
smartquotes = False
html_copy_source = False
html_show_sourcelink = False
html_theme_options = {
    "logo": {"text": "pplcompare"},
    "navbar_center": [],
    "navbar_end": ["theme-switcher"],
    "show_prev_next": True,
    "footer_start": ["copyright"],
    "footer_end": [],
    "secondary_sidebar_items": ["page-toc"],
    "show_version_warning_banner": False,
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}

# Reports of the gallery are copied beside the pages at the end; links inside have a test of their own.
linkcheck_ignore = ["^gallery/"]
linkcheck_anchors = False


def setup(app: Sphinx) -> None:
    """Tables as people have them are shown as they are: there is no grammar of CSV to colour them by."""
    app.add_lexer("csv", TextLexer)
