import numpy as np
import pytest
import torch

from shoestring.core.errors import BadDataError
from shoestring.data.synthetic_faces import synthetic_faces
from shoestring.similarity.encoded import Encoded, EncodingMatcher, encoder_fingerprint, vectors_of
from shoestring.similarity.encoders import InceptionSmall
from shoestring.similarity.matchers import Centroid, DtwReferences, GaussianSubject, References, load_matcher

FACES = synthetic_faces(6, 5, seed=2)
SMALL = InceptionSmall(height=24, breadth=24, channels=4, width=16)


def encoder(seed=0, settings=SMALL):
    torch.manual_seed(seed)
    return settings.build().eval()


@pytest.fixture(params=[Centroid(), Centroid(storage="binary"), GaussianSubject(), References()], ids=str)
def matcher(request):
    return request.param.fit(encoder(), FACES)


def test_a_vector_scores_and_enrols_as_its_picture_does(matcher, tmp_path):
    assert isinstance(matcher, EncodingMatcher)
    kept = matcher.encoded(FACES[:10])
    assert kept[0].vector.dtype == np.float32 and kept[0].maker == encoder_fingerprint(matcher.encoder)
    # Not the same bytes: the last bits of an encoding depend on what else is in the batch.
    template = matcher.enrol(FACES[:3])
    again = matcher.score(matcher.enrol(kept[:3]), FACES[3:9])
    np.testing.assert_allclose(again, matcher.score(template, FACES[3:9]), rtol=1e-4, atol=1e-4)
    mixed = [kept[3], FACES[4], *kept[5:9]]
    np.testing.assert_allclose(
        matcher.score(template, mixed), matcher.score(template, FACES[3:9]), rtol=1e-4, atol=1e-4
    )
    assert matcher.encoded(kept)[2].vector.tolist() == kept[2].vector.tolist()
    matcher.save(tmp_path)
    loaded = load_matcher(tmp_path)
    assert loaded.maker == matcher.maker and loaded.enrol(kept[:3]).payload == matcher.enrol(kept[:3]).payload


def test_vectors_outlive_a_change_of_the_matcher_and_not_one_of_the_encoder():
    kept = Centroid(storage="float").fit(encoder(), FACES).encoded(FACES[:2])
    assert Centroid(storage="binary").fit(encoder(), FACES).enrol(kept).count == 2
    wider = InceptionSmall(height=24, breadth=24, channels=4, width=16, dropout=0.2)
    for other in (encoder(seed=1), encoder(settings=wider)):
        with pytest.raises(BadDataError, match="enrol the person again"):
            Centroid().fit(other, FACES).enrol(kept)


@pytest.mark.parametrize("vector", [np.zeros(3, np.float32), np.full(16, np.nan, np.float32), np.zeros((1, 16))])
def test_a_damaged_vector_is_refused(vector):
    network = encoder()
    maker = encoder_fingerprint(network)
    with pytest.raises(BadDataError, match="damaged"):
        vectors_of(network, maker, [Encoded(vector, maker)])


def test_no_items_give_no_rows_and_a_matcher_of_strokes_keeps_no_vectors():
    network = encoder()
    assert vectors_of(network, encoder_fingerprint(network), []).shape == (0, 16)
    assert not isinstance(DtwReferences, EncodingMatcher)
