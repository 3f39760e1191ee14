"""Write the sample department: `python -m csperf.simulate FOLDER`."""

import argparse
from pathlib import Path

from csperf.simulate.sample_files import SAMPLE_SEED, write_sample

if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        prog="python -m csperf.simulate", description="Write a made-up shop's exports into FOLDER."
    )
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("--seed", type=int, default=SAMPLE_SEED, help="default: %(default)s")
    arguments = parser.parse_args()
    write_sample(arguments.folder, arguments.seed)
