"""Maps that are being drawn, one at a time, on a thread that nobody waits for."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from shoestring.core.errors import ShoestringError

Status = Literal["waiting", "drawing", "ready", "failed"]


@dataclass
class Drawing:
    """How far a map is."""

    status: Status = "waiting"
    done: int = 0
    of: int = 3
    """Stages: reduced to principal components, laid out, all rows placed."""
    problem: str = ""
    began: float = field(default_factory=time.monotonic)

    def view(self) -> dict[str, Any]:
        """For JSON, with the seconds since it was asked for."""
        seconds = round(time.monotonic() - self.began, 1)
        return {"status": self.status, "done": self.done, "of": self.of, "problem": self.problem, "seconds": seconds}


class Drawings:
    """The maps asked for since the server started, by collection; a map that is ready lies with the collection."""

    def __init__(self) -> None:
        self._known: dict[int, Drawing] = {}
        self._lock, self._turn = threading.Lock(), threading.Lock()

    def of(self, number: int) -> Drawing | None:
        """The newest map of a collection that was asked for."""
        return self._known.get(number)

    def begin(self, number: int, work: Callable[[Callable[[int, int], None]], object]) -> Drawing:
        """Draw with ``work(tick)`` when it is its turn; the drawing under way where there is one."""
        with self._lock:
            known = self._known.get(number)
            if known is not None and known.status in ("waiting", "drawing"):
                return known
            drawing = self._known[number] = Drawing()
        # Nothing is lost when the program ends in the middle: the map is written whole at the end, or not.
        threading.Thread(target=self._draw, args=(drawing, work), name=f"map {number}", daemon=True).start()
        return drawing

    def _draw(self, drawing: Drawing, work: Callable[[Callable[[int, int], None]], object]) -> None:
        def tick(done: int, of: int) -> None:
            drawing.done, drawing.of = done, of

        with self._turn:
            drawing.status = "drawing"
            try:
                work(tick)
                drawing.status = "ready"
            except ShoestringError as error:
                drawing.problem, drawing.status = str(error), "failed"
            except Exception as error:
                drawing.problem, drawing.status = f"{type(error).__name__}: {error}", "failed"
