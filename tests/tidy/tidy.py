#!/usr/bin/env python3
"""Checks the source text itself: layering by includes, words that mark unfinished work, file sizes.

Debian puts every library's headers under one include root, so the compiler cannot keep the heart of
the project from including CAF or LMDB; this test does.

usage: tidy.py [ROOT]      exit code 0: clean; 1: findings, one a line
"""

import pathlib
import re
import subprocess
import sys

# Each folder may include itself and the folders listed; arrows run one way.
LAYERS = {
    "base": set(),
    "workflow": {"base"},
    "persistence": {"base", "workflow"},
    "actors": {"base", "workflow", "persistence"},
    "config": {"base"},
    "clients": {"base", "workflow", "persistence"},
    "runtime": {"base", "workflow", "persistence", "actors", "config", "clients", "benchmarks"},
    "benchmarks": {"base", "workflow", "persistence", "actors"},
}

# A library's headers, and the only folders or files that may include them.
LIBRARIES = {
    r"caf/": {"actors"},
    r"lmdb\.h": {"persistence/lmdb", "benchmarks"},
    r"(jq|jv)\.h": {"workflow/expressions"},
    r"(zmq|zmq_addon)\.h(pp)?": {"runtime", "clients"},
    r"httplib\.h": {"runtime"},
    r"curl/": {"runtime"},
    r"spdlog/": {"runtime"},
    r"CLI/": {"runtime/cli/cli.cpp", "runtime/cli/verb.cpp"},  # seconds of compilation in each
    r"date/": {"workflow/schedule"},
    r"yaml-cpp/": {"config", "workflow/parse"},
    r"msgpack\.hpp|msgpack/": {"workflow/value", "persistence", "runtime", "clients"},
}

# A loop over a part of a temporary, which is gone before the first round; a pair of references to two of them.
DANGLING = re.compile(r"\bfor \(.*:.*\bvalue\(.*\)\.items\(\)|\bstd::minmax\((?!\{)")
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK|not implemented)\b", re.IGNORECASE)
LONGEST_LINES = {".cpp": 520, ".hpp": 320, ".py": 520}
SOURCES = {".cpp", ".hpp", ".py"}
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]')


def tracked_files(root):
    listing = subprocess.run(
        ["git", "-C", str(root), "ls-files", "--cached", "--others", "--exclude-standard"],
        check=True, capture_output=True, text=True).stdout
    return [pathlib.PurePosixPath(line) for line in listing.splitlines()
            if (root / line).is_file()]


def layer_findings(path, line_number, included):
    folder = path.parts[0]
    target = included.split("/")[0]
    if target in LAYERS and target != folder and target not in LAYERS[folder]:
        yield f"{path}:{line_number}: {folder}/ must not include {included}"
    for pattern, allowed in LIBRARIES.items():
        if re.match(pattern, included) and not any(
                f"{path}/".startswith(place + "/") for place in allowed):
            yield f"{path}:{line_number}: <{included}> belongs to {', '.join(sorted(allowed))} alone"


def file_findings(root, path):
    text = (root / path).read_text(encoding="utf-8", errors="replace")
    lines = text.splitlines()
    if path.suffix in SOURCES:
        limit = LONGEST_LINES[path.suffix]
        if len(lines) > limit and path.parts[0] != "tests":
            yield f"{path}: {len(lines)} lines; split it (at most {limit})"
    code = path.suffix in SOURCES
    for number, line in enumerate(lines, 1):
        if code and path.name != "tidy.py" and UNFINISHED.search(line):
            yield f"{path}:{number}: marks something unfinished: {line.strip()}"
        if path.suffix in {".cpp", ".hpp"} and DANGLING.search(line):
            yield f"{path}:{number}: keeps a part of a temporary: {line.strip()}"
        if re.search(r"""(?<![\w."])/(work|home|root/\.|tmp/endure)/\w""", line) and path.name != "tidy.py":
            yield f"{path}:{number}: a path of one machine: {line.strip()}"
        if path.suffix in {".cpp", ".hpp"} and path.parts[0] in LAYERS:
            match = INCLUDE.match(line)
            if match:
                yield from layer_findings(path, number, match.group(1))
    if text and not text.endswith("\n") and code:
        yield f"{path}: no newline at its end"


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
    findings = []
    for path in tracked_files(root):
        if path.suffix in SOURCES | {".sh", ".md", ".yaml", ".json", ".txt", ".cmake"} or (
                path.parts[0] == "script"):
            findings.extend(file_findings(root, path))
    for finding in findings:
        print(finding)
    print(f"tidy: {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
