"""``python -m shoestring`` is the command line."""

from shoestring.cli import main

if __name__ == "__main__":
    main()
