"""What a recipe needs to be trained by several processes: two lines of set-up, and one between backward and step."""

import hashlib
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Protocol, TypeVar

import torch
from torch import distributed as dist
from torch import nn

from shoestring.core.errors import ConfigError
from shoestring.core.ledger import BudgetKind
from shoestring.distributed.buckets import BucketedReducer, DuringBackward, bucketed_reducer_for
from shoestring.distributed.communicator import Alone, Communicator, ProcessGroup
from shoestring.distributed.compressors import Compressor, PowerSGD
from shoestring.distributed.reducer import Reducer
from shoestring.distributed.sharing import reduce_gradients, reducer_for
from shoestring.distributed.study import Study, study
from shoestring.distributed.traffic import sent_bytes

T = TypeVar("T")

KEPT_TIMES = 512
CHECK_EVERY = 100
"""Steps between looks at what is conserved and remembered."""


def averaged_state(members: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """One state for any number of workers, from those of single workers."""
    names = sorted({name for one in members for name in one["residual"]})
    mean = {n: sum(one["residual"][n] for one in members if n in one["residual"]) / len(members) for n in names}
    return {**members[0], "residual": mean}


class SharedRun(Protocol):
    """The part of a run that :class:`Workers` uses."""

    step: int
    study_at: int

    def vote(self) -> tuple[bool, bool]: ...

    def decide(self, save: bool, stop: bool) -> None: ...

    def spend(self, kind: BudgetKind, n: int) -> None: ...

    def log(self, step: int, **values: float) -> None: ...

    def narrate(self, message: str) -> None: ...


@dataclass(frozen=True)
class StepTimes:
    """When a reduction happened, in seconds of ``time.perf_counter()``."""

    began: float
    ended: float
    sending: float
    """Seconds inside collectives."""
    last_collective: float
    """When the last of them ended: what follows is decoding."""


class Workers:
    """All workers that train one model; a process of its own is the only worker and notices nothing of it.

    Every worker draws what all of them draw, from the same streams, and keeps its own part (:meth:`own`). A checkpoint
    then needs the streams of one worker only, and any number of workers can go on from it.

    Example::

        workers = Workers(run, model, recipe.compress)
        run.track(model=model, optimizer=optimizer, workers=workers)
        for step in run.steps(recipe.steps):
            rows = workers.own(lambda: draw.integers(len(data), size=recipe.batch_size))
            ...
            loss.backward()
            workers.reduce()
            optimizer.step()
    """

    def __init__(self, run: SharedRun, model: nn.Module, compressor: Compressor, *, buckets: int = 1) -> None:
        """``model`` must hold the same weights on every worker, as it does when the run's seed made them.

        ``buckets`` above 1 are averaged while backward goes on, see :mod:`shoestring.distributed.buckets`: for loops
        that call it once a step and do not change gradients before :meth:`reduce`.

        Raises:
            ConfigError: the weights differ, or the compressor cannot work on buckets.
        """
        shared = dist.is_available() and dist.is_initialized() and dist.get_world_size() > 1
        communicator: Communicator = ProcessGroup() if shared else Alone()
        self.index, self.count = communicator.rank, communicator.size
        self.members: Sequence[int] = [self.index]
        """The workers that this process is."""
        if buckets > 1 and isinstance(compressor, PowerSGD) and compressor.adapt_every:
            raise ConfigError(f"buckets={buckets}: ranks that adapt are chosen for the whole model; use buckets=1")
        self._during: DuringBackward | None = None
        if buckets == 1:
            self.reducer: Reducer | BucketedReducer = reducer_for(model, compressor, communicator)
        else:
            self.reducer = bucketed_reducer_for(model, compressor, communicator, buckets)
            self._during = DuringBackward(model, self.reducer)
        self.times: deque[StepTimes] = deque(maxlen=KEPT_TIMES)
        """Of the last steps."""
        self.study: Study | None = None
        """Of the step that the run named."""
        self._run, self._model = run, model
        self._charged = 0.0
        """Bytes of this worker that the run was charged for, or that are nobody's expense."""
        if self.count > 1:
            self._check_weights(communicator)
            self._charged = communicator.traffic.sent
            messages = self.reducer.messages()
            payload = sum(message.payload for message in messages)
            run.narrate(
                f"workers {self.count}, {compressor.kind}: {payload:,} bytes in {len(messages)} collectives a step"
            )

    def own(self, draw: Callable[[], T]) -> T:
        """Draw once for every worker, in the same order everywhere, and keep what is this worker's."""
        return [draw() for _ in range(self.count)][self.index]

    def part(self, items: list[Any] | torch.Tensor) -> Any:
        """Every ``count``-th of ``items``, from this worker's on: the parts of all workers make the whole."""
        return items[self.index :: self.count]

    def collect(self, worker: int) -> None:
        """Nothing: this worker's gradients are in its model. For loops that can also simulate workers."""

    def reduce(self) -> bool:
        """Average the gradients, charge the bytes of all workers, and agree on saving and stopping.

        False when the averages are not finite: there are no gradients then, and the optimiser's step changes nothing.
        """
        true = self._true_mean() if 0 < self._run.study_at == self._run.step else None
        traffic = self.reducer.communicator.traffic
        seconds, began = traffic.seconds, time.perf_counter()
        save, stop = self._run.vote()
        self.reducer.votes = [float(save), float(stop)]
        good = self._during.finish() if self._during else reduce_gradients(self._model, self.reducer)
        if self.count == 1:
            return good
        self.times.append(StepTimes(began, time.perf_counter(), traffic.seconds - seconds, traffic.last_end))
        if true is not None:
            applied = {name: one.grad for name, one in self._model.named_parameters() if one.grad is not None}
            self.study = study(true, applied) if applied else None
        self._run.decide(*(vote > 0.5 for vote in self.reducer.votes))
        if not good:
            self._run.narrate(f"step {self._run.step}: skipped, its gradients are not finite")
        if self._run.step % CHECK_EVERY == 0:
            error = self.reducer.conservation_error()
            self._run.log(self._run.step, conservation_error=error, remembered=self.reducer.remembered())
        self._adapt(self._run.step)
        self._charge()
        if self._during is not None:
            # What is measured is measured one after the other.
            self._during.active = self._run.study_at == 0
        return good

    def state_dict(self) -> dict[str, Any]:
        """The reducer's; nothing for a process that was always alone. A collective call."""
        state = self.reducer.state_dict()
        if self.count > 1:
            self._charge()
        return state if self.count > 1 or state["residual"] else {}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from the state of any number of workers."""
        if state:
            self.reducer.load_state_dict(averaged_state(state["members"]) if "members" in state else state)

    def _charge(self) -> None:
        """Spend what all workers sent since the last time."""
        sent = self.reducer.communicator.traffic.sent
        self._run.spend("bytes", round(self.count * (sent - self._charged)))
        self._charged = sent

    def _adapt(self, step: int) -> None:
        """Other ranks, when it is time for them."""
        compressor = self.reducer.compressor
        if not isinstance(compressor, PowerSGD) or not compressor.adapt_every or step % compressor.adapt_every:
            return
        if len(self.times) < 3:
            return
        times = list(self.times)[-compressor.adapt_every :]
        sending = max(sum(one.sending for one in times) / len(times), 1e-9)
        computing = [after.began - before.ended for before, after in pairwise(times)]
        sent = sum(sent_bytes(message, self.count) for message in self.reducer.messages())
        assert isinstance(self.reducer, Reducer)
        ranks = self.reducer.adapt(sent / sending, sum(computing) / len(computing))
        self._run.log(step, mean_rank=sum(ranks.values()) / max(1, len(ranks)))

    def _true_mean(self) -> dict[str, torch.Tensor]:
        """The uncompressed mean of the gradients that stand in the model."""
        weights = {name: one for name, one in self._model.named_parameters() if one.requires_grad}
        grads = {n: torch.zeros_like(one) if one.grad is None else one.grad.clone() for n, one in weights.items()}
        communicator = self.reducer.communicator
        before = communicator.traffic.sent
        mean = {name: communicator.mean_(grad.contiguous()) for name, grad in grads.items()}
        self._charged += communicator.traffic.sent - before
        return mean

    def _check_weights(self, communicator: Communicator) -> None:
        digest = hashlib.sha256()
        for name, tensor in self._model.state_dict().items():
            digest.update(
                name.encode() + tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes()
            )
        mine = torch.frombuffer(bytearray(digest.digest()), dtype=torch.uint8)
        if any(not torch.equal(mine, other) for other in communicator.gather(mine)):
            raise ConfigError("the workers start from different weights; give them the same seed, data and versions")
