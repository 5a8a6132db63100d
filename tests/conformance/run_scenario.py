"""Runs one scenario against a node of its own, in a folder of its own."""

import dataclasses
import shutil
import tempfile
import time
import traceback

import own_steps  # noqa: F401: registers its steps
from keeper import Keeper, no_deaths
from node_process import NodeDied
from outcome import outcome
from standin.services import Services, names
from steps import Expectation, UnknownStep, find, perform
from world import Refused, World


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


def calls_out(scenario):
    return any(host in (step.argument or "") for step in scenario.steps for host in names())


def run_scenario(scenario, binary, certificates, led=True, plan=no_deaths):
    """`led`: the node is led to the stand-ins, which the binary must be able to."""
    begun = time.monotonic()
    folder = tempfile.mkdtemp(prefix="endure-conformance-")
    run = Run(folder=folder)
    services = Services(certificates)
    keeper = Keeper(binary, folder, services.settings() if led else "", plan)
    world = World(keeper, services, folder)
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
        keeper.start()
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
