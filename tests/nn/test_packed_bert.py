import numpy as np
import pytest
import torch

from shoestring.nn.packed_bert import can_pack, packed_states, pool_packed
from shoestring.similarity.tokens import Tokens

LENGTHS = [1, 2, 2, 5, 7, 7, 7]


def network(kind="bert"):
    from transformers import BertConfig, BertModel, RobertaConfig, RobertaModel

    sizes = {"vocab_size": 50, "hidden_size": 12, "num_hidden_layers": 2, "num_attention_heads": 3,
             "intermediate_size": 20, "max_position_embeddings": 20, "pad_token_id": 1}  # fmt: skip
    torch.manual_seed(0)
    made = RobertaModel(RobertaConfig(**sizes)) if kind == "roberta" else BertModel(BertConfig(**sizes))
    return made.double().eval()


def batch():
    draw = np.random.default_rng(0)
    return Tokens.of([draw.integers(5, 50, size=length).tolist() for length in LENGTHS])


@pytest.mark.parametrize("kind", ["bert", "roberta"])
def test_states_and_gradients_are_those_of_the_padded_network(kind):
    model, tokens = network(kind), batch()
    assert can_pack(model)
    ids, inside = tokens.padded(1)
    target = torch.randn(len(tokens.ids), 12, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    plain = model(input_ids=ids, attention_mask=inside.long()).last_hidden_state[inside]
    (plain * target).sum().backward()
    wanted = {name: weight.grad.clone() for name, weight in model.named_parameters() if weight.grad is not None}
    model.zero_grad()
    packed = packed_states(model, torch.from_numpy(tokens.ids.astype(np.int64)), torch.from_numpy(tokens.lengths))
    (packed * target).sum().backward()
    torch.testing.assert_close(packed, plain, rtol=1e-10, atol=1e-10)
    for name, gradient in wanted.items():
        torch.testing.assert_close(dict(model.named_parameters())[name].grad, gradient, rtol=1e-8, atol=1e-10)


def test_dropout_is_drawn_while_training_only():
    model, tokens = network(), batch()
    ids, lengths = torch.from_numpy(tokens.ids.astype(np.int64)), torch.from_numpy(tokens.lengths)
    still = packed_states(model, ids, lengths)
    assert torch.equal(still, packed_states(model, ids, lengths))
    model.train()
    assert not torch.equal(packed_states(model, ids, lengths), packed_states(model, ids, lengths))


def test_other_networks_are_not_packed():
    from transformers import BertConfig, BertModel

    small = {
        "vocab_size": 9,
        "hidden_size": 4,
        "num_hidden_layers": 1,
        "num_attention_heads": 1,
        "intermediate_size": 4,
    }
    assert not can_pack(BertModel(BertConfig(**small, is_decoder=True)))
    other = BertModel(BertConfig(**small))
    other.config.model_type = "distilbert"
    assert not can_pack(other)


@pytest.mark.parametrize("pooling", ["mean", "max", "cls"])
def test_pooling_is_over_the_tokens_of_each_text(pooling):
    states = torch.randn(sum(LENGTHS), 4, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
    found = pool_packed(states, torch.tensor(LENGTHS), pooling)
    work = {"mean": lambda part: part.mean(0), "max": lambda part: part.amax(0), "cls": lambda part: part[0]}[pooling]
    torch.testing.assert_close(found, torch.stack([work(part) for part in states.split(LENGTHS)]))
