#!/usr/bin/env python3
"""The runner of the scenarios finds what it is there to find. No node is needed."""

import sys
import tempfile
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[0] / "support"))
sys.path.insert(0, str(HERE.parents[1] / "clients" / "python"))

from gherkin import GherkinError, read_feature  # noqa: E402
from keeper import at_random, every_commit  # noqa: E402
from kit_steps import runs_first, same_error, task_cancels  # noqa: E402
from outcome import _plain, differs  # noqa: E402
from run_scenario import unknown_steps  # noqa: E402
from steps import Expectation, UnknownStep, find  # noqa: E402
from values import at_path, difference, read_yaml  # noqa: E402

FEATURE = '''\
# a comment
Feature: One
  As somebody
  I want something

  @slow @any-order
  Scenario: First
    Given a workflow with definition:
      """yaml
      do:
        - a: 1

      """
    When the workflow is executed
  Scenario: Second
    Then the workflow should complete
'''


def read(text):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.feature"
        path.write_text(text, encoding="utf-8")
        return read_feature(path)


class Reader(unittest.TestCase):
    def test_scenarios_with_their_tags_steps_and_doc_strings(self):
        first, second = read(FEATURE)
        self.assertEqual((first.feature, first.name, first.tags), ("One", "First", {"@slow", "@any-order"}))
        self.assertEqual(first.steps[0].argument, "do:\n  - a: 1\n\n")
        self.assertEqual([each.text for each in first.steps],
                         ["a workflow with definition:", "the workflow is executed"])
        self.assertEqual((second.name, second.tags, second.line), ("Second", set(), 15))

    def test_what_is_not_understood_is_an_error_with_its_line(self):
        for text, line in ((FEATURE + "  Scenario Outline: x\n", 17), ("Scenario: x\n  nonsense\n", 2),
                           (FEATURE.replace('"""\n    When', "When"), 9), ("Given x\n", 1)):
            with self.assertRaisesRegex(GherkinError, f":{line}: "):
                read(text)


class Values(unittest.TestCase):
    def test_yaml_is_read_by_its_json_schema(self):
        got = read_yaml("{ a: on, b: 2026-01-01, c: 012, d: null, e: true, f: 1.5, g: '7', h: 1e3, i: -4, j: no }")
        self.assertEqual(got, {"a": "on", "b": "2026-01-01", "c": "012", "d": None, "e": True, "f": 1.5, "g": "7",
                               "h": 1000.0, "i": -4, "j": "no"})

    def test_differences_are_found_and_named(self):
        same = {"a": [1, {"b": None}]}
        self.assertIsNone(difference(same, {"a": [1.0, {"b": None}]}))
        for other, where in (({"a": [1, {"b": 0}]}, "/a/1/b"), ({"a": [1]}, "/a"), ({}, "/a"),
                             ({"a": [True, {"b": None}]}, "/a/0"), ({**same, "c": 1}, "/c")):
            self.assertIn(where, difference(same, other))
            self.assertIsNotNone(difference(other, same))

    def test_paths(self):
        value = {"a": {"b": [{"c": None}]}}
        self.assertEqual(at_path(value, "a.b.0.c"), (True, None))
        for path in ("a.c", "a.b.1", "a.b.0.c.d"):
            self.assertFalse(at_path(value, path)[0])


class Steps(unittest.TestCase):
    def test_every_sentence_of_own_scenarios_is_known_once(self):
        scenarios = [each for folder in ("scenarios", "examples") for path in (HERE / folder).glob("*.feature")
                     for each in read_feature(path)]
        self.assertGreater(len(scenarios), 100)
        for scenario in scenarios:
            self.assertEqual(unknown_steps(scenario), [], f"{scenario.path}: {scenario.name}")

    def test_a_sentence_that_is_not_known_is_an_error(self):
        for text in ("the workflow should explode", "workflow is executed", ""):
            with self.assertRaises(UnknownStep):
                find(text)


class MadeUpWorld:
    """Answers with one history."""

    def __init__(self, *entries):
        self._entries = [{"kind": kind, "task": task} for kind, task in entries]

    def ended(self, _who=None):
        return {"phase": "completed"}

    def entries(self, _who=None):
        return self._entries


class Expectations(unittest.TestCase):
    def test_the_order_of_tasks_is_read_from_the_history(self):
        world = MadeUpWorld(("started", ""), ("task_started", "/do/0/a"), ("task_started", "/do/0/a/do/0/b"))
        runs_first(world, "a")
        with self.assertRaises(Expectation):
            runs_first(world, "b")

    def test_a_task_that_ended_was_not_cancelled(self):
        task_cancels(MadeUpWorld(("task_started", "/do/0/a")), "a")
        for entries in ([("task_started", "/do/0/a"), ("task_completed", "/do/0/a")], []):
            with self.assertRaises(Expectation):
                task_cancels(MadeUpWorld(*entries), "a")

    def test_an_error_must_have_what_is_named(self):
        got = {"type": "t", "status": 400, "detail": "d"}
        same_error(got, {"type": "t", "status": 400})
        for expected in ({"type": "u"}, {"status": "400"}, {"title": "x"}):
            with self.assertRaises(Expectation):
                same_error(got, expected)


class Outcomes(unittest.TestCase):
    def outcome(self, *entries):
        return {"ns/w": {"shown": {"phase": "completed", "transition": len(entries)},
                         "history": [{"event": "x", "entries": [entry]} for entry in entries]}}

    def test_two_runs_differ_by_more_than_times(self):
        one, two = ({"detail": "retry 1 in 20 ms", "id": "0b7f5a5e-52a4-4d2a-9f6c-0d3a0a3d3c11",
                     "data": ["2026-01-31T12:00:00.000Z"]},
                    {"detail": "retry 1 in 93 ms", "id": "1b7f5a5e-52a4-4d2a-9f6c-0d3a0a3d3c11",
                     "data": ["2026-01-31T12:00:09.999+01:00"]})
        self.assertEqual(_plain(one), _plain(two))
        self.assertNotEqual(_plain(one), _plain({**two, "detail": "retry 2 in 93 ms"}))

    def test_lost_doubled_and_moved_entries_are_found(self):
        good = self.outcome({"kind": "a"}, {"kind": "b"})
        self.assertIsNone(differs(good, self.outcome({"kind": "a"}, {"kind": "b"}), False))
        for bad in (self.outcome({"kind": "a"}), self.outcome({"kind": "a"}, {"kind": "b"}, {"kind": "b"})):
            self.assertIsNotNone(differs(bad, good, False))
            self.assertIsNotNone(differs(bad, good, True))
        moved = self.outcome({"kind": "b"}, {"kind": "a"})
        self.assertIsNotNone(differs(moved, good, False))
        self.assertIsNone(differs(moved, good, True))


class Deaths(unittest.TestCase):
    def test_a_seed_draws_the_same_deaths_and_every_second_life_makes_a_commit(self):
        points = ["a", "b", "c"]
        one, two, other = (at_random(seed, points) for seed in ("7", "7", "8"))
        drawn = [one(life) for life in range(40)]
        self.assertEqual(drawn, [two(life) for life in range(40)])
        self.assertNotEqual(drawn, [other(life) for life in range(40)])
        self.assertEqual(set(drawn[::2]), {every_commit(0)})


if __name__ == "__main__":
    unittest.main()
