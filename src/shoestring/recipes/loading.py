"""``shoestring.load``: a run, a model folder or a packaged model as a usable object."""

from pathlib import Path
from typing import TYPE_CHECKING

from shoestring.core.errors import BadDataError, ConfigError, NotFoundError
from shoestring.core.folder import RunFolder, read_json_object, runs_root

if TYPE_CHECKING:
    from torch import nn

    from shoestring.rl.board_net import TrainedBoards
    from shoestring.rl.policy_files import TrainedPolicy
    from shoestring.rl.table_files import TrainedTable
    from shoestring.rl.value_files import TrainedValues
    from shoestring.similarity.cross_encoder import CrossEncoder
    from shoestring.similarity.projection import Projected
    from shoestring.similarity.text_model import TextEncoder
    from shoestring.similarity.verifier import Verifier

HEAD = "shoestring.json"
PACKAGED = Path(__file__).parents[1] / "models"


def load(
    reference: str | Path, *, root: Path | None = None
) -> (
    "Verifier | TextEncoder | CrossEncoder | Projected | TrainedPolicy | TrainedTable | TrainedValues | TrainedBoards"
    " | nn.Module"
):
    """The model that ``reference`` names: a model folder, a run folder or id, or a packaged one (``pen``, ``text``).

    Raises:
        NotFoundError: nothing of that name.
        BadDataError: the folder is damaged, or holds a kind of model that this version does not know.
    """
    folder = find_model(reference, root=root)
    kind = read_json_object(folder / HEAD).get("kind")
    # Each brings torch, which a server of pages and lists does without; so it is imported when a model is.
    match kind:
        case "verifier":
            from shoestring.similarity import verifier

            return verifier.load(folder)
        case "policy":
            from shoestring.rl import policy_files

            return policy_files.load(folder)
        case "table-policy":
            from shoestring.rl import table_files

            return table_files.load(folder)
        case "board-policy":
            from shoestring.rl import board_net

            return board_net.load(folder)
        case "text-encoder":
            from shoestring.similarity import text_model

            return text_model.load(folder)
        case "cross-encoder":
            from shoestring.similarity import cross_encoder

            return cross_encoder.load(folder)
        case "projected":
            return _projected(folder, root)
        case "action-values":
            from shoestring.rl import value_files

            return value_files.load(folder)
        case "image-classifier" | "language-model":
            from shoestring.recipes.network_files import read_network

            return read_network(folder)
    known = (
        "verifier, policy, table-policy, action-values, board-policy, text-encoder, cross-encoder, projected, "
        "image-classifier, language-model"
    )
    raise BadDataError(f"{folder / HEAD}: kind {str(kind)[:40]!r} is unknown to this version; known: {known}")


def _projected(folder: Path, root: Path | None) -> "Projected":
    """A projection with the model below it, which is looked for among the runs beside this one."""
    from shoestring.recipes.embedding import embedder_of
    from shoestring.similarity.projection import Projected, Projection

    projection = Projection.read(folder)
    beside = root or (folder.resolve().parents[1] if (folder.parent / "run.json").is_file() else None)
    source = projection.source.removeprefix("run:")
    return Projected(embedder_of(load(source, root=beside), source), projection)


def find_model(reference: str | Path, *, root: Path | None = None) -> Path:
    """The model folder that ``reference`` names. Raises NotFoundError."""
    path = Path(reference)
    if (path / HEAD).is_file():
        return path
    packaged = {head.parent.name: head.parent for head in PACKAGED.glob(f"*/{HEAD}")}
    if str(reference) in packaged:
        return packaged[str(reference)]
    if path.is_dir() and not (path / "run.json").is_file():
        raise NotFoundError(f"{path}: neither {HEAD} nor run.json is in this folder; give a model or a run")
    try:
        run = RunFolder.find(root or runs_root(), str(reference))
    except NotFoundError as error:
        raise NotFoundError(f"{error}; packaged models: {', '.join(packaged) or 'none'}") from error
    return run_model(run)


def run_model(run: RunFolder) -> Path:
    """The model folder of a run. Raises NotFoundError when it has none yet, ConfigError for a sweep."""
    info = run.info()
    if info.get("kind") == "sweep":
        raise ConfigError(f"{run.id} is a sweep; choose one of its runs: {', '.join(info.get('runs', []))}")
    if not (run.path / "model" / HEAD).is_file():
        hint = "" if info["status"] in ("done", "budget") else f"; finish it: shoestring train --resume {run.path}"
        raise NotFoundError(f"{run.id} ({info['status']}) has no model{hint}")
    return run.path / "model"
