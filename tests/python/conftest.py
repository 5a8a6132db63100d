"""Lets the tests import the package from the source tree, and gives them a node to talk to."""

import pathlib
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "clients" / "python"))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from fake_node import FakeNode  # noqa: E402


@pytest.fixture
def node():
    fake = FakeNode()
    yield fake
    fake.close()
