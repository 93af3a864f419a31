import sys

import numpy as np
import pytest
import torch

from shoestring.core.errors import BadDataError, ConfigError, MissingExtraError
from shoestring.similarity.encoders import Bert
from shoestring.similarity.text_encoding import encode_texts
from tests.recipes.texts import small_bert

TEXTS = ["The man buys the car in the city.", "A dog", "", "the child finds the book in the garden and the road"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return str(small_bert(tmp_path_factory.mktemp("bert")))


def plain(encoder, texts):
    """One text at a time through the network of the transformers package, pooled by hand."""
    rows = []
    for text in texts:
        ids = torch.tensor([encoder.tokeniser.encode(text).ids])
        with torch.no_grad():
            last = encoder.network(input_ids=ids).last_hidden_state[0]
        match encoder.config.pooling:
            case "mean":
                rows.append(last.mean(0))
            case "max":
                rows.append(last.max(0).values)
            case "cls":
                rows.append(last[0])
    return torch.stack(rows)


@pytest.mark.parametrize("pooling", ["mean", "max", "cls"])
def test_the_fast_path_is_the_plain_one(folder, pooling):
    encoder = Bert(model=folder, pooling=pooling).build().eval()
    found = encoder(encoder.prepare(TEXTS))
    torch.testing.assert_close(found, plain(encoder, TEXTS), rtol=1e-5, atol=1e-5)
    unit = torch.nn.functional.normalize(plain(encoder, TEXTS), dim=1).numpy()
    assert np.allclose(encoder.encode(TEXTS), unit, atol=1e-5)


def test_networks_that_cannot_be_packed_are_padded_and_the_same(folder):
    encoder = Bert(model=folder).build().eval()
    packed = encode_texts(encoder, TEXTS)
    encoder.pads = True
    padded = encode_texts(encoder, TEXTS)
    assert np.allclose(packed.vectors, padded.vectors, atol=1e-5)
    assert packed.waste == 0 and padded.waste > 0 and packed.tokens == padded.tokens


def test_roberta_counts_positions_its_own_way(tmp_path):
    encoder = Bert(model=str(small_bert(tmp_path, kind="roberta"))).build().eval()
    torch.testing.assert_close(encoder(encoder.prepare(TEXTS)), plain(encoder, TEXTS), rtol=1e-5, atol=1e-5)


def test_long_texts_are_cut(folder):
    encoder = Bert(model=folder, max_length=5).build()
    tokens = encoder.prepare(["car " * 40])
    assert tokens.lengths.tolist() == [5]
    assert Bert(model=folder, max_length=500).build().longest == 70, "and never longer than the network has positions"


def test_the_gradient_reaches_every_weight_but_frozen_ones(folder):
    encoder = Bert(model=folder, freeze=1).build()
    encoder(encoder.prepare(TEXTS)).square().sum().backward()
    moved = {name for name, weight in encoder.named_parameters() if weight.grad is not None}
    assert any("layer.1" in name for name in moved) and not any(
        "layer.0" in name or "word_emb" in name for name in moved
    )
    with pytest.raises(ConfigError, match="has 2 layers"):
        Bert(model=folder, freeze=3).build()


def test_half_precision_is_close(folder):
    full, half = (Bert(model=folder, precision=name).build().encode(TEXTS) for name in ("float32", "bfloat16"))
    assert (full * half).sum(axis=1).min() > 0.999
    assert not np.array_equal(full, half)


def test_without_a_model_it_says_what_to_do(tmp_path):
    with pytest.raises(ConfigError, match=r"encoder\.model is empty"):
        Bert().build()
    with pytest.raises(BadDataError, match="expected config.json"):
        Bert(model=str(tmp_path)).build()


def test_pickled_weights_are_never_read(folder, tmp_path):
    import shutil

    shutil.copytree(folder, tmp_path / "m")
    (tmp_path / "m" / "model.safetensors").rename(tmp_path / "m" / "pytorch_model.bin")
    with pytest.raises(BadDataError):
        Bert(model=str(tmp_path / "m")).build()


def test_without_the_package_it_names_the_extra(folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(MissingExtraError, match=r"shoestring\[text\]"):
        Bert(model=folder).build()
