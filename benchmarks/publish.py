#!/usr/bin/env python3
"""Makes a page and a plot of what `endure bench ... --output json` says, one JSON object a line on stdin.

usage: publish.py --results FOLDER     writes FOLDER/README.md, FOLDER/w1.svg and FOLDER/figures.jsonl
       publish.py --follow             prints one line a measurement as it comes
"""

import argparse
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys

import svg_plot

# Of each workload: the figures of its table, as (key, heading).
W1 = [("mode", "steps by"), ("concurrency", "in flight"), ("workflows_per_s", "workflows/s"),
      ("transitions_per_s", "transitions/s"), ("p50_ms", "p50 ms"), ("p95_ms", "p95 ms"), ("p99_ms", "p99 ms"),
      ("mean_batch", "mean batch"), ("cpu_us_per_workflow", "node CPU µs a workflow"),
      ("rss_peak_mb", "node peak MB"), ("limit.lmdb_transitions_per_s", "raw LMDB transitions/s"),
      ("limit.ratio", "of raw LMDB")]
TABLES = {
    "w1": ("W1, throughput", W1),
    "w1b": ("W1b, latency with one in flight", W1[:2] + [
        ("workflows_per_s", "workflows/s"), ("p50_ms", "p50 ms"), ("p99_ms", "p99 ms"),
        ("limit.commit_ms", "one raw commit ms"), ("limit.p50_in_commits", "p50 in raw commits")]),
    "w1_text": ("W1 with a large state", [
        ("snapshot_bytes", "snapshot bytes"), ("concurrency", "in flight"), ("workflows_per_s", "workflows/s"),
        ("transitions_per_s", "transitions/s"), ("p99_ms", "p99 ms"),
        ("written_bytes_per_transition", "written bytes a transition"), ("limit.ratio", "of raw LMDB")]),
    "w1_cluster": ("W1 on clusters of this machine", [
        ("nodes", "nodes"), ("concurrency", "in flight"), ("workflows_per_s", "workflows/s, direct"),
        ("p99_ms", "p99 ms, direct"), ("cpu_us_per_workflow", "CPU µs of all nodes a workflow, direct"),
        ("routed.workflows_per_s", "workflows/s, routed"), ("routed.p99_ms", "p99 ms, routed"),
        ("routed.cpu_us_per_workflow", "CPU µs of all nodes a workflow, routed"),
        ("routed.crossing_transitions", "transitions that cross, routed"), ("routed.ratio", "routed to direct")]),
    "bridge": ("Calls between two nodes, beside raw ZeroMQ", [
        ("security", "security"), ("bytes", "bytes"), ("in_flight", "in flight"), ("bridge.p50_us", "p50 µs, one in flight"),
        ("raw.p50_us", "raw p50 µs"), ("bridge.p99_us", "p99 µs"), ("raw.p99_us", "raw p99 µs"),
        ("bridge.messages_per_s", "messages/s, many in flight"), ("raw.messages_per_s", "raw messages/s"),
        ("ratio", "bridge to raw")]),
    "starts": ("Starts over HTTP", [
        ("connections", "connections"), ("batch", "starts in a call"), ("starts_per_s", "starts/s"),
        ("call_p50_ms", "call p50 ms"), ("call_p99_ms", "call p99 ms"), ("cpu_us_per_start", "node CPU µs a start")]),
    "w2": ("W2, waiting", [
        ("workflows", "workflows"), ("start_per_s", "started/s"), ("complete_per_s", "completed by events/s"),
        ("waiting_anonymous_mb", "memory MB"), ("waiting_rss_mb", "with mapped pages MB"),
        ("disk_bytes_per_workflow", "disk bytes each"), ("list_p50_ms", "list p50 ms"), ("list_max_ms", "list max ms")]),
    "w3": ("W3, recovery after kill -9", [
        ("workflows", "waiting"), ("concurrency", "in flight"), ("ready_ms", "ready ms"),
        ("first_transition_ms", "first transition ms"), ("resumed_ms", "all resumed ms"),
        ("completed_ms", "all completed ms"), ("lost", "lost"), ("repeated", "repeated"),
        ("lost_waiting", "lost waiting")]),
    "growth": ("W1 on a full volume", [
        ("completed", "completed in the volume"), ("empty.transitions_per_s", "transitions/s, empty"),
        ("transitions_per_s", "transitions/s, full"), ("ratio", "full to empty"), ("p99_ms", "p99 ms, full")]),
    "overload": ("Overload", [
        ("seconds", "seconds"), ("sustainable_per_s", "sustainable/s"), ("offered_per_s", "offered/s"),
        ("accepted_per_s", "accepted/s"), ("refused_share", "turned away"), ("accepted_p50_ms", "accepted p50 ms"),
        ("accepted_p99_ms", "accepted p99 ms"), ("life_p99_ms", "their life p99 ms"),
        ("rss_peak_mb", "node peak MB"), ("drain_s", "drain s"), ("lost", "lost")]),
    "idle": ("Idle", [
        ("ready_ms", "start to ready ms"), ("cpu_percent", "of a core %"), ("rss_mb", "memory MB"),
        ("anonymous_mb", "without pages of files MB"), ("binary_mb", "stripped program MB")]),
    "decide": ("One decision", [
        ("expressions", "expressions"), ("decide_p50_us", "decide p50 µs"), ("decide_p99_us", "decide p99 µs"),
        ("encode_p50_us", "encode p50 µs"), ("snapshot_p50_bytes", "snapshot p50 bytes")]),
}


