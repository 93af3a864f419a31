import json
import warnings

import numpy as np
import pytest

from shoestring.core.errors import BadDataError
from shoestring.similarity import text_export
from shoestring.similarity.encoders import Bert, StaticWords
from shoestring.similarity.text_export import PROBES, write_onnx, write_sentence_transformers
from shoestring.similarity.text_model import TextEncoder
from tests.recipes.texts import small_bert

TEXTS = [*PROBES, "", "Zyxwvut-ß routers № 7, DON'T café Ünï 3.14", "猫 cat"]


@pytest.fixture(scope="module", params=["mean", "max", "cls", "words", "projected", "short", "short words"])
def model(request, tmp_path_factory):
    if request.param == "words":
        return TextEncoder(StaticWords().build())
    if request.param in ("projected", "short words"):
        model = TextEncoder(StaticWords(width=20).build())
        return model if request.param == "projected" else model.shortened(6)
    folder = small_bert(tmp_path_factory.mktemp("bert"))
    if request.param == "short":
        return TextEncoder(Bert(model=str(folder), max_length=12).build()).shortened(5)
    return TextEncoder(Bert(model=str(folder), pooling=request.param, max_length=12).build())


def test_sentence_transformers_loads_the_folder_and_computes_the_same(model, tmp_path):
    write_sentence_transformers(model, tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from sentence_transformers import SentenceTransformer

        theirs = SentenceTransformer(str(tmp_path), device="cpu", local_files_only=True)
    found = theirs.encode(TEXTS, show_progress_bar=False)
    assert np.abs(found - model.encode(TEXTS)).max() < 1e-5
    types = [row["type"] for row in json.loads((tmp_path / "modules.json").read_text())]
    assert all(name.startswith("sentence_transformers.models.") for name in types)


@pytest.mark.slow
def test_onnx_computes_the_same_with_pooling_inside_and_the_check_lies_beside_it(model, tmp_path):
    import onnxruntime

    check = write_onnx(model, tmp_path)
    assert check == json.loads((tmp_path / "check.json").read_text()) and check["largest_difference"] < 1e-4
    session = onnxruntime.InferenceSession(str(tmp_path / "model.onnx"), providers=["CPUExecutionProvider"])
    ids, inside = model.network.prepare(TEXTS[:2]).padded(0)
    found = session.run(None, {"input_ids": ids.numpy(), "attention_mask": inside.long().numpy()})[0]
    assert np.abs(found - model.encode(TEXTS[:2])).max() < 1e-4
    assert np.allclose(check["sentence_embedding"], model.encode(PROBES), atol=1e-6)


def test_an_export_that_computes_something_else_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(text_export, "TOLERANCE", -1.0)
    with pytest.raises(BadDataError, match="differs by"):
        write_onnx(TextEncoder(StaticWords().build()), tmp_path)
