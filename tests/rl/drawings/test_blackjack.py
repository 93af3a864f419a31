import numpy as np

from shoestring.rl.drawings.blackjack import draw_blackjack
from shoestring.rl.envs.blackjack import state


def test_the_hands_are_read_from_the_state():
    drawing = draw_blackjack()
    seen = np.array([state(15, 10, True)])
    assert drawing.words(seen) == "15 with an ace as 11 against 10"
    texts = [shape.text for shape in drawing.frame(seen, 1)]
    assert texts == ["15", "10", "an ace counts 11", "hit"]
    assert drawing.frame(np.array([state(20, 1, False)]), None)[3].text == ""