def at(report, key):
    for part in key.split("."):
        report = report.get(part) if isinstance(report, dict) else None
    return report


def family(report):
    large = report["workload"] == "w1" and report.get("snapshot_bytes", 0) > 10_000
    return "w1_text" if large else report["workload"]


def shown(value):
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if value == int(value) or abs(value) >= 1_000:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) < 100 else f"{value:.0f}"


def setting(report):
    """What tells one measurement of a workload from another."""
    keys = ("mode", "concurrency", "connections", "batch", "expressions", "nodes", "security")
    return (family(report),) + tuple(str(report.get(key)) for key in keys)


def medians(reports):
    """One report for each setting: the median of each figure over its runs."""
    groups = {}
    for report in reports:
        groups.setdefault(setting(report), []).append(report)

    def middle(values):
        first = values[0]
        if isinstance(first, dict):
            return {key: middle([value[key] for value in values if key in value]) for key in first}
        numbers = [value for value in values if isinstance(value, (int, float))]
        return statistics.median(numbers) if numbers else first

    return [dict(middle(group), runs=len(group)) for group in groups.values()]


def table(columns, rows):
    lines = ["| " + " | ".join(heading for _, heading in columns) + " |", "|" + "---|" * len(columns)]
    lines += ["| " + " | ".join(shown(at(row, key)) for key, _ in columns) + " |" for row in rows]
    return "\n".join(lines)


def processor():
    for line in pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def machine():
    memory = pathlib.Path("/proc/meminfo").read_text(encoding="utf-8").split("\n", 1)[0].split()[1]
    system = platform.freedesktop_os_release().get("PRETTY_NAME", "Linux")
    return (f"{os.cpu_count()} cores ({processor()}), {int(memory) / 2**20:.0f} GiB of memory, {system}, "
            f"Linux {platform.release()}")


def commit():
    done = subprocess.run(["git", "describe", "--always", "--dirty"], capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"


def page(reports):
    runs = max(report["runs"] for report in reports)
    fsync = statistics.median(at(r, "limit.fdatasync_per_s") for r in reports if at(r, "limit.fdatasync_per_s"))
    lines = ["# Results", "", f"Taken by `script/bench` at {commit()} on {machine()}; {shown(fsync)} fdatasync/s. "
             f"Each figure is the median of up to {runs} runs. What they mean: "
             "[docs/performance.md](../../docs/performance.md).", "", "![W1](w1.svg)"]
    for name, (title, columns) in TABLES.items():
        rows = [report for report in reports if family(report) == name]
        if rows:
            lines += ["", f"## {title}", "", table(columns, rows)]
    return "\n".join(lines) + "\n"


# -- the plot: workflows a second over workflows in flight ------------------------------------------

COLOURS = {"native": "#1b6ca8", "cpp": "#2a9d4a", "python": "#c9791b", "limit": "#999999"}
NAMES = {"native": "steps in the node", "cpp": "one C++ worker", "python": "one Python worker",
         "limit": "raw LMDB, same batches"}


def curves(reports):
    lines = {}
    for report in reports:
        if family(report) != "w1":
            continue
        per_workflow = report["transitions_per_s"] / report["workflows_per_s"]
        lines.setdefault(report["mode"], []).append((report["concurrency"], report["workflows_per_s"]))
        if report["mode"] == "native":
            limit = at(report, "limit.lmdb_transitions_per_s") / per_workflow
            lines.setdefault("limit", []).append((report["concurrency"], limit))
    return {mode: sorted(points) for mode, points in lines.items()}


def plot(reports):
    lines = curves(reports)
    flights = sorted({x for points in lines.values() for x, _ in points})
    places = {flight: place + 0.5 for place, flight in enumerate(flights)}
    top = svg_plot.round_up(max(y for points in lines.values() for _, y in points))
    panel = svg_plot.Panel("W1: workflows a second, by workflows in flight", top, 0, len(flights))
    for flight in flights:
        panel.tick(places[flight], f"{flight:,}")
    for mode in (mode for mode in NAMES if mode in lines):
        panel.line([(places[x], y) for x, y in lines[mode]], COLOURS[mode], NAMES[mode],
                   dashed=mode == "limit", dots=True)
    return svg_plot.page([panel], 400)


def follow():
    for line in sys.stdin:
        report = json.loads(line)
        columns = TABLES[family(report)][1]
        figures = ", ".join(f"{heading} {shown(at(report, key))}" for key, heading in columns)
        print(f"{report['workload']} run {report['run']}: {figures}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--results", type=pathlib.Path)
    parser.add_argument("--follow", action="store_true")
    options = parser.parse_args()
    if options.follow:
        return follow()
    lines = sys.stdin.read().splitlines()
    reports = medians([json.loads(line) for line in lines])
    options.results.mkdir(parents=True, exist_ok=True)
    (options.results / "figures.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (options.results / "README.md").write_text(page(reports), encoding="utf-8")
    (options.results / "w1.svg").write_text(plot(reports), encoding="utf-8")
    return None


if __name__ == "__main__":
    sys.exit(main())
