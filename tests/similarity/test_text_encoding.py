import errno
from pathlib import Path

import numpy as np
import pytest
import torch

from shoestring.core.errors import BadDataError
from shoestring.similarity import text_encoding
from shoestring.similarity.text_encoding import encode_texts, encode_to_file
from shoestring.similarity.tokens import Tokens


class Letters(torch.nn.Module):
    """Counts letters; keeps what it was asked."""

    width, pads = 3, True

    def __init__(self):
        super().__init__()
        self.asked = []

    def prepare(self, items):
        return Tokens.of([["abc".index(letter) for letter in item] for item in items])

    def forward(self, prepared):
        assert not self.training
        self.asked.append(prepared.lengths.tolist())
        return torch.tensor([[list(row).count(k) for k in range(3)] for row in
                             (prepared[i : i + 1].ids for i in range(len(prepared)))]).float()  # fmt: skip


def texts(count, seed=0):
    draw = np.random.default_rng(seed)
    return ["".join(draw.choice(list("abc"), size=draw.integers(0, 9))) for _ in range(count)]


def plain(items):
    table = np.array([[text.count(letter) for letter in "abc"] for text in items], dtype=np.float64)
    return table / np.maximum(np.linalg.norm(table, axis=1, keepdims=True), 1e-12)


@pytest.mark.parametrize("chunk", [4, 7, 1000])
def test_vectors_come_back_in_the_order_of_the_texts(chunk, monkeypatch):
    monkeypatch.setattr(text_encoding, "CHUNK", chunk)
    items = texts(50)
    network = Letters().train()
    found = encode_texts(network, items, budget=20)
    assert np.allclose(found.vectors, plain(items), atol=1e-6) and found.vectors.dtype == np.float32
    assert network.training, "and the network is left as it was"
    assert all(len(batch) * max([1, *batch]) <= 20 for batch in network.asked)


def test_repeated_texts_are_computed_once():
    network = Letters()
    found = encode_texts(network, ["ab", "c", "ab", "ab"])
    assert found.repeats == 2 and sum(map(len, network.asked)) == 2 and found.tokens == 3
    assert np.array_equal(found.vectors[0], found.vectors[3])


def test_waste_counts_what_padding_costs():
    found = encode_texts(Letters(), ["a", "abc"])
    assert found.waste == pytest.approx(1 - 4 / 6)
    assert encode_texts(Letters(), []).waste == 0


def test_a_file_holds_the_same_and_appears_when_it_is_complete(tmp_path, monkeypatch):
    monkeypatch.setattr(text_encoding, "CHUNK", 8)
    items = texts(50)
    path = tmp_path / "v.npy"
    seen = []

    def stream():
        for item in items:
            seen.append(path.exists())
            yield item

    found = encode_to_file(Letters(), stream(), path, len(items))
    assert np.array_equal(np.load(path, allow_pickle=False), found.vectors)
    assert np.allclose(found.vectors, plain(items), atol=1e-6) and not any(seen)
    assert [file.name for file in tmp_path.iterdir()] == ["v.npy"]


@pytest.mark.parametrize("count", [9, 11])
def test_a_wrong_count_leaves_nothing_behind(tmp_path, count):
    with pytest.raises(BadDataError, match="announced"):
        encode_to_file(Letters(), texts(10), tmp_path / "v.npy", count)
    assert not list(tmp_path.iterdir())


def test_a_full_disk_is_an_error_and_leaves_nothing_behind(tmp_path, monkeypatch):
    real = Path.open

    class Full:
        def __init__(self, stream):
            self.stream, self.left = stream, 200

        def write(self, data):
            self.left -= len(data)
            if self.left < 0:
                raise OSError(errno.ENOSPC, "No space left on device")
            return self.stream.write(data)

        def __enter__(self):
            return self

        def __exit__(self, *_):
            self.stream.close()

    monkeypatch.setattr(Path, "open", lambda self, mode="r", **more: Full(real(self, mode, **more)))
    with pytest.raises(BadDataError, match=r"No space left on device; vectors of 20 texts need 240 bytes"):
        encode_to_file(Letters(), texts(20), tmp_path / "v.npy", 20)
    assert not list(tmp_path.iterdir())


def test_what_is_no_text_is_refused_by_its_place():
    with pytest.raises(BadDataError, match="item 1 is int"):
        encode_texts(Letters(), ["a", 3])
    with pytest.raises(BadDataError, match="item 1 has half a surrogate pair"):
        encode_texts(Letters(), ["😀", "a \ud83d"])
