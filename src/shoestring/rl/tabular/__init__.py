"""Tabular control. A union is the registry, chosen by ``kind``.

A ``TabularMethod`` has ``build(seeds, states, actions)``: as many independent learners as there are seeds, side by side
in one array.
"""

from shoestring.rl.tabular.double_q import DoubleQ
from shoestring.rl.tabular.dyna_q import DynaQ
from shoestring.rl.tabular.expected_sarsa import ExpectedSarsa
from shoestring.rl.tabular.monte_carlo import MonteCarlo
from shoestring.rl.tabular.q_learning import QLearning
from shoestring.rl.tabular.sarsa import Sarsa
from shoestring.rl.tabular.sarsa_lambda import SarsaLambda
from shoestring.rl.tabular.watkins_q import WatkinsQ

TabularMethod = QLearning | Sarsa | ExpectedSarsa | SarsaLambda | WatkinsQ | DoubleQ | DynaQ | MonteCarlo
