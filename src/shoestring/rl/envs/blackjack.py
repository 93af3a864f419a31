"""Blackjack against a dealer who draws to 17, from an infinite deck."""

from functools import cache
from typing import Literal

import numpy as np

from shoestring.core.component import component
from shoestring.rl.mdp import FiniteMDP, Outcome, from_outcomes

CARDS = {**dict.fromkeys(range(1, 10), 1 / 13), 10: 4 / 13}
"""Probability of each value; an ace is 1 until it can count 11."""
SUMS, SHOWN = 22, 11
"""Player sums 0..21 and dealer cards 0..10 are the places of the table; the low ones are never reached."""


@component
class Blackjack:
    """Sutton and Barto, example 5.1; Gymnasium's ``Blackjack-v1`` with its default flags (a natural pays 1)."""

    kind: Literal["blackjack"] = "blackjack"

    def to_mdp(self) -> FiniteMDP:
        """S = (sum * 11 + dealer's card) * 2 + usable ace, with the sum as the player counts it; A = stick, hit."""

        def outcomes(s: int, a: int) -> list[Outcome]:
            rest, ace = divmod(s, 2)
            total, shown = divmod(rest, SHOWN)
            if not shown or total < 4:
                return [(1.0, s, 0.0, True)]
            if a == 0:
                odds = {-1.0: 0.0, 0.0: 0.0, 1.0: 0.0}
                for dealer, chance in dealer_totals(shown).items():
                    odds[float(np.sign(total - dealer))] += chance
                return [(chance, s, reward, True) for reward, chance in odds.items()]
            found = []
            for card, chance in CARDS.items():
                after, usable = add_card(total, bool(ace), card)
                if after > 21:
                    found.append((chance, s, -1.0, True))
                else:
                    found.append((chance, state(after, shown, usable), 0.0, False))
            return found

        start = np.zeros(SUMS * SHOWN * 2)
        for first, p in CARDS.items():
            for second, q in CARDS.items():
                total, usable = add_card(*add_card(0, False, first), second)
                for shown, r in CARDS.items():
                    start[state(total, shown, usable)] += p * q * r
        return from_outcomes(len(start), 2, outcomes, start)


def state(total: int, shown: int, usable: bool) -> int:
    """The number of an observation ``(player's sum, dealer's card, usable ace)``."""
    return (total * SHOWN + shown) * 2 + int(usable)


def add_card(total: int, usable: bool, card: int) -> tuple[int, bool]:
    """A hand's sum and whether it counts an ace as 11, after one more card."""
    hard = total - 10 * usable + card
    has_ace = usable or card == 1
    return (hard + 10, True) if has_ace and hard + 10 <= 21 else (hard, False)


def dealer_totals(shown: int) -> dict[int, float]:
    """Probability of each final sum of a dealer who shows ``shown``; 0 stands for going bust."""
    return _draw(*add_card(0, False, shown), first=True)


@cache
def _draw(total: int, usable: bool, first: bool = False) -> dict[int, float]:
    if total > 21:
        return {0: 1.0}
    if total >= 17 and not first:
        return {total: 1.0}
    found: dict[int, float] = {}
    for card, chance in CARDS.items():
        for end, probability in _draw(*add_card(total, usable, card)).items():
            found[end] = found.get(end, 0.0) + chance * probability
    return found
