import gzip
import json
import sys

import numpy as np
import pytest

from shoestring.core.errors import BadDataError, ConfigError, MissingExtraError, NotFoundError
from shoestring.data import records, row_files
from shoestring.data.row_files import Columns, read_rows


def write(folder, name, content):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_text_lines_with_what_is_wrong_among_them(tmp_path, monkeypatch):
    monkeypatch.setattr(records, "MAX_LINE", 200_000)
    content = (
        b"\xef\xbb\xbfone\r\n\n  \ntwo\n"
        + b"caf\xe9\n"
        + b"x" * 150_000
        + b"\n"
        + b"y" * 450_000
        + b"\nlast \x00\nlast"
    )
    found = read_rows(write(tmp_path, "a.txt", content))
    assert [(row.id, row.text) for row in found.rows] == [("a.txt:1", "one"), ("a.txt:4", "two"), ("a.txt:9", "last")]
    assert found.skipped == {
        "the line is empty": 2, "the text is not UTF-8": 1, "the text is longer than 100,000 characters": 1,
        records.TOO_LONG: 1, "the text has a NUL character": 1,
    }  # fmt: skip
    assert found.examples["the line is empty"] == ["2", "3"]
    assert read_rows(write(tmp_path, "b.txt", b"caf\xe9"), encoding="latin-1").rows[0].text == "café"


def test_csv_with_quotes_metadata_and_broken_rows(tmp_path):
    content = 'id,text,lang,vector\n1,"a, ""b""\nc",de,"[1, 2]"\n2,two\n1,again,en,\n3,three,en,nonsense\n4,four,,\n'
    found = read_rows(write(tmp_path, "a.csv", content))
    assert [(row.id, row.text, row.metadata) for row in found.rows] == [
        ("1", 'a, "b"\nc', {"lang": "de"}),
        ("4", "four", {}),
    ]
    assert found.rows[0].vector.tolist() == [1, 2]
    assert sorted(found.skipped.values()) == [1, 1, 1] and found.skipped["the id occurs twice in this file"] == 1
    huge = "text\nfine\n" + "z" * 200_000 + "\nfine too\n"
    again = read_rows(write(tmp_path, "b.csv", huge))
    assert [row.text for row in again.rows] == ["fine", "fine too"] and sum(again.skipped.values()) == 1
    tabs = read_rows(write(tmp_path, "c.tsv.gz", gzip.compress(b'text\tn\na,"b\t1\n')))
    assert (tabs.rows[0].text, tabs.rows[0].metadata) == ('a,"b', {"n": "1"})


def test_columns_by_other_names(tmp_path):
    path = write(tmp_path, "a.csv", "key,body,file\n9,hello,x.png\n")
    row = read_rows(path, Columns(id="key", text="body", reference="file")).rows[0]
    assert (row.id, row.text, row.reference, row.metadata) == ("9", "hello", "x.png", {})
    with pytest.raises(ConfigError, match="no column 'subject'; there are key, body, file"):
        read_rows(path, Columns(text="subject"))
    with pytest.raises(ConfigError, match="--text COLUMN"):
        read_rows(path)
    with pytest.raises(BadDataError, match="occurs twice"):
        read_rows(write(tmp_path, "b.csv", "text,text\na,b\n"))


def test_json_lines(tmp_path):
    lines = [
        json.dumps({"id": "a", "text": "x", "n": 1, "vector": [1, 0]}), "{", "[]", "", '{"text": "\\ud800"}',
        '{"text": "ok", "metadata": {"deep": 1}}', "[" * 100_000,
    ]  # fmt: skip
    found = read_rows(write(tmp_path, "a.jsonl", "\n".join(lines)))
    assert [row.id for row in found.rows] == ["a", "a.jsonl:6"] and found.rows[1].metadata == {"deep": 1}
    assert found.skipped == {
        "the line is not JSON": 2, "the line is not a JSON object": 1, "the text has half a surrogate pair": 1,
    }  # fmt: skip


