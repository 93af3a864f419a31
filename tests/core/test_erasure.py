"""The search for remains, byte by byte; the proof as a whole is tested with the stores that use it."""

import numpy as np
import pytest

from shoestring.core import erasure
from shoestring.core.erasure import KEY, NEEDLE, occurring, pieces, search


@pytest.fixture(scope="module")
def content():
    draw = np.random.default_rng(0)
    # Words that repeat, as in a database, and bytes that do not.
    words = b" ".join(b"item\x1fticket %d\x1f the parcel came late" % number for number in range(2000))
    return words + draw.bytes(50_000) + b"\0" * 5000 + words[:999]


def test_one_pass_finds_what_a_search_for_each_needle_finds(content):
    draw = np.random.default_rng(1)
    needles = []
    for length in (KEY, 9, 20, NEEDLE):
        needles += [content[at : at + length] for at in draw.integers(0, len(content) - NEEDLE, 200).tolist()]
        needles += [content[:length], content[-length:], draw.bytes(length)]
    # One byte off is something else.
    needles += [needle[:-1] + bytes([needle[-1] ^ 1]) for needle in needles[:50]]
    found, searched = occurring([content], needles)
    assert found == {needle for needle in needles if needle in content} and len(found) < len(set(needles))
    assert searched == len(content)


def test_needles_that_begin_alike_are_told_apart():
    needles = [b"item\x1fticket %d\x1f" % number for number in range(300)]
    found, _ = occurring([b"xx".join(needles[::3])], needles)
    assert found == set(needles[::3])


@pytest.mark.parametrize("size", [0, 1, KEY - 1, KEY, KEY + 1, 2 * KEY - 1])
def test_chunks_of_any_size(size):
    assert occurring([b"abcdefghijklmnop"[:size]], [b"abcdefgh"])[0] == ({b"abcdefgh"} if size >= KEY else set())
    assert occurring([], [b"abcdefgh"]) == (set(), 0) and occurring([b"abcdefgh"], []) == (set(), 8)


def test_a_needle_across_the_border_of_two_reads_of_a_file_is_found(tmp_path, monkeypatch, content):
    monkeypatch.setattr(erasure, "FILE_CHUNK", 1000)
    path = tmp_path / "file"
    path.write_bytes(content)
    needles = [content[start : start + NEEDLE] for start in range(900, 4100, 7)]
    assert search([path], needles) == (set(needles), len(content))
    path.write_bytes(b"")
    assert search([path], needles) == (set(), 0)


def test_every_piece_can_be_looked_up():
    for value in (b"", b"a", b"abcdefg", b"abcdefgh", b"aaaaaaaabcdef", bytes(range(256)) * 20):
        assert all(KEY <= len(piece) <= NEEDLE for piece in pieces(value))
