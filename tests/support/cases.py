"""The cases of a test that wants a built program, from the command line: `--binary`, or ENDURE_BIN."""

import argparse
import os
import sys
import unittest
from pathlib import Path

SKIPPED = 77  # for ctest


def parse(module, **options):
    """Sets the module's BINARY. What argparse read; what is left over is unittest's. `options`: further
    ones, as name and what argparse is told of it."""
    parser = argparse.ArgumentParser(description=module.__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default=os.environ.get("ENDURE_BIN"))
    for name, about in options.items():
        parser.add_argument(f"--{name}", **about)
    read, rest = parser.parse_known_args()
    if not read.binary:
        parser.error("--binary or ENDURE_BIN must name the endure binary")
    module.BINARY = read.binary
    return read, rest


def run(module, beside=None):
    """Runs the cases. `beside`: what must lie beside the program, or they are skipped."""
    _, rest = parse(module)
    return run_parsed(module, rest, beside)


def run_parsed(module, rest, beside=None):
    if beside and not (Path(module.BINARY).parent / beside).exists():
        print(f"{beside} is not beside {module.BINARY}")
        return SKIPPED
    unittest.main(module=module, argv=[sys.argv[0], *rest])
    return 0
