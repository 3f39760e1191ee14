"""`python -m csperf` is the command `csperf`."""

from csperf.cli import main

if __name__ == "__main__":
    main()
