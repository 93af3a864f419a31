"""Options of the collection commands as values; files are tested with the commands."""

import pytest

from shoestring.cli.collection_data import condition_of, narrate_skipped, progress
from shoestring.cli.output import Output
from shoestring.core.errors import ConfigError


def test_filters_are_json_where_they_can_be():
    wanted = condition_of(["n=1", 'text="1"', "lang=en", "ok=true", "none=null", "any=[1, 2]", "eq=a=b", "empty="])
    assert wanted == {
        "n": 1, "text": "1", "lang": "en", "ok": True, "none": None, "any": [1, 2], "eq": "a=b", "empty": "",
    }  # fmt: skip
    with pytest.raises(ConfigError, match="KEY=VALUE"):
        condition_of(["=1"])


def test_skipped_rows_are_told_by_reason(capsys):
    skipped = [{"file": "a.txt", "reason": "the line is empty", "rows": 1200, "examples": ["2", "5", "9"]}]
    narrate_skipped(Output(), skipped)
    assert capsys.readouterr().err == "skipped 1,200 in a.txt: the line is empty (at 2, 5, 9, ...)\n"


def test_progress_begins_with_the_first_news():
    with progress(Output(quiet=True)) as tick:
        tick(1, 3)
        tick(3, 3)
    with progress(Output()):
        pass
