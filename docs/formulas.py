"""A hook of the site: LaTeX between dollar signs becomes MathML, which browsers show without any script."""

import re
from html import unescape
from typing import Any

from latex2mathml.converter import convert

FORMULA = re.compile(r'<(span|div) class="arithmatex">\\[(\[](.*?)\\[)\]]</\1>', flags=re.DOTALL)


def on_page_content(html: str, **_: Any) -> str:
    """Called by mkdocs with the HTML of each page."""
    return FORMULA.sub(_mathml, html)


def _mathml(found: re.Match[str]) -> str:
    formula = convert(unescape(found[2]), display="block" if found[1] == "div" else "inline")
    return f'<div class="formula">{formula}</div>' if found[1] == "div" else formula
