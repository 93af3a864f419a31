import gzip

import pytest

from shoestring.core.errors import BadDataError, ConfigError, NotFoundError
from shoestring.data import records
from shoestring.data.records import CELLS, EMPTY, NOT_JSON, TOO_LONG, kind_of, known, read_records


def write(folder, name, content):
    path = folder / name
    path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    return path


def read(path, **settings):
    return [(n, str(one) if isinstance(one, BadDataError) else one) for n, one in read_records(path, **settings)]


@pytest.mark.parametrize("behind", ["", ".gz"])
def test_every_format_gives_the_same_records_with_its_places(tmp_path, monkeypatch, behind):
    monkeypatch.setattr(records, "MAX_LINE", 40)
    long = b"x" * 99
    jsonl = b'\xef\xbb\xbf{"text": "a", "n": "1"}\n\n{\n' + long + b'\n{"text": "b", "n": "2"}'
    assert read(write(tmp_path, f"a.jsonl{behind}", jsonl)) == [
        (1, {"text": "a", "n": "1"}), (3, NOT_JSON), (4, TOO_LONG), (5, {"text": "b", "n": "2"})
    ]  # fmt: skip
    table = b'text,n\n"a\n\n,",1\nb\n' + long + b"\nb,2\n"
    assert read(write(tmp_path, f"a.csv{behind}", table)) == [
        (4, {"text": "a\n\n,", "n": "1"}), (5, CELLS), (6, TOO_LONG), (7, {"text": "b", "n": "2"})
    ]  # fmt: skip
    assert read(write(tmp_path, f"a.tsv{behind}", b'text\tn\n"a\t1\n')) == [(2, {"text": '"a', "n": "1"})]
    assert read(write(tmp_path, f"a.TXT{behind}", b" a\r\n\n" + long)) == [
        (1, {"text": " a"}), (2, EMPTY), (3, TOO_LONG)
    ]  # fmt: skip


def test_a_line_of_exactly_the_limit_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(records, "MAX_LINE", 5)
    assert read(write(tmp_path, "a.txt", b"1234\n12345\n1")) == [
        (1, {"text": "1234"}),
        (2, TOO_LONG),
        (3, {"text": "1"}),
    ]


def test_other_encodings_are_asked_for_and_wrong_ones_leave_a_trace(tmp_path):
    path = write(tmp_path, "a.txt", b"caf\xe9")
    assert read(path, encoding="latin-1") == [(1, {"text": "café"})]
    assert read(path) == [(1, {"text": "caf\udce9"})]
    with pytest.raises(ConfigError, match="convert the file"):
        read(path, encoding="utf-16")
    with pytest.raises(BadDataError, match="UTF-16"):
        read(write(tmp_path, "b.csv", "text\nx".encode("utf-16")))


def test_columns_are_shown_before_any_row(tmp_path):
    seen = []
    path = write(tmp_path, "a.csv", b"text, n \na,1\n")
    assert read(path, header=seen.append) == [(2, {"text": "a", "n": "1"})] and seen == [["text", "n"]]

    def refuse(names):
        raise ConfigError("not these")

    with pytest.raises(ConfigError, match="not these"):
        read(path, header=refuse)


def test_what_is_no_such_file_raises(tmp_path):
    with pytest.raises(NotFoundError):
        read(tmp_path / "a.txt")
    with pytest.raises(ConfigError, match=r"the ending '\.pkl' is none of"):
        read(write(tmp_path, "a.pkl", b"x"))
    broken = tmp_path / "a.jsonl.gz"
    broken.write_bytes(gzip.compress(b'{"text": "a"}\n' * 9)[:-12])
    with pytest.raises(BadDataError, match="damaged"):
        read(broken)
    with pytest.raises(BadDataError, match="not Parquet"):
        read(write(tmp_path, "a.parquet", b"PAR1 nonsense PAR1"))


def test_endings(tmp_path):
    assert kind_of(tmp_path / "a.CSV.gz") == ".csv" and kind_of(tmp_path / "a.parquet.gz") == ".gz"
    assert known(tmp_path / "a.parquet") and not known(tmp_path / "a.parquet.gz") and not known(tmp_path / "a.npz")
