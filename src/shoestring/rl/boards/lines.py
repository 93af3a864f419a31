"""Stones in a row: what decides every game here."""

import numpy as np


def winning_lines(rows: int, columns: int, length: int) -> np.ndarray:
    """The cells of every straight line of ``length``, across, down and along both diagonals: int64 [L, length]."""
    found = []
    for row in range(rows):
        for column in range(columns):
            for down, right in ((0, 1), (1, 0), (1, 1), (1, -1)):
                end_row, end_column = row + down * (length - 1), column + right * (length - 1)
                if 0 <= end_row < rows and 0 <= end_column < columns:
                    found.append([(row + down * k) * columns + column + right * k for k in range(length)])
    return np.array(found, dtype=np.int64)


def has_line(stones: np.ndarray, lines: np.ndarray) -> np.ndarray:
    """Whether boards of one player's stones, bool [B, cells], hold a line [B]."""
    found: np.ndarray = stones[:, lines].all(axis=2).any(axis=1)
    return found
