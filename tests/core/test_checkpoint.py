import json
import os

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from shoestring.core import checkpoint
from shoestring.core.errors import BadDataError

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec="utf-8"))
keys = st.text(st.characters(codec="utf-8")) | st.integers()
states = st.recursive(
    scalars,
    lambda inner: st.lists(inner) | st.lists(inner).map(tuple) | st.dictionaries(keys, inner),
    max_leaves=12,
)


@given(states)
def test_any_nested_state_comes_back_through_json(state):
    tensors, skeleton = checkpoint.flatten(state)
    back = checkpoint.unflatten(tensors, json.loads(json.dumps(skeleton, allow_nan=False)))
    assert repr(back) == repr(state)


def test_tensors_and_arrays_keep_kind_type_and_bits(tmp_path):
    state = {
        "weights": torch.tensor([0.1, float("nan")], dtype=torch.float64),
        "view": torch.arange(6).reshape(2, 3).T,
        "array": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        "empty": torch.empty(0, 3),
        "number": np.float32(0.1),
    }
    back = checkpoint.unflatten(*checkpoint.flatten(state))
    assert torch.equal(back["weights"].view(torch.int64), state["weights"].view(torch.int64))
    assert torch.equal(back["view"], state["view"]) and back["empty"].shape == (0, 3)
    assert isinstance(back["array"], np.ndarray) and (back["array"] == state["array"]).all()
    assert back["number"] == float(np.float32(0.1))


@pytest.mark.parametrize("value", [{1.5: 2}, {(1, 2): 3}, object(), {"f": print}, b"bytes", 1j])
def test_what_cannot_come_back_exactly_is_refused(value):
    with pytest.raises(TypeError):
        checkpoint.flatten(value)


@pytest.fixture
def saved(tmp_path):
    model = nn.Linear(2, 2)
    model.tied = model.weight
    for step in (5, 10, 999_999, 1_000_000):
        checkpoint.save(tmp_path, step, {"model": model}, {"rng": step})
    return tmp_path


def test_two_checkpoints_stay_and_the_newest_is_read(saved):
    assert sorted(path.name for path in saved.iterdir()) == ["step_1000000", "step_999999"]
    step, states, rng, warnings = checkpoint.load_newest(saved)
    assert (step, rng, warnings) == (1_000_000, {"rng": 1_000_000}, [])
    nn.Linear(2, 2).load_state_dict({k: v for k, v in states["model"].items() if k != "tied"})


def damage_tensor(path):
    content = bytearray((path / "model.safetensors").read_bytes())
    content[-1] ^= 1
    (path / "model.safetensors").write_bytes(content)


def cut(path):
    os.truncate(path / "train_state.safetensors", 3)


def lose(path):
    (path / "rng.json").unlink()


def climb(path):
    manifest = json.loads((path / "manifest.json").read_text())
    manifest["sha256"]["../../../etc/passwd"] = "0"
    (path / "manifest.json").write_text(json.dumps(manifest))


@pytest.mark.parametrize("harm", [damage_tensor, cut, lose, climb, lambda p: (p / "manifest.json").write_text("[]")])
def test_a_damaged_newest_falls_back_with_a_warning_and_two_damaged_are_an_error(saved, harm):
    harm(saved / "step_1000000")
    step, _, _, warnings = checkpoint.load_newest(saved)
    assert step == 999_999 and "step_1000000" in warnings[0]
    harm(saved / "step_999999")
    with pytest.raises(BadDataError, match="no intact checkpoint is left"):
        checkpoint.load_newest(saved)


def test_a_hostile_skeleton_is_damage_and_not_code(saved):
    path = saved / "step_1000000"
    (path / "model.json").write_text('{"__reduce__": ["os.system", "true"]}')
    manifest = json.loads((path / "manifest.json").read_text())
    manifest["sha256"]["model.json"] = checkpoint._digest(path / "model.json")
    (path / "manifest.json").write_text(json.dumps(manifest))
    assert "unknown entry ['__reduce__']" in checkpoint.load_newest(saved)[3][0]


def test_an_empty_folder_has_no_checkpoint(tmp_path):
    assert checkpoint.load_newest(tmp_path) is None and checkpoint.load_newest(tmp_path / "absent") is None
