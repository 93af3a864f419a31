"""Formulas reach the reader as MathML."""

import re

import pytest

pytest.importorskip("latex2mathml", reason="the site needs the extra [docs]: make docs")

from docs.formulas import on_page_content


def test_formulas_become_mathml_and_nothing_else_changes():
    html = '<p>a <span class="arithmatex">\\(x &lt; \\frac{1}{2}\\)</span> <code>\\(y\\)</code></p>'
    text = on_page_content(html, page=None)
    assert re.fullmatch(r"<p>a <math[^>]+><mrow><mi>x</mi>.*<mfrac>.*</math> <code>\\\(y\\\)</code></p>", text)


def test_a_formula_of_its_own_line_is_a_block():
    text = on_page_content('<div class="arithmatex">\\[\na\n+ b\\]</div><p>c</p>', page=None)
    assert text.startswith('<div class="formula"><math') and text.endswith("</math></div><p>c</p>")
    assert 'display="block"' in text
