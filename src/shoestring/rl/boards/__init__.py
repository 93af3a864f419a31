"""Games of two players on small boards, many boards at once. A union is the registry, chosen by ``kind``."""

from shoestring.rl.boards.connect import Connect
from shoestring.rl.boards.tic_tac_toe import TicTacToe

Board = TicTacToe | Connect
"""Rules: ``legal``, ``place``, ``lost`` and ``symmetries`` of boards [B, cells] as the player to move sees them.

With ``gravity`` an action is a column and the stone falls, without it a cell; ``lines`` [L, n] are those that win.
"""
