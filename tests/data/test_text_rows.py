import gzip
import json
from collections import Counter

import pytest

from shoestring.core.errors import BadDataError, NotFoundError
from shoestring.data.records import CELLS, MAX_LINE, NOT_JSON, NOT_OBJECT, TOO_LONG
from shoestring.data.text_rows import is_text, read_rows


def read(path):
    skipped = Counter()
    return list(read_rows(path, skipped)), dict(skipped)


def test_json_lines_come_back_with_their_line_and_blank_lines_are_nothing(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "one"}\n\n  \n{"text": "zwölf"}')
    assert read(path) == ([(1, {"text": "one"}), (4, {"text": "zwölf"})], {})
    packed = tmp_path / "a.jsonl.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    assert read(packed) == read(path)


def test_broken_rows_are_counted_by_their_reason_and_cost_nothing_else(tmp_path):
    path = tmp_path / "a.jsonl"
    lines = [
        b'{"text": "good"}',
        b"{",
        b"[1]",
        b'{"text": "\xff"}',
        b'{"text": "\\ud800"}',
        b'{"captions": ["\\udfff"]}',
    ]
    lines += [json.dumps({"text": "x" * MAX_LINE}).encode(), b"[" * 100_000, b'{"text": "last"}']
    path.write_bytes(b"\n".join(lines))
    rows, skipped = read(path)
    assert [row["text"] for _, row in rows] == ["good", "last"]
    assert rows[-1][0] == 9, "lines are counted through a line that is too long"
    assert skipped == {
        NOT_JSON: 2, NOT_OBJECT: 1, "the text is not UTF-8": 1, "the text has half a surrogate pair": 2, TOO_LONG: 1,
    }  # fmt: skip


def test_csv_knows_quotes_and_tsv_does_not(tmp_path):
    table = tmp_path / "a.csv"
    table.write_text('\ufefftext,label\n"one, ""two""",1\nshort\n"over\ntwo lines",0\n')
    assert [row for _, row in read(table)[0]] == [
        {"text": 'one, "two"', "label": "1"}, {"text": "over\ntwo lines", "label": "0"}
    ]  # fmt: skip
    assert read(table)[1] == {CELLS: 1}
    tabs = tmp_path / "a.tsv"
    tabs.write_text('text\tlabel\n"it is open\t1\n')
    assert read(tabs)[0] == [(2, {"text": '"it is open', "label": "1"})]


def test_plain_lines(tmp_path):
    path = tmp_path / "a.TXT"
    path.write_text(" one \ntwo\n")
    assert read(path)[0] == [(1, {"text": " one "}), (2, {"text": "two"})]


@pytest.mark.parametrize("content", [b"", b"\n \n"])
def test_an_empty_file_is_refused(tmp_path, content):
    path = tmp_path / "a.jsonl"
    path.write_bytes(content)
    with pytest.raises(BadDataError, match="no row"):
        read(path)


def test_what_is_no_text_file_is_refused(tmp_path):
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(b'{"text": "a"}\n' * 9)[:-12])
    (tmp_path / "a.pickle").write_bytes(b"x")
    with pytest.raises(BadDataError, match="damaged"):
        read(tmp_path / "a.jsonl.gz")
    with pytest.raises(BadDataError, match=r"is none of \.jsonl"):
        read(tmp_path / "a.pickle")
    with pytest.raises(NotFoundError):
        read(tmp_path / "none.csv")


def test_half_a_surrogate_pair_is_no_text():
    assert is_text("a 😀") and not is_text("a \ud83d")
