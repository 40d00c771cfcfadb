"""``python -m demomed``: the command line."""

from demomed.cli import main

if __name__ == "__main__":
    main()
