import numpy as np

from shoestring.rl.boards.lines import has_line, winning_lines


def test_there_are_as_many_lines_as_one_counts():
    assert len(winning_lines(3, 3, 3)) == 8
    assert len(winning_lines(6, 6, 4)) == 6 * 3 * 2 + 2 * 3 * 3
    assert len(winning_lines(6, 7, 4)) == 69, "the known number of four in a row"
    assert all(len(set(line)) == 4 for line in winning_lines(6, 6, 4).tolist())


def test_a_line_counts_wherever_it_lies_and_a_gap_does_not():
    lines = winning_lines(6, 6, 4)
    board = np.zeros((3, 6, 6), dtype=bool)
    board[0, [1, 2, 3, 4], [4, 3, 2, 1]] = True
    board[1, 0, [0, 1, 2, 4, 5]] = True
    # Four in the order of the cells that go around the edge of the board are no line.
    board[2, 2, [4, 5]] = board[2, 3, [0, 1]] = True
    assert has_line(board.reshape(3, 36), lines).tolist() == [True, False, False]
