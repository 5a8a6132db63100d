#!/usr/bin/env python3
"""Every example of the specification: is it what examples.yaml expects, and does a scenario run it?

  examples_test.py --binary build/ci/bin/endure

Exit codes: 0 all is as expected; 1 something is not; 77 the examples are not there.
"""

import argparse
import os
import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[0] / "support"))
sys.path.insert(0, str(HERE.parents[1] / "clients" / "python"))

from example_steps import example_of  # noqa: E402
from gherkin import read_feature  # noqa: E402
from node_process import ROOT  # noqa: E402
from values import read_yaml  # noqa: E402

EXAMPLES = 68
SPECIFICATION = ROOT.parent / "shared" / "open-workflow"
TABLE = ROOT / "docs" / "language.md"
POINTER = re.compile(r"line \d+, ([^:]+):")


def problems_of(binary, path):
    """Nothing for a valid definition, else what is told, by pointer."""
    done = subprocess.run([binary, "validate", str(path)], capture_output=True, text=True, check=False)
    lines = (done.stderr + done.stdout).splitlines()
    if done.returncode == 0:
        return {}
    return {found.group(1): line for line in lines for found in [POINTER.search(line)] if found} or {"": "\n".join(lines)}


def run_by_scenarios():
    return {example_of(scenario) for path in sorted((HERE / "examples").glob("*.feature"))
            for scenario in read_feature(path)}


def check_examples(binary, folder, expected, elsewhere):
    files = sorted(folder.glob("*.yaml"))
    run = run_by_scenarios()
    if len(files) != EXAMPLES:
        yield f"{folder} holds {len(files)} examples, not {EXAMPLES}"
    names = {path.name for path in files}
    for name in sorted((set(expected) | run) - names):
        yield f"{name} is expected, but no example of that name is there"
    for path in files:
        told = {} if path.name in elsewhere else problems_of(binary, path)
        if told and path.name not in expected:
            yield f"{path.name} is refused: {'; '.join(told.values())}"
        elif told and expected[path.name] not in told:
            yield f"{path.name} is not refused at {expected[path.name]}: {'; '.join(told.values())}"
        elif not told and path.name in expected:
            yield f"{path.name} is valid now: strike it from examples.yaml"
        elif not told and path.name not in run:
            yield f"{path.name} is valid, and no scenario in examples/ runs it"


def check_invalid(binary, folder, expected):
    for name, pointer in expected.items():
        if not (folder / name).is_file():
            yield f"{name} is expected, but no fixture of that name is there"
            continue
        told = problems_of(binary, folder / name)
        if pointer not in told:
            yield f"{name} is not refused at {pointer}: {'; '.join(told.values()) or 'it is taken'}"


def check_table(expected):
    """What is refused must stand in the table for people, too."""
    text = TABLE.read_text(encoding="utf-8")
    for name in expected:
        if f"`{name.removesuffix('.yaml')}`" not in text:
            yield f"{name} is refused, and {TABLE.name} does not say why"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default=os.environ.get("ENDURE_BIN"), help="the endure binary (else $ENDURE_BIN)")
    parser.add_argument("--specification", type=Path, default=SPECIFICATION, metavar="FOLDER",
                        help="the folder that holds examples/ and invalid/")
    options = parser.parse_args()
    if not options.binary:
        parser.error("--binary or ENDURE_BIN must name the endure binary")
    if not list((options.specification / "examples").glob("*.yaml")):
        print(f"skipped: there are no examples of the specification in {options.specification / 'examples'}; "
              "--specification names their folder")
        return 77
    expected = read_yaml((HERE / "examples.yaml").read_text(encoding="utf-8"))
    refused, elsewhere = expected["refused"], expected["elsewhere"]
    problems = [*check_examples(options.binary, options.specification / "examples", refused, elsewhere),
                *check_invalid(options.binary, options.specification / "invalid", expected["invalid"]),
                *check_table(refused)]
    for problem in problems:
        print(problem)
    print(f"{EXAMPLES - len(refused)}/{EXAMPLES} examples are valid, {len(refused)} are refused as expected, "
          f"{len(expected['invalid'])} invalid fixtures are refused; {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
