"""A cross-encoder: both texts of a pair at once, one score. Better than vectors, and one pass for each pair."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from shoestring.core import config
from shoestring.core.component import component
from shoestring.core.errors import BadDataError, ConfigError, MissingExtraError
from shoestring.core.files import write_json
from shoestring.core.folder import read_json_object
from shoestring.similarity.length_batches import cut_by_budget
from shoestring.similarity.matcher_files import WEIGHTS, fingerprint, refusing_damage
from shoestring.similarity.text_encoding import check_text

SCHEMA = "shoestring.model/1"
HEAD, SETTINGS, TOKENISER = "shoestring.json", "encoder.json", "tokenizer.json"
BUDGET = 4_096


@component
class CrossBert:
    """BERT with one output over ``[CLS] left [SEP] right [SEP]`` (Devlin et al. 2019)."""

    kind: Literal["cross-bert"] = "cross-bert"
    model: str = ""
    """Folder of a BERT in the layout of Hugging Face."""
    max_length: int = 128
    """Tokens of both texts together, the marks included; the longer text is cut first."""

    def build(self) -> "CrossNetwork":
        """Load the network; its output layer is new. Raises ConfigError without a model, BadDataError for damage."""
        if not self.model:
            raise ConfigError("encoder.model is empty: give the folder of a BERT-like network")
        tokenizers, transformers = _packages()
        try:
            made = transformers.AutoModelForSequenceClassification.from_pretrained(
                self.model, num_labels=1, use_safetensors=True, trust_remote_code=False
            )
            path = Path(self.model) / TOKENISER
            if path.is_file():
                tokeniser = tokenizers.Tokenizer.from_file(str(path))
            else:
                found = transformers.AutoTokenizer.from_pretrained(self.model, trust_remote_code=False)
                tokeniser = tokenizers.Tokenizer.from_str(found.backend_tokenizer.to_str())
        except Exception as error:
            raise BadDataError(f"{self.model}: {str(error)[:300]}") from error
        return CrossNetwork(self, made, tokeniser)


class CrossNetwork(nn.Module):
    """Pairs of texts -> one number each."""

    def __init__(self, settings: CrossBert, network: Any, tokeniser: Any) -> None:
        super().__init__()
        self.config = settings
        self.network = network
        self.tokeniser = tokeniser
        self.tokeniser.no_padding()
        self.tokeniser.enable_truncation(settings.max_length, strategy="longest_first")

    def prepare(self, left: Sequence[str], right: Sequence[str]) -> list[Any]:
        """The tokens of each pair. Raises BadDataError for what is no text."""
        for place, pair in enumerate(zip(left, right, strict=True)):
            for text in pair:
                check_text(text, place)
        return list(self.tokeniser.encode_batch(list(zip(left, right, strict=True))))

    def forward(self, pairs: Sequence[Any]) -> Tensor:
        """[B] logits."""
        width = max(len(pair.ids) for pair in pairs)
        ids, kinds, inside = (torch.zeros(len(pairs), width, dtype=torch.int64) for _ in range(3))
        for row, pair in enumerate(pairs):
            count = len(pair.ids)
            ids[row, :count], kinds[row, :count] = torch.tensor(pair.ids), torch.tensor(pair.type_ids)
            inside[row, :count] = 1
        device = self.network.device
        if self.network.config.type_vocab_size < 2:
            kinds.zero_()
        return self.network(
            input_ids=ids.to(device), attention_mask=inside.to(device), token_type_ids=kinds.to(device)
        ).logits[:, 0]


class CrossEncoder:
    """Pairs of texts to scores from 0 to 1; what :func:`shoestring.load` returns for a cross-encoder."""

    kind = "cross-encoder"
    modality = "text"

    def __init__(self, network: CrossNetwork, *, title: str = "") -> None:
        self.network = network.eval()
        self.title = title
        weights = {name: tensor.detach().cpu().contiguous() for name, tensor in network.network.state_dict().items()}
        self.fingerprint = fingerprint({"kind": "cross-bert", "max_length": network.config.max_length}, weights)

    @torch.inference_mode()
    def score(self, left: Sequence[str], right: Sequence[str]) -> NDArray[np.float64]:
        """[N] scores of each text of ``left`` with its fellow of ``right``."""
        pairs = self.network.prepare(left, right)
        found = np.empty(len(pairs))
        for rows in cut_by_budget(np.array([len(pair.ids) for pair in pairs], dtype=np.int64), BUDGET, 256):
            found[rows] = self.network([pairs[i] for i in rows]).sigmoid().double().cpu().numpy()
        return found

    def write(self, folder: Path) -> None:
        """The files of the model into an empty folder."""
        from safetensors.torch import save_file

        self.network.network.config.to_json_file(folder / "config.json")
        (folder / TOKENISER).write_text(self.network.tokeniser.to_str(), encoding="utf-8")
        weights = self.network.network.state_dict()
        tensors = {name: tensor.detach().cpu().clone().contiguous() for name, tensor in weights.items()}
        save_file(tensors, folder / WEIGHTS, metadata={"format": "pt"})
        write_json(folder / SETTINGS, {"kind": "cross-bert", "max_length": self.network.config.max_length})
        write_json(folder / HEAD, {"schema": SCHEMA, "kind": self.kind, "modality": self.modality, "title": self.title,
                                   "encoder": "cross-bert", "fingerprint": self.fingerprint})  # fmt: skip


def load(folder: Path) -> CrossEncoder:
    """Read a model folder. Raises BadDataError for anything but what :meth:`CrossEncoder.write` writes."""
    from safetensors.torch import load_file

    folder = Path(folder)
    head = read_json_object(folder / HEAD)
    if head.get("schema") != SCHEMA or head.get("kind") != CrossEncoder.kind:
        raise BadDataError(f"{folder / HEAD}: not a cross-encoder of schema {SCHEMA!r}")
    settings = config.load(CrossBert, [config.Layer(str(folder / SETTINGS), read_json_object(folder / SETTINGS))])
    tokenizers, transformers = _packages()
    try:
        table = transformers.AutoConfig.from_pretrained(folder, trust_remote_code=False)
        network = transformers.AutoModelForSequenceClassification.from_config(table)
        made = CrossNetwork(settings, network, tokenizers.Tokenizer.from_file(str(folder / TOKENISER)))
    except Exception as error:
        # The tokenizers package raises plain Exception for any damage.
        raise BadDataError(f"{folder}: {str(error)[:300]}; the model is damaged") from error
    with refusing_damage(folder):
        network.load_state_dict(load_file(folder / WEIGHTS))
    model = CrossEncoder(made, title=str(head.get("title") or ""))
    if head.get("fingerprint") != model.fingerprint:
        raise BadDataError(f"{folder}: the weights do not fit the fingerprint in {HEAD}: changed after it was saved")
    return model


def passes(count: int) -> int:
    """Pairs among ``count`` texts: what a cross-encoder needs to find the most similar two."""
    return math.comb(count, 2)


def _packages() -> tuple[Any, Any]:
    try:
        import tokenizers
        import transformers
    except ModuleNotFoundError as error:
        raise MissingExtraError(str(error.name), "text") from error
    transformers.utils.logging.disable_progress_bar()
    return tokenizers, transformers
