from dataclasses import replace

import numpy as np
import pytest
from safetensors.torch import load_file, save_file

from shoestring.core.errors import BadDataError
from shoestring.data.pen_features_modern import ink_path
from shoestring.data.sigma_lognormal import synthetic_set
from shoestring.similarity import deviations as dev
from shoestring.similarity.deviations import Series
from shoestring.similarity.ink_store import pack, unpack
from shoestring.similarity.matchers import DtwReferences, load_matcher
from shoestring.similarity.metrics import eer, rank
from shoestring.similarity.protocol import compare
from shoestring.similarity.templates import Template


@pytest.fixture(scope="module")
def samples():
    return synthetic_set(6, genuine=8, forgeries=3, seed=5)


@pytest.fixture(scope="module")
def matcher(samples):
    return DtwReferences().fit(None, samples.subset(np.flatnonzero(samples.identity < samples.identity[44])))


def without(signature, *channels):
    return replace(signature, **dict.fromkeys(channels))


def tilted(signature, angle):
    n = len(signature)
    return replace(signature, azimuth=np.full(n, angle, np.float32), altitude=np.full(n, 0.9, np.float32))


def test_a_score_is_the_fused_deviation_from_the_references(matcher, samples):
    mine, probe = samples[44:49], samples[50]
    series = [Series(unpack(pack([ink_path(item)]))[0], 2) for item in (*mine, probe)]
    settings = matcher.config
    align, features = dev.within(settings.align, "ink+pressure"), dev.within(settings.compare, "ink+pressure")
    distance = np.log(np.mean([dev.sums(s, series[5], align, features) for s in series[:5]], axis=0)
                      / np.median([len(s) for s in series[:5]]))  # fmt: skip
    own = dev.own_spread(series[:5], align, features)
    fit = matcher._fits["ink+pressure"]
    trust = 4 / 6.5
    deviation = distance - trust * own - (1 - trust) * fit.usual
    expected = fit.fusion.offset - deviation @ fit.fusion.weights
    assert matcher.score(matcher.enrol(mine), [probe])[0] == pytest.approx(expected, rel=1e-9)


def test_people_it_never_saw_are_told_apart(matcher, samples):
    unseen = samples.subset(np.flatnonzero(samples.identity >= samples.identity[44]))
    comparisons = compare(matcher, unseen, references=4).against("random")
    assert eer(rank(comparisons.score, comparisons.genuine)).value < 0.1


def test_what_one_side_does_not_record_is_not_compared(matcher, samples):
    mine, probe = samples[44:48], samples[49]
    bare = [without(item, "pressure") for item in mine]
    from_bare = matcher.score(matcher.enrol(bare), [without(probe, "pressure")])
    assert matcher.score(matcher.enrol(bare), [probe]) == pytest.approx(from_bare)
    assert matcher.score(matcher.enrol(mine), [without(probe, "pressure")]) == pytest.approx(from_bare)
    mixed = [*bare[:1], *mine[1:]]
    assert matcher.score(matcher.enrol(mixed), [probe]) == pytest.approx(from_bare)
    assert matcher.score(matcher.enrol(mine), [probe]) != pytest.approx(from_bare)


def test_channels_that_training_people_lacked_are_left_out(matcher, samples):
    assert set(matcher._fits) == {"ink", "ink+pressure"}
    mine = [tilted(item, 0.5) for item in samples[44:48]]
    plain = matcher.score(matcher.enrol(samples[44:48]), [samples[49]])
    assert matcher.score(matcher.enrol(mine), [tilted(samples[49], 2.0)]) == pytest.approx(plain)


def test_tilt_counts_when_training_people_had_it(samples):
    angles = np.unique(samples.identity, return_inverse=True)[1]
    everyone = tuple(tilted(s, 0.3 * a) for s, a in zip(samples.signatures, angles, strict=True))
    matcher = DtwReferences().fit(None, replace(samples, signatures=everyone).subset(np.arange(44)))
    template = matcher.enrol([tilted(item, 0.5) for item in samples[44:48]])
    same, other = matcher.score(template, [tilted(samples[49], 0.5), tilted(samples[49], 2.5)])
    assert same > other


def test_updates_keep_the_newest_references(samples):
    matcher = DtwReferences(keep=3).fit(None, samples.subset(np.arange(33)))
    template = matcher.enrol(samples[44:47])
    for item in samples[47:49]:
        template = matcher.update(template, item)
    assert template.count == 5
    fresh = matcher.enrol([samples[46], samples[47], samples[48]])
    assert template.payload == fresh.payload


def test_one_reference_is_judged_by_the_usual_spread(matcher, samples):
    template = matcher.enrol(samples[44:45])
    own, other = matcher.score(template, [samples[46], samples[56]])
    assert own > other


def test_an_explanation_lies_on_both_clocks(matcher, samples):
    mine, probe = samples[44:49], samples[50]
    shown = matcher.explain(matcher.enrol(mine), probe)
    path = np.array(shown["path"])
    assert path[0].tolist() == [0, 0]
    assert path[-1].tolist() == [len(shown["reference_seconds"]) - 1, len(shown["probe_seconds"]) - 1]
    assert len(shown["difference"]) == len(path) and min(shown["difference"]) >= 0
    assert shown["probe_seconds"][-1] == pytest.approx(float(probe.t[probe.pen_down][-1]), abs=0.03)
    assert 0 <= shown["reference"] < 5 and set(shown["features"]) <= set(matcher.config.compare)


def test_the_closest_reference_is_the_copy(matcher, samples):
    mine = samples[44:49]
    assert matcher.explain(matcher.enrol(mine), mine[3])["reference"] == 3


def test_plain_dtw_is_one_of_its_settings(samples):
    plain = DtwReferences(align=("x", "y", "pressure", "vx", "vy"), compare=(), prior=0.0, cutoff=50.0)
    matcher = plain.fit(None, samples.subset(np.arange(44)))
    template = matcher.enrol(samples[44:49])
    assert matcher.score(template, [samples[50]])[0] > matcher.score(template, [samples[60]])[0]
    assert set(matcher.explain(template, samples[50])["features"]) == {"alignment"}


@pytest.mark.parametrize(
    "spoil", [lambda p: p[:4], lambda p: p[:-1], lambda p: b"\0" * len(p), lambda p: p[:5] + b"\1" + p[6:]]
)
def test_damaged_templates_are_refused(matcher, samples, spoil):
    template = matcher.enrol(samples[44:47])
    damaged = Template(template.matcher, template.count, spoil(template.payload))
    with pytest.raises(BadDataError, match="enrol"):
        matcher.score(damaged, [samples[49]])


def test_damaged_weights_are_refused(matcher, tmp_path):
    matcher.save(tmp_path)
    tables = load_file(tmp_path / "model.safetensors")
    save_file(tables | {"ink.usual": tables["ink.usual"][:3].clone()}, tmp_path / "model.safetensors")
    with pytest.raises(BadDataError, match="expected"):
        load_matcher(tmp_path)


def test_settings_that_no_device_could_serve_are_refused():
    with pytest.raises(ValueError, match="align"):
        DtwReferences(align=("pressure",))
    with pytest.raises(ValueError, match="compare"):
        DtwReferences(compare=("tilt_x",))
