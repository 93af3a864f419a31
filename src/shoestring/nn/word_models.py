"""Language models over words: the LSTM of the PowerSGD paper, and a small transformer."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class WordLstm(nn.Module):
    """int64 [B, T] -> logits of the next word [B, T, words]. Embedding and output share their weights.

    With the defaults and 28,869 words: 28,949,319 weights, as in Vogels et al. 2019, table 11.
    """

    def __init__(self, words: int, *, hidden: int = 650, layers: int = 3, dropout: float = 0.4) -> None:
        super().__init__()
        self.embedding = nn.Embedding(words, hidden)
        self.dropout = nn.Dropout(dropout)
        self.lstm = nn.LSTM(hidden, hidden, layers, dropout=dropout if layers > 1 else 0.0, batch_first=True)
        self.bias = nn.Parameter(torch.zeros(words))
        nn.init.uniform_(self.embedding.weight, -0.1, 0.1)

    def forward(self, words: Tensor) -> Tensor:
        states, _ = self.lstm(self.dropout(self.embedding(words)))
        return F.linear(self.dropout(states), self.embedding.weight, self.bias)


class WordTransformer(nn.Module):
    """int64 [B, T] -> logits of the next word [B, T, words]: pre-norm blocks, causal, learned positions."""

    def __init__(self, words: int, *, hidden: int = 256, layers: int = 8, heads: int = 4, longest: int = 256) -> None:
        super().__init__()
        self.embedding = nn.Embedding(words, hidden)
        self.position = nn.Parameter(0.02 * torch.randn(longest, hidden))
        self.blocks = nn.ModuleList(
            nn.TransformerEncoderLayer(
                hidden, heads, 4 * hidden, dropout=0.0, activation="gelu", batch_first=True, norm_first=True
            )
            for _ in range(layers)
        )
        self.norm = nn.LayerNorm(hidden)
        nn.init.normal_(self.embedding.weight, std=0.02)

    def forward(self, words: Tensor) -> Tensor:
        x = self.embedding(words) + self.position[: words.shape[1]]
        mask = nn.Transformer.generate_square_subsequent_mask(words.shape[1], device=words.device)
        for block in self.blocks:
            x = block(x, src_mask=mask, is_causal=True)
        return F.linear(self.norm(x), self.embedding.weight)
