"""Runs one scenario against a node of its own, in a folder of its own."""

import dataclasses
import re
import shutil
import tempfile
import time
import traceback
from pathlib import Path

import example_steps
import own_steps  # noqa: F401: registers its steps
from keeper import Keeper, no_deaths
from node_process import NodeDied
from outcome import outcome
from standin.services import Services, names
from steps import Expectation, UnknownStep, find, perform
from world import Refused, World


@dataclasses.dataclass
class Setting:
    """What all scenarios of a run have in common."""

    binary: str
    certificates: object
    examples: Path
    led: bool  # the node is led to the stand-ins, which its binary must be able to
    may_repeat_calls: bool  # deaths at random points


@dataclasses.dataclass
class Run:
    """What became of it. `problem` is None where all held."""

    problem: str = None
    seconds: float = 0.0
    deaths: int = 0
    outcome: dict = None
    repeated: int = 0
    folder: str = None  # kept where something did not hold


def unknown_steps(scenario):
    """The sentences that nothing is registered for, before anything is started."""
    problems = []
    for step in scenario.steps:
        try:
            find(step.text)
        except UnknownStep as error:
            problems.append(f"line {step.line}: {error}")
    return problems


def calls_out(scenario, examples):
    """Whether any of its definitions names a host that the stand-ins play."""
    texts = [step.argument or "" for step in scenario.steps]
    example = example_steps.example_of(scenario)
    if example:
        texts.append((examples / example).read_text(encoding="utf-8"))
    return any(re.search(rf"https?://{re.escape(host)}\b", text) for text in texts for host in names())


def run_scenario(scenario, setting, plan=no_deaths):
    """`setting`: what all scenarios of a run have in common."""
    begun = time.monotonic()
    folder = tempfile.mkdtemp(prefix="endure-conformance-")
    run = Run(folder=folder)
    services = Services(setting.certificates)
    keeper = Keeper(setting.binary, folder, services, services.settings() if setting.led else "", plan)
    world = World(keeper, services, folder, setting.examples)
    world.may_repeat_calls = setting.may_repeat_calls
    try:
        run.problem = _perform(scenario, world, keeper, run)
        if not run.problem:
            run.problem = keeper.end()
    except (NodeDied, OSError) as error:
        run.problem = f"{type(error).__name__}: {error}"
    finally:
        world.stop_workers()
        keeper.discard()
        services.close()
    run.deaths, run.repeated = keeper.deaths, len(world.repeated)
    run.seconds = time.monotonic() - begun
    if not run.problem:
        shutil.rmtree(folder)
        run.folder = None
    return run


def _perform(scenario, world, keeper, run):
    step = None
    try:
        for step in scenario.steps:
            perform(world, step)
        run.outcome = outcome(world)
    except (Expectation, UnknownStep, NodeDied) as error:
        return f"line {step.line if step else scenario.line}: {error}"
    except Refused as error:
        problems = [f"{each.get('pointer')}: {each.get('detail')}" for each in error.problem.get("errors", [])]
        return f"line {step.line}: the definition is refused: {'; '.join(problems) or error}"
    except Exception:  # a fault of the runner itself must not end the others
        return f"line {step.line if step else scenario.line}: {traceback.format_exc()}"
    return None
