#!/usr/bin/env python3
"""The verdict on a long run: what grows is found, what wavers or was wild for a moment is not."""

import random
import sys
import unittest

from flatness import BOUNDS, Verdict, by_round, slope, verdicts


def series(rounds, base, growth=0.0, noise=0.0, seed=1):
    chance = random.Random(seed)
    return [base + growth * n + chance.uniform(-noise, noise) for n in range(rounds)]


class Flatness(unittest.TestCase):
    def says(self, flat, figure, values):
        verdict = Verdict(figure, values)
        self.assertIs(verdict.is_flat, flat, str(verdict))

    def test_what_stays_is_flat(self):
        self.says(True, "anonymous_mb", series(60, 40.0))

    def test_noise_is_flat(self):
        for seed in range(50):
            self.says(True, "anonymous_mb", series(60, 40.0, noise=3.0, seed=seed))

    def test_a_leak_is_found_under_noise(self):
        for seed in range(50):
            self.says(False, "anonymous_mb", series(60, 40.0, growth=0.2, noise=3.0, seed=seed))

    def test_one_descriptor_every_few_rounds_is_found(self):
        self.says(False, "descriptors", [50 + n // 5 for n in range(60)])

    def test_growth_that_has_ended_is_flat(self):
        self.says(True, "map_used_mb", [min(n, 10) * 4.0 for n in range(60)])

    def test_a_wild_round_does_not_count(self):
        values = series(60, 40.0, noise=0.5)
        values[55] = 400.0
        self.says(True, "anonymous_mb", values)

    def test_shrinking_is_flat(self):
        self.says(True, "workflows", series(60, 5000.0, growth=-20.0))

    def test_a_short_run_says_nothing(self):
        self.says(None, "threads", series(6, 20.0, growth=5.0))
        self.says(None, "threads", [])

    def test_rounds_are_compared_in_the_same_part(self):
        rows = [{"round": n, "part": part, "threads": 20 if part == "steady" else 90}
                for n in range(20) for part in ("deaths", "steady", "steady")]
        self.assertEqual(by_round(rows, "threads", "steady"), [20] * 20)

    def test_every_figure_has_its_verdict(self):
        rows = [{"round": n, "part": "steady", **{figure: 10 for figure in BOUNDS}}
                for n in range(20)]
        found = verdicts(rows, "steady")
        self.assertEqual({verdict.figure for verdict in found}, set(BOUNDS))
        self.assertTrue(all(verdict.is_flat for verdict in found))

    def test_the_slope_of_a_line_is_its_own(self):
        self.assertAlmostEqual(slope(series(10, 3.0, growth=0.5)), 0.5)


if __name__ == "__main__":
    sys.exit(unittest.main())
