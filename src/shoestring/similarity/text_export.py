"""Text encoders for other programs: a folder of sentence-transformers, and ONNX with the pooling inside."""

import json
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional as F

from shoestring.core.errors import BadDataError, MissingExtraError
from shoestring.core.files import write_json
from shoestring.similarity.encoders import Bert
from shoestring.similarity.text_files import write_words
from shoestring.similarity.text_model import TextEncoder

PROBES = (
    "A man is playing a guitar.", "Someone plays an instrument on the stage, loudly.", "Stocks fell 2.5 % on Friday.",
    "x", "The quick brown fox jumps over the lazy dog while the cat, which does not care, sleeps on the warm stove.",
)  # fmt: skip
"""Texts that an export is checked with."""
TOLERANCE = 1e-4
_LEGACY = "sentence_transformers.models."


def write_sentence_transformers(model: TextEncoder, folder: Path) -> None:
    """Write the files that ``SentenceTransformer(folder)`` reads into an empty folder, with built-in modules only.

    Module names and the keys of the pooling are the older ones, which every version understands.
    """
    network = model.network
    if isinstance(network.config, Bert):
        modules, full = [("", "Transformer"), ("1_Pooling", "Pooling")], network.network.config.hidden_size
        network.write(folder)
        _write_tokeniser_settings(network, folder)
        save_file(_plain(network.network.state_dict()), folder / "model.safetensors", metadata={"format": "pt"})
        write_json(folder / "sentence_bert_config.json", {"max_seq_length": network.longest, "do_lower_case": False})
        pooling = network.config.pooling
        (folder / "1_Pooling").mkdir()
        write_json(folder / "1_Pooling" / "config.json", {
            "word_embedding_dimension": full, "pooling_mode_cls_token": pooling == "cls",
            "pooling_mode_mean_tokens": pooling == "mean", "pooling_mode_max_tokens": pooling == "max",
            "pooling_mode_mean_sqrt_len_tokens": False,
        })  # fmt: skip
    else:
        modules = [("0_StaticEmbedding", "StaticEmbedding")]
        full = network.config.width or network.table.weight.shape[1]
        (folder / "0_StaticEmbedding").mkdir()
        write_words(network.tokeniser, folder / "0_StaticEmbedding")
        # A mean of weighted vectors is a mean of vectors that have their weight inside.
        table = {"embedding.weight": network.table.weight * network.log_weight.exp()[:, None]}
        save_file(_plain(table), folder / "0_StaticEmbedding" / "model.safetensors")
        if network.config.width:
            modules.append((_write_linear(network.project.weight, folder / "1_Dense"), "Dense"))
    if network.config.cut:
        # Its own truncation comes after the scaling to length 1, and an older one has none.
        first = torch.eye(network.width, full)
        modules.append((_write_linear(first, folder / f"{len(modules)}_Dense"), "Dense"))
    modules.append((f"{len(modules)}_Normalize", "Normalize"))
    (folder / modules[-1][0]).mkdir()
    rows = [{"idx": i, "name": str(i), "path": path, "type": _LEGACY + kind} for i, (path, kind) in enumerate(modules)]
    # An array, so not for write_json's readers of objects; the folder is renamed into place as a whole.
    (folder / "modules.json").write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")
    write_json(folder / "config_sentence_transformers.json", {
        "prompts": {}, "default_prompt_name": None, "similarity_fn_name": "cosine",
    })  # fmt: skip
    write_json(folder / "shoestring.export.json", {"fingerprint": model.fingerprint, "title": model.title})


def _write_linear(weight: Tensor, folder: Path) -> str:
    folder.mkdir()
    write_json(folder / "config.json", {
        "in_features": weight.shape[1], "out_features": weight.shape[0], "bias": False,
        "activation_function": "torch.nn.modules.linear.Identity",
    })  # fmt: skip
    save_file(_plain({"linear.weight": weight}), folder / "model.safetensors")
    return folder.name


