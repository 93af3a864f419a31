"""The command line with the test recipe in its table; ``python -m tests.cli.program`` is a real process."""

from shoestring.cli import main
from tests.recipes.logistic import TABLE

if __name__ == "__main__":
    main(recipes=TABLE)
