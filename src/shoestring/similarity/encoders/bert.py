"""Sentence vectors from any BERT-like network in the layout of Hugging Face: Sentence-BERT's encoder."""

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from shoestring.core.component import component
from shoestring.core.device import has_fast_bf16
from shoestring.core.errors import BadDataError, ConfigError, MissingExtraError
from shoestring.nn.packed_bert import PACKED, can_pack, packed_states, pool_packed
from shoestring.similarity.text_encoding import encode_texts, kept_width
from shoestring.similarity.tokens import Tokens

Pooling = Literal["mean", "max", "cls"]
CONFIG, TOKENISER = "config.json", "tokenizer.json"


@component
class Bert:
    """Reimers & Gurevych 2019, section 3: one network with tied weights, and pooling over its last layer."""

    kind: Literal["bert"] = "bert"
    model: str = ""
    """Folder of a network in the layout of Hugging Face (or a name on its hub, where there is a network)."""
    pooling: Pooling = "mean"
    """Over real tokens only, the marks at both ends included; ``cls`` takes the first one."""
    max_length: int = 128
    """Tokens of a text that are seen, the marks included."""
    precision: Literal["auto", "float32", "bfloat16"] = "float32"
    """Of matrix products while encoding; ``auto`` is bfloat16 where the processor has instructions for it."""
    cut: int = 0
    """Numbers of a vector that are kept, the first ones; 0 keeps all. For networks trained on nested sizes."""
    freeze: int = 0
    """Layers, counted from the input, that training leaves as they are, and the word embeddings with them."""

    def __post_init__(self) -> None:
        if not 3 <= self.max_length <= 8_192 or min(self.freeze, self.cut) < 0:
            raise ValueError("max_length is from 3 to 8192, freeze and cut are not negative")

    def build(self) -> "BertEncoder":
        """Load the network. Raises ConfigError without a model and BadDataError when it cannot be read."""
        if not self.model:
            raise ConfigError(
                "encoder.model is empty: give the folder of a BERT-like network, such as the model/ of a run of "
                "text-words, or take encoder=static-words, which needs none"
            )
        tokenizers, transformers = _packages()
        try:
            network = transformers.AutoModel.from_pretrained(self.model, use_safetensors=True, trust_remote_code=False)
            tokeniser = _tokeniser(self.model, tokenizers, transformers)
        except Exception as error:
            # The tokenizers package raises plain Exception for any damage.
            raise BadDataError(f"{self.model}: {str(error)[:300]}; expected config.json, model.safetensors and "
                               "tokenizer.json") from error  # fmt: skip
        return BertEncoder(self, network, tokeniser)

    def read(self, folder: Path) -> "BertEncoder":
        """The network that :meth:`BertEncoder.write` described, with random weights. Raises BadDataError."""
        tokenizers, transformers = _packages()
        try:
            settings = transformers.AutoConfig.from_pretrained(folder, trust_remote_code=False)
            network = transformers.AutoModel.from_config(settings)
            return BertEncoder(self, network, tokenizers.Tokenizer.from_file(str(folder / TOKENISER)))
        except Exception as error:
            # The tokenizers package raises plain Exception for any damage.
            raise BadDataError(f"{folder}: {str(error)[:300]}; the model is damaged") from error


class BertEncoder(nn.Module):
    """Texts -> vectors [N, ``width``]."""

    def __init__(self, config: Bert, network: Any, tokeniser: Any) -> None:
        super().__init__()
        self.config = config
        if network.config.model_type in PACKED:
            # A layer above the first token that nobody here looks at; pretraining by masked words has none.
            network.pooler = None
        self.network = network
        self.width = kept_width(config.cut, int(network.config.hidden_size))
        self.longest = min(config.max_length, int(getattr(network.config, "max_position_embeddings", 1 << 30)))
        self.tokeniser = tokeniser
        self.tokeniser.no_padding()
        self.tokeniser.enable_truncation(self.longest)
        self._fill = int(getattr(network.config, "pad_token_id", None) or 0)
        self.pads = not can_pack(network)
        layers = list(getattr(getattr(network, "encoder", None), "layer", []))
        if config.freeze > len(layers):
            raise ConfigError(
                f"encoder.freeze={config.freeze}: {config.model or 'the network'} has {len(layers)} layers"
            )
        if config.freeze:
            frozen = [network.get_input_embeddings(), *layers[: config.freeze]]
            for weight in (weight for part in frozen for weight in part.parameters()):
                weight.requires_grad_(False)

    def fit_scales(self, items: Sequence[str]) -> None:
        """Nothing: a network of words has its scales from its pretraining."""

    def prepare(self, items: Sequence[str]) -> Tokens:
        """The tokens of each text, the marks at both ends included, cut at ``longest``."""
        return Tokens.of(found.ids for found in self.tokeniser.encode_batch_fast(list(items)))

    def forward(self, prepared: Tokens) -> Tensor:
        """Vectors [N, ``width``] of any length, as the paper's objectives see them."""
        order = np.argsort(prepared.lengths, kind="stable")
        ordered = prepared.take(order)
        device = self.network.device
        with self._precision(device):
            if not self.pads:
                ids, lengths = torch.from_numpy(ordered.ids.astype(np.int64)), torch.from_numpy(ordered.lengths)
                last = packed_states(self.network, ids.to(device), lengths)
            else:
                ids, inside = (part.to(device) for part in ordered.padded(self._fill))
                last = self.network(input_ids=ids, attention_mask=inside.long()).last_hidden_state[inside]
        pooled = pool_packed(last.float(), torch.from_numpy(ordered.lengths), self.config.pooling)
        return pooled[torch.from_numpy(np.argsort(order)).to(device), : self.width]

    def encode(self, items: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors float32 [N, ``width``]."""
        return encode_texts(self, items).vectors

    def write(self, folder: Path) -> None:
        """Write all but the weights, in the layout of Hugging Face."""
        self.network.config.to_json_file(folder / CONFIG)
        (folder / TOKENISER).write_text(self.tokeniser.to_str(), encoding="utf-8")

    @contextlib.contextmanager
    def _precision(self, device: torch.device) -> Iterator[None]:
        wanted = self.config.precision
        fast = wanted == "bfloat16" or (wanted == "auto" and not self.training and has_fast_bf16(device))
        with torch.autocast(device.type, torch.bfloat16, enabled=fast):
            yield


def _tokeniser(model: str, tokenizers: Any, transformers: Any) -> Any:
    path = Path(model) / TOKENISER
    if path.is_file():
        # As it is: classes of the other package may rebuild parts of it by their own defaults.
        return tokenizers.Tokenizer.from_file(str(path))
    found = transformers.AutoTokenizer.from_pretrained(model, trust_remote_code=False).backend_tokenizer
    return tokenizers.Tokenizer.from_str(found.to_str())


def _packages() -> tuple[Any, Any]:
    # Heavy, and an extra: whoever uses no network of words does without both.
    try:
        import tokenizers
        import transformers
    except ModuleNotFoundError as error:
        raise MissingExtraError(str(error.name), "text") from error
    transformers.utils.logging.disable_progress_bar()
    return tokenizers, transformers