def write_onnx(model: TextEncoder, folder: Path) -> dict[str, Any]:
    """Write ``model.onnx``, ``tokenizer.json`` and ``check.json`` into an empty folder; returns what the last holds.

    The network takes ``input_ids`` and ``attention_mask``, int64 [N, L], and gives ``sentence_embedding``, unit vectors
    float32 [N, width], pooling inside. It is run on texts by onnxruntime before it counts as written.

    Raises:
        MissingExtraError: onnx, onnxscript or onnxruntime is absent.
        BadDataError: the exported network computes something else.
    """
    try:
        import onnxruntime
        import onnxscript  # noqa: F401  the exporter needs it and reports its absence late
    except ModuleNotFoundError as error:
        raise MissingExtraError(str(error.name), "export") from error
    network = model.network
    if isinstance(network.config, Bert):
        network.write(folder)
        padded: nn.Module = _PaddedBert(network)
    else:
        write_words(network.tokeniser, folder)
        padded = _PaddedWords(network)
    ids, inside = _batch(model, PROBES)
    axes = {0: torch.export.Dim("texts", min=1), 1: torch.export.Dim("tokens", min=1)}
    path = folder / "model.onnx"
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            padded.eval(), (ids, inside), str(path), input_names=["input_ids", "attention_mask"],
            output_names=["sentence_embedding"], dynamic_shapes=(axes, axes), dynamo=True, external_data=False,
            verbose=False,
        )  # fmt: skip
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    wanted = model.encode(PROBES)
    worst = 0.0
    for texts in (PROBES, PROBES[:1], PROBES[3:]):
        ids, inside = _batch(model, texts)
        found = session.run(None, {"input_ids": ids.numpy(), "attention_mask": inside.numpy()})[0]
        worst = max(worst, float(np.abs(found - model.encode(texts)).max()))
    if not worst <= TOLERANCE:
        raise BadDataError(f"{path}: differs by {worst:.2g} from the model it was exported from; nothing was kept")
    check = {
        "fingerprint": model.fingerprint, "texts": list(PROBES), "sentence_embedding": wanted.tolist(),
        "largest_difference": worst, "tolerance": TOLERANCE,
    }  # fmt: skip
    write_json(folder / "check.json", check)
    return check


class _PaddedBert(nn.Module):
    def __init__(self, encoder: Any) -> None:
        super().__init__()
        self.network, self.pooling, self.width = encoder.network, encoder.config.pooling, encoder.width

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        last = self.network(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        inside = attention_mask[:, :, None].to(last.dtype)
        match self.pooling:
            case "cls":
                pooled = last[:, 0]
            case "max":
                pooled = (last + (inside - 1) * 1e30).amax(dim=1)
            case _:
                pooled = (last * inside).sum(dim=1) / inside.sum(dim=1).clamp_min(1)
        return F.normalize(pooled[:, : self.width], dim=1, eps=1e-12)


class _PaddedWords(nn.Module):
    def __init__(self, encoder: Any) -> None:
        super().__init__()
        self.table, self.project, self.width = encoder.table, encoder.project, encoder.width
        self.weight = nn.Parameter(encoder.log_weight.detach().exp())

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        inside = attention_mask.to(self.weight.dtype)
        total = (self.table(input_ids) * (self.weight[input_ids] * inside)[:, :, None]).sum(dim=1)
        found = self.project(total / inside.sum(dim=1, keepdim=True).clamp_min(1))
        return F.normalize(found[:, : self.width], dim=1, eps=1e-12)


def _batch(model: TextEncoder, texts: Sequence[str]) -> tuple[Tensor, Tensor]:
    ids, inside = model.network.prepare(list(texts)).padded(0)
    return ids, inside.long()


def _plain(weights: Any) -> dict[str, Tensor]:
    return {name: tensor.detach().cpu().clone().contiguous() for name, tensor in weights.items()}


def _write_tokeniser_settings(network: Any, folder: Path) -> None:
    known = {name: network.tokeniser.token_to_id(name) for pair in _MARKS.values() for name in pair}
    marks = {key: next((name for name in pair if known[name] is not None), None) for key, pair in _MARKS.items()}
    settings = {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": network.longest}
    write_json(folder / "tokenizer_config.json", settings | {key: name for key, name in marks.items() if name})


_MARKS = {
    "pad_token": ("[PAD]", "<pad>"), "unk_token": ("[UNK]", "<unk>"), "cls_token": ("[CLS]", "<s>"),
    "sep_token": ("[SEP]", "</s>"), "mask_token": ("[MASK]", "<mask>"),
}  # fmt: skip
