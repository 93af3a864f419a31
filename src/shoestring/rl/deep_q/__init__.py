"""The parts that a deep Q agent is put together from. Four unions are the registry, each chosen by ``kind``.

- ``Selection``: ``choose(own [B, n], target [B, n]) -> [B]``, the action whose value a target looks up.
- ``Streams``: ``outputs(n, K)``, the width of the last layer; ``combine`` makes [B, n, K] of it, ``adjoint`` the
  way back for gradients.
- ``Values``: K numbers for each action; ``expectation``, ``target`` and ``gradient`` say what they mean.
- ``Sampling``: ``build(capacity)``; what it builds draws rows of a replay memory and weighs them.
"""

from shoestring.rl.deep_q.c51 import C51
from shoestring.rl.deep_q.double import DoubleSelection
from shoestring.rl.deep_q.dueling import DuelingStreams
from shoestring.rl.deep_q.expected import ExpectedValues
from shoestring.rl.deep_q.maximum import MaxSelection
from shoestring.rl.deep_q.prioritised import Prioritised
from shoestring.rl.deep_q.single import SingleStream
from shoestring.rl.deep_q.uniform import Uniform

Selection = MaxSelection | DoubleSelection
Streams = SingleStream | DuelingStreams
Values = ExpectedValues | C51
Sampling = Uniform | Prioritised
