import json

import pytest
from tokenizers import Tokenizer

from shoestring.data.texts import read_texts
from shoestring.similarity.text_files import tokeniser_table
from shoestring.similarity.word_pieces import WordPieces
from shoestring.similarity.word_vectors import read_vectors


def words(pieces, text):
    return [pieces.vocabulary[number] for number in pieces.tokenise([text]).ids]


def test_unknown_words_are_cut_into_the_longest_pieces():
    pieces = WordPieces(["smart", "sm", "watch"], ["##watch", "##wat", "##es", "##e", "##s", "x"])
    assert words(pieces, "Smart smartwatches, watch-x!") == ["smart", "smart", "##watch", "##es", "watch", "x"]
    assert words(pieces, "smartq") == ["[UNK]"], "what cannot be cut to its end is unknown as a whole"
    assert words(pieces, "smart" * 21) == ["[UNK]"], "and so is a word of more than 100 letters"
    assert words(pieces, "?! ") == []


@pytest.fixture(scope="module")
def bundled():
    found = read_vectors()
    return WordPieces(found.words, found.pieces)


TEXTS = ["A man's car, 3.5 km!", "e\u0301 ½ İx ﬁ Привет"]
TEXTS += ["Zyxwvut quijibo café naïve ÜBER straße", "", "foo_bar 猫 x²", "a" * 101 + " b"]


def test_it_is_the_word_piece_of_the_tokenizers_package(bundled):
    theirs = Tokenizer.from_str(json.dumps(tokeniser_table(bundled)))
    ours = bundled.tokenise(TEXTS)
    for row, text in enumerate(TEXTS):
        assert ours[row : row + 1].ids.tolist() == theirs.encode(text, add_special_tokens=False).ids


def test_it_is_so_on_thousands_of_real_sentences(bundled, shared_data):
    texts = read_texts(shared_data / "sts_benchmark/dev.jsonl.gz")[0]
    theirs = Tokenizer.from_str(json.dumps(tokeniser_table(bundled))).encode_batch_fast(list(texts))
    ours = bundled.tokenise(texts)
    assert ours.ids.tolist() == [number for found in theirs for number in found.ids]
