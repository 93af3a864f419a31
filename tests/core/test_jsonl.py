from shoestring.core.jsonl import JsonLines, read_json_lines


def test_a_torn_line_spoils_itself_only(tmp_path):
    path = tmp_path / "x.jsonl"
    first = JsonLines(path)
    first.append({"n": 1})
    first.append({"n": 2})
    first.flush()
    whole = path.read_bytes()
    for cut in range(len(whole)):
        path.write_bytes(whole[:cut])
        again = JsonLines(path)
        again.append({"n": 3})
        again.flush()
        numbers = [record["n"] for record in read_json_lines(path)]
        # A line that lost only its newline is whole.
        complete = [n for n, length in ((1, 7), (2, 15)) if cut >= length]
        assert numbers == [*complete, 3]


def test_what_is_not_an_object_is_left_out(tmp_path):
    path = tmp_path / "x.jsonl"
    path.write_bytes(b'[1]\n3\n\xff\n{"n":4}\n' + b"[" * 100_000 + b"\n")
    assert list(read_json_lines(path)) == [{"n": 4}]
    assert list(read_json_lines(tmp_path / "absent")) == []
