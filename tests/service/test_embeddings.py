import base64

import numpy as np
import openai
import pytest

import shoestring

TEXTS = ["a man plays the guitar", "someone plays an instrument", "stocks fell on friday"]


@pytest.fixture(scope="module")
def encoder():
    return shoestring.load("text")


@pytest.fixture
def texts(serve, models, encoder):
    """A server that has the text encoder in memory."""
    models.add("text", encoder)
    return serve()


def test_the_real_openai_client_gets_the_vectors(texts, encoder):
    client = openai.OpenAI(base_url=f"{texts.base_url}/v1", api_key="none", max_retries=0)
    answer = client.embeddings.create(input=TEXTS, model="text")
    assert np.array_equal(np.array([row.embedding for row in answer.data], np.float32), encoder.encode(TEXTS))
    assert [row.index for row in answer.data] == [0, 1, 2] and answer.usage.total_tokens == 13
    numbers = client.embeddings.create(input=TEXTS[0], model="text", encoding_format="float")
    assert np.allclose(numbers.data[0].embedding, encoder.encode(TEXTS[:1])[0])
    with pytest.raises(openai.NotFoundError, match="no model 'ada'"):
        client.embeddings.create(input="x", model="ada")


def test_base64_is_what_comes_unless_numbers_are_asked_for(texts, encoder):
    row = texts.post("/v1/embeddings", json={"input": TEXTS[0]}).json()["data"][0]["embedding"]
    assert np.array_equal(np.frombuffer(base64.b64decode(row), "<f4"), encoder.encode(TEXTS[:1])[0])


def test_likeness_is_a_table_of_cosines(texts, encoder):
    answer = texts.post("/v1/similarity", json={"left": TEXTS[:1], "right": TEXTS}).json()
    assert np.allclose(answer["similarity"], encoder.similarity(TEXTS[:1], TEXTS), atol=1e-6)
    assert answer["similarity"][0][1] > answer["similarity"][0][2]
    assert answer["fingerprint"] == encoder.fingerprint


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('{"input": []}', (422, "empty")),
        ('{"input": ["a", " "]}', (422, "empty")),
        ('{"input": "a\\ud800"}', (422, "not_text")),
        ('{"input": "a", "dimensions": 10}', (422, "out_of_range")),
        ('{"input": "a", "model": "mine"}', (422, "wrong_model")),
        ('{"input": "a", "more": 1}', (422, "unknown_field")),
        ('{"input": ["' + "a" * 100_001 + '"]}', (413, "too_large")),
        ('{"input": [' + ", ".join(['"a"'] * 1001) + "]}", (413, "too_many_items")),
    ],
)
def test_what_cannot_be_encoded_says_why(texts, verifier, models, body, expected):
    models.add("mine", verifier)
    answer = texts.post("/v1/embeddings", content=body.encode(), headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["error"]["code"]) == expected


def test_a_text_encoder_verifies_nobody(texts, pages):
    answer = texts.post("/v1/identify", json={"strokes": pages[0][0], "model": "text"})
    assert answer.status_code == 422 and answer.json()["error"]["code"] == "wrong_modality"
