"""The ledger: what a run spent of each budget, append only, so that every result can be read per unit of budget."""

import re
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from shoestring.core.errors import BudgetExhaustedError, ConfigError
from shoestring.core.jsonl import JsonLines, read_json_lines

BudgetKind = Literal["labels", "comparisons", "env_steps", "bytes"]
BUDGET_KINDS: tuple[BudgetKind, ...] = get_args(BudgetKind)


@dataclass(frozen=True)
class Budget:
    """At most ``amount`` units of ``kind`` may be spent.

    One unit is: a label = one answer by a person on one item; a comparison = one same/different or better/worse
    answer; an env_step = one action in one environment; a byte = one byte sent by one worker.
    """

    kind: BudgetKind
    amount: int

    @classmethod
    def parse(cls, text: str) -> "Budget":
        """``labels=200`` or ``env_steps=1_000_000`` or ``bytes=2e9``. Raises ConfigError."""
        kind, _, amount = text.partition("=")
        known = [name for name in BUDGET_KINDS if name == kind]
        if not known:
            raise ConfigError(f"budget {text!r}: unknown kind {kind!r}; known: {', '.join(BUDGET_KINDS)}")
        if not re.fullmatch(r"\d[\d_]{0,18}|\d+(\.\d+)?e\d{1,2}", amount) or float(amount) != int(float(amount)):
            raise ConfigError(f"budget {text!r}: {amount!r} is not a whole number of units, such as {kind}=200")
        return cls(known[0], int(float(amount)) if "e" in amount else int(amount))


class Ledger:
    """Spending of one run. Totals include all earlier attempts: what was spent before a crash stays spent."""

    def __init__(
        self, path: Path, budgets: Sequence[Budget] = (), attempt: int = 1, parent: Path | None = None
    ) -> None:
        """``parent`` is the ledger of the sweep that this run belongs to; it is charged as well."""
        entries = list(read_json_lines(path))
        self.totals = total_spent(entries)
        self.budgets = tuple(budgets)
        self._in_steps = {entry.get("kind") for entry in entries if entry.get("step")}
        self._attempt = attempt
        self._lines = JsonLines(path)
        self._parent = Ledger(parent, attempt=attempt) if parent else None
        self._pending: dict[BudgetKind, dict[int, int]] = {}

    def spend(self, kind: BudgetKind, n: int, step: int) -> None:
        """Charge ``n`` >= 0 units at ``step``, 0 for set-up; written with the next :meth:`flush`.

        Raises:
            BudgetExhaustedError: set-up alone would cost more than is left; nothing is charged then.
        """
        if n < 0 or kind not in BUDGET_KINDS:
            raise ValueError(f"cannot spend {n} of {kind!r}: what is spent stays spent; kinds are {BUDGET_KINDS}")
        left = self.remaining(kind)
        if step == 0 and left is not None and n > left:
            raise BudgetExhaustedError(
                f"this needs {n:,} {kind} before its first step and the budget leaves {left:,}: "
                f"give less data, or --budget {kind}={n}"
            )
        if step:
            self._in_steps.add(kind)
        self.totals[kind] = self.totals.get(kind, 0) + n
        by_step = self._pending.setdefault(kind, {})
        by_step[step] = by_step.get(step, 0) + n

    def remaining(self, kind: BudgetKind) -> int | None:
        """Units left of the budget of ``kind``, or None when it has no budget."""
        amounts = [budget.amount for budget in self.budgets if budget.kind == kind]
        return max(0, min(amounts) - self.totals.get(kind, 0)) if amounts else None

    def afford(self, kind: BudgetKind, wanted: int) -> int:
        """As many of ``wanted`` units as the budget of ``kind`` leaves, so that a step ends at the budget exactly."""
        left = self.remaining(kind)
        return wanted if left is None else min(wanted, left)

    @property
    def exhausted(self) -> Budget | None:
        """The first budget that steps have used up, if any; what set-up paid for in full stops no step."""
        spent = [b for b in self.budgets if b.kind in self._in_steps]
        return next((b for b in spent if self.totals.get(b.kind, 0) >= b.amount), None)

    def flush(self) -> None:
        """Write what was spent since the last flush: one entry for each stretch of steps that spent the same."""
        for kind, by_step in self._pending.items():
            total = self.totals[kind] - sum(by_step.values())
            for step, steps, each in _stretches(by_step):
                total += steps * each
                entry = {"attempt": self._attempt, "step": step, "steps": steps, "t": round(time.time(), 3)}
                self._lines.append({**entry, "kind": kind, "n": steps * each, "total": total})
        self._lines.flush()
        if self._parent:
            for kind, by_step in self._pending.items():
                # Siblings write to the same file, so the total is counted anew rather than remembered.
                self._parent.totals = read_totals(self._parent._lines.path)
                self._parent.spend(kind, sum(by_step.values()), max(by_step))
                self._parent.flush()
        self._pending.clear()


def _stretches(by_step: Mapping[int, int]) -> list[tuple[int, int, int]]:
    """``(last step, number of steps, units of each)`` of consecutive steps that spent equal amounts."""
    found: list[tuple[int, int, int]] = []
    for step, n in sorted(by_step.items()):
        if found and found[-1][0] == step - 1 and found[-1][2] == n:
            found[-1] = (step, found[-1][1] + 1, n)
        else:
            found.append((step, 1, n))
    return found


def read_totals(path: Path) -> dict[str, int]:
    """Units spent by kind; an absent file means nothing was spent."""
    return total_spent(read_json_lines(path))


def total_spent(entries: Iterable[dict[str, object]]) -> dict[str, int]:
    """Sum the ``n`` of each kind over ledger entries."""
    totals: dict[str, int] = {}
    for entry in entries:
        kind, n = entry.get("kind"), entry.get("n")
        if isinstance(kind, str) and isinstance(n, int):
            totals[kind] = totals.get(kind, 0) + n
    return totals
