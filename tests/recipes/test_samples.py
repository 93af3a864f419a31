import numpy as np
import pytest

from shoestring.core.errors import BadDataError
from shoestring.data.images import ImageSet
from shoestring.data.sigma_lognormal import synthetic_set
from shoestring.data.stroke_files import write_signatures
from shoestring.recipes.samples import items_of, read_samples


def test_each_modality_has_its_reader(tmp_path):
    np.savez(tmp_path / "a.npz", images=np.zeros((2, 9, 9), np.uint8), identity=np.array([1, 2]))
    for modality in ("face", "image"):
        assert isinstance(read_samples(modality, tmp_path / "a.npz"), ImageSet) and items_of(modality)[0] == "pictures"
    write_signatures(synthetic_set(1, genuine=2, forgeries=0), tmp_path / "b.jsonl")
    assert len(read_samples("signature", tmp_path / "b.jsonl")) == 2 and items_of("signature") == (
        "signatures",
        "people",
    )


def test_another_modality_is_refused(tmp_path):
    with pytest.raises(BadDataError, match="'smell'; files are read for signature, face, image"):
        read_samples("smell", tmp_path)
