import numpy as np

from shoestring.data.writer_plan import draw_writer


def test_plans_fit_together_and_differ():
    writers = [draw_writer(np.random.default_rng(seed)) for seed in range(60)]
    for writer in writers:
        k = len(writer.turns)
        assert writer.targets.shape == (k + 1, 2) and np.isfinite(writer.targets).all()
        assert writer.beats.shape == writer.lifted.shape == writer.press.shape == (k,)
        assert (writer.beats > 0).all() and 0.8 - 1e-9 <= writer.beats.sum() <= 6 + 1e-9
        assert (np.abs(writer.turns) < 2 * np.pi).all()
        assert (writer.press > 0).all() and (writer.press < 1).all()
        assert not writer.lifted.all()
    strokes = np.array([len(writer.turns) for writer in writers])
    lifts = np.array([writer.lifted.sum() for writer in writers])
    assert strokes.min() < 10 and strokes.max() > 30
    assert (lifts == 0).any() and (lifts >= 5).any()
    assert 5 < sum(writer.hover for writer in writers) < 35
