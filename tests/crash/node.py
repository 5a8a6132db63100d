"""The node that the crash tests kill: the one of tests/support, set up for their load."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

import node_process  # noqa: E402
from node_process import (  # noqa: E402, F401
    ROOT, Api, NodeDied, fault_points, free_port, has_fault_points)

PROCESSES = """\
run: { shell: true }
"""

# Workflow events alone and what is emitted: a load tells thousands of tasks.
SINKS = """\
events:
  sinks: ['{sink}']
  sink_types: ['io.serverlessworkflow.workflow.*', 'crash.*']
  keep_for: {keep_for}
"""


class Node(node_process.Node):
    def __init__(self, binary, folder, heartbeat="500ms", lost_after="2s", sink=None, keep_for="1h",
                 engine=None):
        settings = PROCESSES
        if sink is not None:
            settings += SINKS.format(sink=sink, keep_for=keep_for)
        super().__init__(binary, folder, heartbeat, lost_after, settings, engine)
