"""The node that the crash tests kill: tests/support/node_process.py, under the name used here."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from node_process import (  # noqa: E402, F401
    ROOT, Api, Node, NodeDied, fault_points, free_port, has_fault_points)
