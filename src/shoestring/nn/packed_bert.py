"""BERT without padding: all tokens of a batch in one table, and attention inside each text only.

Everything but attention treats tokens one by one, so texts of any lengths can lie behind one another. The module is
that of the transformers package with its own weights; only the order of the computation is ours.
"""

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

PACKED = ("bert", "roberta", "xlm-roberta")
"""Model types whose layers are computed here."""


def can_pack(network: Any) -> bool:
    """Whether :func:`packed_states` knows this kind of network: plain BERT layers, an encoder, absolute positions."""
    config = network.config
    kind = getattr(config, "position_embedding_type", None) or "absolute"
    decoder = getattr(config, "is_decoder", False) or getattr(config, "add_cross_attention", False)
    return config.model_type in PACKED and kind == "absolute" and not decoder


def packed_states(network: Any, ids: Tensor, lengths: Tensor) -> Tensor:
    """The last hidden states [T, D] of texts whose tokens ``ids`` int64 [T] follow one another.

    ``lengths`` int64 [N] on the CPU, each at least 1 and **in rising order**: texts of one length are then a view.
    """
    config = network.config
    starts = torch.cumsum(lengths, 0) - lengths
    position = torch.arange(len(ids)) - torch.repeat_interleave(starts, lengths)
    if config.model_type != "bert":
        # RoBERTa counts positions from behind the padding symbol.
        position = position + int(config.pad_token_id) + 1
    parts = network.embeddings
    x = (
        parts.word_embeddings(ids)
        + parts.position_embeddings(position.to(ids.device))
        + parts.token_type_embeddings.weight[0]
    )
    x = parts.dropout(parts.LayerNorm(x))
    sizes, counts = torch.unique_consecutive(lengths, return_counts=True)
    groups = list(zip(counts.tolist(), sizes.tolist(), strict=True))
    for layer in network.encoder.layer:
        x = _layer(layer, x, groups, config.num_attention_heads)
    return x


def _layer(layer: Any, x: Tensor, groups: list[tuple[int, int]], heads: int) -> Tensor:
    own, out = layer.attention.self, layer.attention.output
    # One product for the three of them reads x once.
    weight = torch.cat([own.query.weight, own.key.weight, own.value.weight])
    bias = torch.cat([own.query.bias, own.key.bias, own.value.bias])
    qkv = F.linear(x, weight, bias)
    seen = torch.cat(
        [_attend(part, count, heads, own) for part, (count, _) in zip(_split(qkv, groups), groups, strict=True)]
    )
    x = out.LayerNorm(out.dropout(out.dense(seen)) + x)
    inner = layer.intermediate.intermediate_act_fn(layer.intermediate.dense(x))
    return layer.output.LayerNorm(layer.output.dropout(layer.output.dense(inner)) + x)


def _split(table: Tensor, groups: list[tuple[int, int]]) -> tuple[Tensor, ...]:
    return table.split([count * size for count, size in groups])


def _attend(qkv: Tensor, count: int, heads: int, own: Any) -> Tensor:
    """[count x size, 3 D] of texts of one length -> [count x size, D]."""
    rows, width = len(qkv), qkv.shape[1] // 3
    parts = qkv.view(count, rows // count, 3, heads, width // heads).permute(2, 0, 3, 1, 4)
    chance = own.dropout.p if own.training else 0.0
    return F.scaled_dot_product_attention(*parts.unbind(0), dropout_p=chance).transpose(1, 2).reshape(rows, width)


def pool_packed(last: Tensor, lengths: Tensor, pooling: str) -> Tensor:
    """[T, D] states of texts of ``lengths`` int64 [N] -> [N, D]: ``mean``, ``max`` over time, or ``cls``, the first."""
    lengths = lengths.to(last.device)
    if pooling == "cls":
        return last[torch.cumsum(lengths, 0) - lengths]
    owner = torch.repeat_interleave(torch.arange(len(lengths), device=last.device), lengths)
    if pooling == "max":
        empty = last.new_full((len(lengths), last.shape[1]), -torch.inf)
        return empty.scatter_reduce(0, owner[:, None].expand_as(last), last, "amax")
    total = last.new_zeros(len(lengths), last.shape[1]).index_add(0, owner, last)
    return total / lengths[:, None]