def test_arrays(tmp_path):
    vectors = np.arange(1, 7, dtype=np.float32).reshape(3, 2)
    np.savez(
        tmp_path / "a.npz",
        vector=vectors,
        id=np.array(["x", "y", "z"]),
        text=np.array([b"1", b"2", b"\xff"]),
        n=[1, 2, 3],
    )
    found = read_rows(tmp_path / "a.npz")
    assert [(row.id, row.text, row.metadata) for row in found.rows] == [("x", "1", {"n": 1}), ("y", "2", {"n": 2})]
    assert found.rows[1].vector.tolist() == [3, 4] and found.skipped == {"the text is not UTF-8": 1}
    np.save(tmp_path / "b.npy", vectors)
    assert [row.id for row in read_rows(tmp_path / "b.npy").rows] == ["b.npy:0", "b.npy:1", "b.npy:2"]
    np.savez(tmp_path / "c.npz", one=vectors, two=vectors)
    with pytest.raises(BadDataError, match="needs one array"):
        read_rows(tmp_path / "c.npz")


def test_arrays_that_hide_something(tmp_path, monkeypatch):
    np.savez(tmp_path / "pickled.npz", vector=np.array([[object()]], dtype=object))
    np.save(tmp_path / "pickled.npy", np.array([[object()]], dtype=object))
    for name in ("pickled.npz", "pickled.npy"):
        with pytest.raises(BadDataError, match="plain arrays"):
            read_rows(tmp_path / name)
    for name in ("a.npz", "a.npy"):
        for content in (b"", b"PK\x03\x04 nonsense", b"\x93NUMPY\x01\x00\xff\xff"):
            with pytest.raises(BadDataError, match="plain arrays"):
                read_rows(write(tmp_path, name, content))
    np.savez_compressed(tmp_path / "bomb.npz", vector=np.zeros((1000, 1000)))
    monkeypatch.setattr(row_files, "MAX_ARRAYS", 10**6)
    with pytest.raises(BadDataError, match="unpacked"):
        read_rows(tmp_path / "bomb.npz")


def test_parquet(tmp_path, monkeypatch):
    import pyarrow as arrow
    from pyarrow import parquet

    table = arrow.table({"id": ["a", "b"], "text": ["x", None], "vector": [[1.0, 2.0], None], "n": [1, 2]})
    parquet.write_table(table, tmp_path / "a.parquet")
    found = read_rows(tmp_path / "a.parquet")
    assert [(row.id, row.text, row.metadata) for row in found.rows] == [("a", "x", {"n": 1})]
    assert found.skipped == {"neither text nor reference nor vector": 1} and found.rows[0].vector.tolist() == [1, 2]
    for content in (b"", b"PAR1 nonsense PAR1"):
        with pytest.raises(BadDataError, match="not Parquet"):
            read_rows(write(tmp_path, "b.parquet", content))
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingExtraError, match=r"shoestring\[search\]"):
        read_rows(tmp_path / "a.parquet")


def test_files_that_cannot_be_read_at_all(tmp_path):
    with pytest.raises(NotFoundError):
        read_rows(tmp_path / "a.txt")
    with pytest.raises(ConfigError, match=r"\.jsonl"):
        read_rows(write(tmp_path, "a.xlsx", "x"))
    for name in ("a.txt", "a.csv", "a.jsonl"):
        with pytest.raises(BadDataError, match="empty"):
            read_rows(write(tmp_path, name, ""))
    with pytest.raises(BadDataError, match="UTF-16"):
        read_rows(write(tmp_path, "b.txt", "hello".encode("utf-16")))
    for encoding in ("utf-16", "nonsense"):
        with pytest.raises(ConfigError, match="convert"):
            read_rows(write(tmp_path, "c.txt", "hello"), encoding=encoding)
    with pytest.raises(BadDataError, match="2 x the text is not UTF-8"):
        read_rows(write(tmp_path, "d.txt", b"\xff\n\xfe"))
