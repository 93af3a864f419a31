"""Captured output is what the commands print, page by page in a folder of its own."""

import pytest

from docs.capture import capture
from tests.docs.pages import PAGES, ROOT

PAGE = """text
<!-- captured -->
```console
$ echo one > file; cat file
old output
$ cat file && \\
    echo two
```
<!-- runnable -->
```python
from pathlib import Path

Path("made").write_text("three")
```
<!-- captured -->
```console
$ cat made
```
```console
$ left alone
```
"""


def test_a_page_is_a_script_and_its_output_is_replaced(tmp_path):
    text = capture(PAGE, tmp_path)
    expected = (
        PAGE.replace("old output\n", "one\n")
        .replace("    echo two\n", "    echo two\none\ntwo\n")
        .replace("$ cat made\n", "$ cat made\nthree\n")
    )
    assert text == expected
    assert capture(text, tmp_path) == expected


def test_a_command_that_fails_is_not_shown_as_if_it_had_not(tmp_path):
    with pytest.raises(RuntimeError, match="no-such-file"):
        capture("<!-- captured -->\n```console\n$ cat no-such-file\n```\n", tmp_path)
    text = capture("<!-- captured -->\n```console\n$ false; echo $?\n```\n", tmp_path)
    assert "$ false; echo $?\n1\n" in text


def test_paths_of_the_folder_are_not_shown(tmp_path):
    text = capture("<!-- captured -->\n```console\n$ pwd; echo $PWD/x\n```\n", tmp_path)
    assert "\n.\nx\n" in text


@pytest.mark.slow
@pytest.mark.parametrize(
    "page", [page for page in PAGES if "<!-- captured -->" in page.read_text(encoding="utf-8")],
    ids=lambda page: str(page.relative_to(ROOT)),
)  # fmt: skip
def test_every_captured_command_still_works(page, tmp_path):
    capture(page.read_text(encoding="utf-8"), tmp_path)
