#!/usr/bin/env python3
"""Runs the scenarios of the Open Workflow conformance test kit, and Endure's own, against real nodes.

  script/conformance                         every scenario, each on a node of its own
  script/conformance --durable               and each again, with a kill -9 after every commit
  script/conformance --only try --binary B   those whose file, feature or name matches a pattern

Exit codes: 0 all held; 1 something did not; 77 the kit is not there, or the binary lacks what a run needs.
"""

import argparse
import concurrent.futures
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[0] / "support"))
sys.path.insert(0, str(HERE.parents[1] / "clients" / "python"))

from gherkin import GherkinError, read_feature  # noqa: E402
from keeper import at_random, every_commit  # noqa: E402
from node_process import ROOT, fault_points, has_fault_points  # noqa: E402
from outcome import differs  # noqa: E402
from report import Report  # noqa: E402
from run_scenario import Run, Setting, calls_out, run_scenario, unknown_steps  # noqa: E402
from standin.certificates import Certificates  # noqa: E402
from standin.services import names  # noqa: E402

SPECIFICATION = ROOT.parent / "shared" / "open-workflow"
OWN = HERE / "scenarios"
NO_STAND_INS = ("this binary has no setting http_client.connect_to, so its calls cannot be led to the "
                "stand-ins, and no scenario leaves this machine")


def say(text):
    print(text, flush=True)


def read_all(folder):
    return [scenario for path in sorted(Path(folder).rglob("*.feature")) for scenario in read_feature(path)]


def read_examples(folder):
    """The scenarios of the specification's examples."""
    if not list(folder.glob("*.yaml")):
        say(f"not run: there are no examples of the specification in {folder}; --examples names their folder")
        return []
    return read_all(HERE / "examples")


def matches(scenario, pattern):
    text = f"{scenario.path.stem}: {scenario.feature}: {scenario.name} {' '.join(sorted(scenario.tags))}"
    return re.search(pattern, text, re.IGNORECASE) is not None


class Runner:
    def __init__(self, options, certificates):
        self.durable = options.durable
        self.seed = options.seed
        self.report = Report(facts(options))
        self.setting = Setting(options.binary, certificates, options.examples,
                               led=leads_to_stand_ins(options.binary), may_repeat_calls=options.seed is not None)

    def run_set(self, kind, scenarios, pool):
        """All scenarios of a set; those of the durable run come right after their plain ones."""
        for scenario, (plain, durable) in zip(scenarios, pool.map(self._run, scenarios)):
            self._tell(kind, scenario, plain)
            if durable is not None:
                self._tell(f"durable {kind}", scenario, durable)

    def _run(self, scenario):
        problems = unknown_steps(scenario)
        if not problems and not self.setting.led and calls_out(scenario, self.setting.examples):
            problems = [NO_STAND_INS]
        if problems:
            run = Run("; ".join(problems))
            return run, (run if self.durable else None)
        plain = run_scenario(scenario, self.setting)
        if not self.durable:
            return plain, None
        if plain.problem:
            return plain, Run("its plain run did not hold")
        return plain, self._run_durable(scenario, plain)

    def _run_durable(self, scenario, plain):
        plan = every_commit
        if self.seed is not None:
            plan = at_random(f"{self.seed} {scenario.path.name} {scenario.name}", fault_points())
        run = run_scenario(scenario, self.setting, plan)
        if run.problem is None:
            found = differs(run.outcome, plain.outcome, "@any-order" in scenario.tags)
            if found:
                run.problem = f"it differs from the run without deaths (that is: should be …): {found}"
        return run

    def _tell(self, kind, scenario, run):
        self.report.add(kind, scenario, run)
        deaths = f", {run.deaths} kills" if kind.startswith("durable") else ""
        mark = "FAILED" if run.problem else "ok    "
        say(f"{mark} {kind}: {scenario.feature}: {scenario.name} ({run.seconds:.1f} s{deaths})")
        if run.problem:
            say("       " + run.problem.strip().replace("\n", "\n       "))
            if run.folder:
                say(f"       the node's folder: {run.folder}")


def facts(options):
    version = subprocess.run([options.binary, "--version"], capture_output=True, text=True, check=False)
    return {"version": version.stdout.strip(), "kit": "the specification's conformance test kit",
            "deaths": "none" if not options.durable else "after every commit" if options.seed is None
            else f"at random points, seed {options.seed}"}


def leads_to_stand_ins(binary):
    known = subprocess.run([binary, "config", "reference"], capture_output=True, text=True, check=False)
    return "connect_to" in known.stdout


def arguments():
    parser = argparse.ArgumentParser(prog="script/conformance", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default=os.environ.get("ENDURE_BIN"), metavar="BIN",
                        help="the endure binary (else $ENDURE_BIN, else one is built)")
    parser.add_argument("--kit", type=Path, default=SPECIFICATION / "ctk", metavar="FOLDER",
                        help="the kit's feature files (default: ../shared/open-workflow/ctk)")
    parser.add_argument("--examples", type=Path, default=SPECIFICATION / "examples", metavar="FOLDER",
                        help="the specification's examples (default: ../shared/open-workflow/examples)")
    parser.add_argument("--durable", action="store_true",
                        help="run each scenario again with a kill -9 of the node after every commit")
    parser.add_argument("--seed", type=int, metavar="N",
                        help="with --durable: die at points and moments drawn by this seed instead")
    parser.add_argument("--only", default="", metavar="PATTERN",
                        help="only scenarios whose file, feature, name or tag matches this regular expression")
    parser.add_argument("--report", default=str(ROOT / "build" / "conformance" / "report"), metavar="FILE",
                        help="writes FILE.json and FILE.md (default: build/conformance/report)")
    parser.add_argument("--jobs", type=int, default=max(2, os.cpu_count() or 1), metavar="N",
                        help="scenarios at a time (default: a node for each core)")
    options = parser.parse_args()
    if not options.binary:
        parser.error("--binary or ENDURE_BIN must name the endure binary")
    options.binary = str(Path(options.binary).resolve())
    return options


def main():
    options = arguments()
    if not list(options.kit.glob("*.feature")):
        say(f"skipped: there are no feature files of the conformance test kit in {options.kit}; "
            "--kit names their folder")
        return 77
    if options.durable and not has_fault_points(options.binary):
        say(f"skipped: {options.binary} was built without fault points, which --durable needs "
            "(presets dev and ci have them)")
        return 77
    try:
        sets = {"kit": read_all(options.kit), "own": read_all(OWN), "examples": read_examples(options.examples)}
    except GherkinError as error:
        say(str(error))
        return 1
    with tempfile.TemporaryDirectory(prefix="endure-certificates-") as folder:
        runner = Runner(options, Certificates(folder, names()))
        with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
            for kind, scenarios in sets.items():
                runner.run_set(kind, [each for each in scenarios if matches(each, options.only)], pool)
    return tell_end(runner.report, options)


def tell_end(report, options):
    base = report.write(options.report)
    for line in report.summary():
        say(line)
    say(f"report: {base}.md, {base}.json")
    if not report.sets:
        say(f"no scenario matches {options.only!r}")
        return 1
    return 0 if report.held() else 1


if __name__ == "__main__":
    sys.exit(main())
