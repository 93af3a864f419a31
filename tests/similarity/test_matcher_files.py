import json
import os

import pytest
import torch

from shoestring.core.component import component
from shoestring.core.errors import BadDataError, ConfigError
from shoestring.similarity import matcher_files


@component
class Stored:
    margin: float = 1.0


TENSORS = {"encoder.weight": torch.arange(6.0).reshape(2, 3), "matcher.offset": torch.tensor([0.5])}


def test_what_is_written_is_read_equal(tmp_path):
    matcher_files.write(tmp_path, Stored(margin=2.0), TENSORS)
    stored, tensors = matcher_files.read(tmp_path, Stored)
    assert stored == Stored(margin=2.0) and sorted(path.name for path in tmp_path.iterdir()) == [
        "config.json",
        "model.safetensors",
    ]
    assert all(torch.equal(tensors[name], TENSORS[name]) for name in TENSORS) and len(tensors) == 2


def test_parts_come_apart_as_they_were_joined_and_are_copies():
    weight = torch.arange(6.0).reshape(2, 3)
    joined = matcher_files.join(encoder={"a.weight": weight.T}, matcher={"a": weight})
    weight.zero_()
    assert list(joined) == ["encoder.a.weight", "matcher.a"] and joined["encoder.a.weight"].is_contiguous()
    assert matcher_files.part(joined, "encoder")["a.weight"].sum() == 15
    assert list(matcher_files.part(joined, "matcher")) == ["a"]


def test_the_fingerprint_is_of_every_setting_name_and_bit():
    first = matcher_files.fingerprint({"margin": 1.0}, TENSORS)
    assert first == matcher_files.fingerprint({"margin": 1.0}, dict(reversed(TENSORS.items())))
    nudged = {**TENSORS, "matcher.offset": torch.tensor([0.5]).nextafter(torch.tensor(1.0))}
    others = [
        matcher_files.fingerprint({"margin": 2.0}, TENSORS),
        matcher_files.fingerprint({"margin": 1.0}, nudged),
        matcher_files.fingerprint({"margin": 1.0}, {"x": TENSORS["encoder.weight"]}),
    ]
    assert len({first, *others}) == 4 and len(first) == 16


@pytest.mark.parametrize("harm", [lambda p: os.truncate(p, 4), lambda p: p.unlink(), lambda p: p.write_bytes(b"\xff")])
def test_damaged_tensors_name_the_file(tmp_path, harm):
    matcher_files.write(tmp_path, Stored(), TENSORS)
    harm(tmp_path / "model.safetensors")
    with pytest.raises(BadDataError, match=r"model\.safetensors: damaged or of another model"):
        matcher_files.read(tmp_path, Stored)


def test_damaged_and_unknown_settings_are_told_apart(tmp_path):
    matcher_files.write(tmp_path, Stored(), TENSORS)
    (tmp_path / "config.json").write_text(json.dumps({"margn": 1.0}))
    with pytest.raises(ConfigError, match="did you mean 'margin'"):
        matcher_files.read(tmp_path, Stored)
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(BadDataError, match=r"config\.json: damaged"):
        matcher_files.read(tmp_path, Stored)
