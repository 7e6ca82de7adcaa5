"""Sphinx: the documentation site. ``make docs`` builds it."""
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / 'docs')]

import site_pages  # noqa: E402 (needs the folder)

from wsss_plugins import __version__  # noqa: E402

project = 'wsss_plugins'
author = 'The wsss_plugins authors'
version = release = __version__
extensions = ['sphinx.ext.autodoc', 'sphinx.ext.napoleon', 'myst_parser']
exclude_patterns = ['_build']
html_theme = 'furo'
html_title = 'wsss_plugins'
myst_heading_anchors = 3
# READMEs begin sections at the depth that GitHub shows well; types of
# attributes are names, some of which two modules have.
suppress_warnings = ['myst.header', 'ref.python']
napoleon_numpy_docstring = False
napoleon_use_ivar = True
napoleon_use_rtype = False
autodoc_typehints = 'none'
autodoc_member_order = 'bysource'
autodoc_default_options = {'members': True, 'show-inheritance': True}


def setup(app) -> None:
    """Write the pages that follow from the repository, fit their links."""
    site_pages.write_pages(ROOT)
    app.connect('source-read', site_pages.fit_links)
    app.connect('autodoc-process-docstring', site_pages.plain_references)
