"""The table of steps: a sentence of a feature file and the function that does or checks it."""

import re

_TABLE = []


class Expectation(AssertionError):
    """What a scenario expects did not come about."""


class UnknownStep(Exception):
    """A sentence that no function is registered for."""


def step(pattern):
    """Registers a function for the sentences that match `pattern` as a whole; the groups and, where there is one,
    the doc string become its arguments."""

    def register(function):
        _TABLE.append((re.compile(pattern), function))
        return function

    return register


def expect(holds, what):
    if not holds:
        raise Expectation(what)


def find(text):
    """The function and the groups for a sentence."""
    found = [(function, match) for pattern, function in _TABLE
             for match in [pattern.fullmatch(text)] if match]
    if len(found) != 1:
        kind = "is not known" if not found else "is known twice"
        raise UnknownStep(f"the step “{text}” {kind}")
    function, match = found[0]
    return function, match.groupdict()


def perform(world, one):
    function, groups = find(one.text)
    if one.argument is not None:
        groups["text"] = one.argument
    elif one.text.endswith(":"):
        raise UnknownStep(f"the step “{one.text}” lacks its doc string")
    function(world, **groups)
