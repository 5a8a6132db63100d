#!/usr/bin/env python3
"""Whether the cluster's tests would see what they look for: two owners of a shard, and every way to split a network."""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from faults import partitions  # noqa: E402
from network import Network  # noqa: E402
from owners import Owners  # noqa: E402


def says(node, *claims):
    """What a node answers that owns these (shard, epoch)."""
    return {"node": node, "shards": [{"shard": shard, "owner": node, "epoch": epoch, "here": True}
                                     for shard, epoch in claims]}


class OwnersTest(unittest.TestCase):
    def setUp(self):
        self.owners = Owners()

    def test_moves_are_legal(self):
        self.owners.heard(says("a", (1, 1), (2, 1)), 0, 1)
        self.owners.heard(says("b", (1, 2)), 2, 3)
        self.owners.heard(says("a", (1, 3), (2, 1)), 4, 5)
        self.assertEqual(self.owners.problems, [])
        self.assertEqual(self.owners.claims, 5)

    def test_two_owners_at_one_epoch_are_found_however_late(self):
        self.owners.heard(says("a", (1, 4)), 0, 1)
        self.owners.heard(says("b", (1, 4)), 1_000, 1_001)
        self.assertIn("a and b have both owned shard 1 at epoch 4", self.owners.problems[0])

    def test_an_old_owner_that_still_claims_is_found(self):
        self.owners.heard(says("a", (1, 1)), 0, 1)
        self.owners.heard(says("b", (1, 2)), 2, 3)
        self.owners.heard(says("a", (1, 1)), 4, 5)
        self.assertEqual(self.owners.problems, ["a claims shard 1 at epoch 1 after b had it at epoch 2"])

    def test_an_answer_that_was_asked_for_before_says_nothing(self):
        self.owners.heard(says("b", (1, 2)), 2, 3)
        self.owners.heard(says("a", (1, 1)), 2, 9)
        self.assertEqual(self.owners.problems, [])

    def test_hearsay_is_no_claim(self):
        self.owners.heard(says("a", (1, 1)), 0, 1)
        answer = says("b", (1, 1))
        answer["shards"][0]["here"] = False
        self.owners.heard(answer, 2, 3)
        self.assertEqual(self.owners.problems, [])


class SplitsTest(unittest.TestCase):
    def test_all_splits_are_there_once(self):
        # Bell's numbers, without the one way in which all are together.
        for count, ways in ((2, 1), (3, 4), (4, 14), (5, 51)):
            names = [f"n{i}" for i in range(count)]
            found = {frozenset(frozenset(group) for group in way) for way in partitions(names)}
            self.assertEqual(len(found), ways)
            self.assertEqual(len(partitions(names)), ways)
            self.assertTrue(all(sorted(sum(way, [])) == names for way in partitions(names)))

    def test_a_split_cuts_between_groups_alone(self):
        class Nowhere(Network):
            def apply(self):
                pass
        network = Nowhere(["a", "b", "c"])
        network.split([["a", "c"], ["b"]])
        self.assertEqual({pair for pair in network.pairs() if network.state[pair][0]},
                         {("a", "b"), ("b", "a"), ("b", "c"), ("c", "b")})
        network.mend()
        self.assertFalse(any(network.state[pair][0] for pair in network.pairs()))


if __name__ == "__main__":
    unittest.main()
