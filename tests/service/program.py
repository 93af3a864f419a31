"""The command line with the test recipe, whose preset ``clouds`` lies where ``TEST_PRESET`` says."""

import os
import sys

from shoestring.cli import main
from tests.recipes.logistic import TABLE

if __name__ == "__main__":
    sys.argv[1:] = [os.environ["TEST_PRESET"] if argument == "clouds" else argument for argument in sys.argv[1:]]
    main(recipes=TABLE)
