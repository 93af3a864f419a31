import pytest
import torch

from shoestring.nn.word_models import WordLstm, WordTransformer


def test_the_lstm_has_the_weights_of_the_paper():
    with torch.device("meta"):
        model = WordLstm(28_869)
    assert sum(one.numel() for one in model.parameters()) == 28_949_319


@pytest.mark.parametrize(
    "make", [lambda: WordLstm(11, hidden=8, layers=2), lambda: WordTransformer(11, hidden=8, layers=2)]
)
def test_no_word_is_predicted_from_later_ones(make):
    torch.manual_seed(0)
    model = make().eval()
    words = torch.randint(11, (2, 7))
    changed = words.clone()
    changed[:, 4:] = (words[:, 4:] + 1) % 11
    before, after = model(words), model(changed)
    assert before.shape == (2, 7, 11)
    torch.testing.assert_close(before[:, :4], after[:, :4])
    assert not torch.allclose(before[:, 4:], after[:, 4:])


def test_embedding_and_output_are_one():
    model = WordLstm(11, hidden=8, layers=1)
    assert sum(one.numel() for one in model.parameters() if one.dim() == 2 and one.shape[0] == 11) == 88
