#!/usr/bin/env python3
"""Runs each workload of `endure bench` in a short form and checks what it reports: that all work was done and
that the figures are there. How large they are is nobody's business here.

usage: bench_test.py --binary BINARY [--python PYTHON] [WORKLOAD...]
"""

import argparse
import json
import subprocess
import sys
import tempfile

COMMON = ["cpu_s", "rss_peak_mb"]
LATENCIES = ["p50_ms", "p95_ms", "p99_ms", "max_ms"]
LIMITS = ["limit.lmdb_transitions_per_s", "limit.ratio", "limit.fdatasync_per_s", "limit.caf_messages_per_s",
          "limit.commit_ms"]
W1 = (["workflows_per_s", "transitions_per_s", "commits", "mean_batch", "fsyncs", "written_bytes",
       "processes.node.cpu_s", "processes.node.rss_peak_mb"] + COMMON + LATENCIES + LIMITS)

# What is run, the figures that must be above zero, and those that must have a value.
WORKLOADS = {
    "w1": (["w1", "--native", "--workflows", "300", "--concurrency", "32"], W1,
           {"workload": "w1", "workflows": 300, "concurrency": 32, "mode": "native"}),
    "w1b": (["w1b", "--native", "--workflows", "20"], W1 + ["limit.p50_in_commits"],
            {"workload": "w1b", "workflows": 20, "concurrency": 1}),
    "w1_text": (["w1", "--workflows", "50", "--concurrency", "8", "--text", "65536"], W1, {"workload": "w1"}),
    "w1_cpp": (["w1", "--worker", "cpp", "--workflows", "300", "--concurrency", "32"],
               W1 + ["processes.worker.rss_peak_mb", "processes.client.rss_peak_mb", "samples"], {"mode": "cpp"}),
    "w1_python": (["w1", "--worker", "python", "--workflows", "300", "--concurrency", "32"],
                  W1 + ["processes.worker.cpu_s", "samples"], {"mode": "python"}),
    "w1_nodes": (["w1", "--nodes", "2", "--workflows", "200", "--concurrency", "32"],
                 ["nodes", "workflows_per_s", "transitions_per_s", "p50_ms", "cpu_us_per_workflow",
                  "processes.nodes.cpu_s", "processes.workers.rss_peak_mb"], {"workload": "w1_cluster"}),
    "w2": (["w2", "--workflows", "500", "--concurrency", "64"],
           ["start_per_s", "complete_per_s", "disk_bytes_per_workflow", "waiting_anonymous_mb", "list_p50_ms"]
           + COMMON + LIMITS, {"workload": "w2", "workflows": 500}),
    "w3": (["w3", "--workflows", "500", "--concurrency", "200"],
           ["ready_ms", "first_transition_ms", "resumed_ms", "completed_ms"] + COMMON,
           {"workload": "w3", "lost": 0, "repeated": 0, "lost_waiting": 0}),
    "starts": (["starts", "--workflows", "500", "--batch", "20", "--connections", "2"],
               ["starts_per_s", "call_p50_ms", "processes.node.cpu_s"], {"workload": "starts", "workflows": 500}),
    "starts_alone": (["starts", "--workflows", "100", "--batch", "1", "--connections", "4"],
                     ["starts_per_s"], {"batch": 1}),
    "overload": (["overload", "--seconds", "2", "--workflows", "300"],
                 ["sustainable_per_s", "offered_per_s", "accepted_per_s", "accepted_p99_ms", "life_p99_ms",
                  "rss_peak_mb"], {"workload": "overload", "lost": 0, "retry_after": 1}),
    "growth": (["growth", "--completed", "2000", "--workflows", "300", "--concurrency", "32"],
               ["ratio", "transitions_per_s", "empty.transitions_per_s"], {"completed": 2000}),
    "idle": (["idle", "--watch-ms", "300"], ["ready_ms", "rss_mb", "binary_mb"], {"workload": "idle"}),
    "bridge": (["bridge", "--calls", "2000"],
               ["bridge.p50_us", "bridge.p99_us", "bridge.messages_per_s", "raw.p50_us", "raw.p99_us",
                "raw.messages_per_s", "ratio"], {"workload": "bridge", "bytes": 512}),
    "decide": (["decide", "--workflows", "50"], ["decide_p50_us", "snapshot_p50_bytes"], {"workload": "decide"}),
}


def at(report, key):
    for part in key.split("."):
        report = report.get(part) if isinstance(report, dict) else None
    return report


def findings(report, above_zero, values):
    for key in above_zero:
        value = at(report, key)
        if not isinstance(value, (int, float)) or value <= 0:
            yield f"{key} is {value!r}"
    for key, expected in values.items():
        if at(report, key) != expected:
            yield f"{key} is {at(report, key)!r}, not {expected!r}"


def run(binary, python, name):
    arguments, above_zero, values = WORKLOADS[name]
    with tempfile.TemporaryDirectory(prefix="endure-bench-test-") as folder:
        command = [binary, "bench", *arguments, "--output", "json"]
        if "--worker" in arguments:
            command += ["--python", python]
        if arguments[0] not in ("decide", "bridge"):
            command += ["--folder", folder]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    if done.returncode != 0:
        return [f"exit code {done.returncode}: {done.stderr.strip()}"]
    reports = [json.loads(line) for line in done.stdout.splitlines()]
    if not reports:
        return ["nothing was reported"]
    return [finding for report in reports for finding in findings(report, above_zero, values)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", required=True)
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("workloads", nargs="*", default=list(WORKLOADS))
    options = parser.parse_args()
    failed = 0
    for name in options.workloads:
        found = run(options.binary, options.python, name)
        failed += bool(found)
        print(f"{name}: {'; '.join(found) if found else 'fine'}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
