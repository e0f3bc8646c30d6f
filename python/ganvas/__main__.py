"""The command line: ``python -m ganvas demo``, or ``ganvas demo``."""

import argparse
import sys

from . import __version__
from ._demo import demo
from ._run.ranks import started
from .exceptions import GanvasError
from .objectives import names


def main(arguments: list[str] | None = None) -> int:
    """Run a command.

    Parameters
    ----------
    arguments : list of str or None
        None uses those of the process.

    Returns
    -------
    int
        Exit status.
    """
    parser = argparse.ArgumentParser(prog="ganvas", description="Generative models for people who work in notebooks.")
    parser.add_argument("--version", action="version", version=f"ganvas {__version__}")
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser(
        "demo", help="train a GAN and plot samples", formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    command.add_argument(
        "--data", metavar="FOLDER|FILE", help="folder of images, or array in a .npy or IDX file; default: digits"
    )
    command.add_argument("--epochs", type=int, help="passes over the data; default: about 200,000 samples in total")
    command.add_argument(
        "--size", type=int, help="side of the images in pixels; default: 16 for digits, 32 for a folder"
    )
    command.add_argument("--objective", choices=names(), help="pair of loss functions; default: that of GanTrainer")
    command.add_argument("--out", default="demo", help="folder for pictures and checkpoint")
    command.add_argument("--seed", type=int, default=0, help="random seed")
    options = vars(parser.parse_args(arguments))
    options.pop("command")
    try:
        with started():
            demo(**options)
    except (GanvasError, OSError) as error:
        print(f"ganvas: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("ganvas: interrupted", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
