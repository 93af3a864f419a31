from dataclasses import replace

import numpy as np

from shoestring.data.synthetic_faces import draw_face, draw_look, draw_person, synthetic_faces


def mean_gap(left, right):
    return np.abs(left.pixels.astype(float) - right.pixels.astype(float)).mean()


def test_the_same_seed_draws_the_same_faces_and_more_people_change_nobody():
    first, again, more = synthetic_faces(3, 2, seed=4), synthetic_faces(3, 2, seed=4), synthetic_faces(5, 2, seed=4)
    assert first.identity.tolist() == ["p001", "p001", "p002", "p002", "p003", "p003"]
    for a, b, c in zip(first, again, more[:6], strict=True):
        assert (a.pixels == b.pixels).all() and (a.pixels == c.pixels).all()
    other = synthetic_faces(3, 2, seed=5)
    assert not any((a.pixels == b.pixels).all() for a, b in zip(first, other, strict=True))


def test_a_person_looks_more_like_himself_than_like_others():
    calm = draw_look(np.random.default_rng(0), 0.0)
    people = [draw_person(np.random.default_rng(k)) for k in range(12)]
    slightly = replace(draw_look(np.random.default_rng(1), 0.15), background=calm.background)
    before = [draw_face(p, calm, np.random.default_rng(2)) for p in people]
    after = [draw_face(p, slightly, np.random.default_rng(3)) for p in people]
    gaps = np.array([[mean_gap(a, b) for b in after] for a in before])
    assert (gaps.argmin(axis=1) == np.arange(12)).mean() >= 0.9


def test_every_difference_of_a_look_shows():
    person = replace(draw_person(np.random.default_rng(5)), glasses=0.6, beard=0.2)
    calm = draw_look(np.random.default_rng(0), 0.0)
    base = draw_face(person, calm, np.random.default_rng(1))
    changed = {
        "yaw": 0.2, "pitch": 0.1, "roll": 0.2, "scale": 1.15, "shift": (0.1, 0.0), "light": (0.3, 0.0),
        "brightness": 0.1, "contrast": 1.3,
        "smile": 0.1, "opened": 0.8, "closed": 0.9, "raised": 0.06, "background": calm.background / 2,
    }  # fmt: skip
    for name, value in changed.items():
        other = draw_face(person, replace(calm, **{name: value}), np.random.default_rng(1))
        assert mean_gap(base, other) > 0.1, name


def test_sizes_other_than_the_usual_are_drawn():
    assert synthetic_faces(1, 1, height=60, width=64)[0].pixels.shape == (60, 64)
