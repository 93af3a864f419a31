import numpy as np
import pytest

from shoestring.similarity.collection import map_of
from shoestring.similarity.collection import maps as module
from tests.similarity.vectors import clumps


def rows(count=40):
    vectors, _ = clumps(count // 10, 10, width=8)
    return [{"id": f"r{n}", "vector": v} for n, v in enumerate(vectors)]


def test_every_row_has_a_point_and_the_map_is_kept_until_a_row_changes(collections, monkeypatch):
    made = collections.create("given")
    assert map_of(made, "tsne").ids == []
    made.add(rows())
    assert map_of(made, "tsne", build=False) is None
    drawn = {method: map_of(made, method) for method in module.METHODS}
    for method, found in drawn.items():
        assert found.method == method and found.ids == [f"r{n}" for n in range(40)] and found.points.shape == (40, 2)
        assert (found.points.max(axis=0) - found.points.min(axis=0)).max() == 65535
    assert 0 < drawn["pca"].variance < 1 and drawn["tsne"].variance is None and drawn["tsne"].placed == 0
    with monkeypatch.context() as patch:
        patch.setattr(module, "tsne_plane", lambda *_, **__: pytest.fail("drawn again"))
        again = map_of(collections.get("given"), "tsne")
    np.testing.assert_array_equal(again.points, drawn["tsne"].points)
    folder = made.copy()[0].folder
    (folder / "map-tsne.u16").write_bytes(b"x" * 160)
    assert map_of(made, "tsne", build=False) is None, "a damaged one is not shown"
    made.delete(["r3"])
    assert map_of(made, "pca", build=False) is None
    assert map_of(made, "pca").ids == [f"r{n}" for n in range(40) if n != 3]


def test_rows_that_change_while_it_is_drawn_leave_no_map_of_theirs(local, monkeypatch):
    made = local.create("given")
    made.add(rows())

    def meanwhile(vectors, **_):
        local.get("given").delete(["r0"])
        return np.zeros((len(vectors), 2)), 0

    monkeypatch.setattr(module, "tsne_plane", meanwhile)
    assert len(map_of(made, "tsne").ids) == 40
    monkeypatch.undo()
    assert map_of(made, "tsne", build=False) is None
