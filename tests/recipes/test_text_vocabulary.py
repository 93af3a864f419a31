import numpy as np
from tokenizers import Tokenizer

from shoestring.recipes.text_vocabulary import MASK, SPECIAL, masked, train_word_pieces


def test_pieces_are_learned_and_texts_get_their_marks():
    tokeniser = Tokenizer.from_str(train_word_pieces(["the cats sat", "the cat"] * 20, 40))
    assert tokeniser.encode("The cat?").tokens[0] == "[CLS]" and tokeniser.encode("cat").tokens[-1] == "[SEP]"
    assert "cat" in tokeniser.get_vocab() and tokeniser.token_to_id("[PAD]") == 0
    pair = tokeniser.encode("cat", "sat")
    assert pair.type_ids[0] == 0 and pair.type_ids[-1] == 1 and tokeniser.get_vocab_size() <= 40


def test_a_share_is_hidden_as_in_the_article_and_marks_never():
    ids = np.tile(np.array([2, *range(5, 105), 3], dtype=np.int32), 100)
    hidden = masked(ids, 0.15, 200, np.random.default_rng(0))
    assert len(hidden.places) == 1_500 and np.array_equal(hidden.answers, ids[hidden.places])
    assert (ids[hidden.places] >= len(SPECIAL)).all()
    seen = hidden.ids[hidden.places]
    assert abs((seen == MASK).mean() - 0.8) < 0.04
    assert abs((seen == hidden.answers).mean() - 0.1) < 0.03
    others = np.delete(hidden.ids, hidden.places)
    assert np.array_equal(others, np.delete(ids, hidden.places)) and (seen != 0).all()


def test_something_is_always_hidden():
    assert len(masked(np.array([2, 3], dtype=np.int32), 0.15, 10, np.random.default_rng(0)).places) == 1
