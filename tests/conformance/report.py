"""Lines for the terminal, and the report of a whole run as JSON and as Markdown."""

import json
from pathlib import Path


class Report:
    """Counts what was run. `sets` keeps the order: name -> results."""

    def __init__(self, facts):
        self.facts = facts
        self.sets = {}

    def add(self, kind, scenario, run, note=""):
        self.sets.setdefault(kind, []).append({
            "feature": scenario.feature, "scenario": scenario.name, "file": scenario.path.name, "line": scenario.line,
            "held": run.problem is None, "problem": run.problem, "seconds": round(run.seconds, 3),
            "deaths": run.deaths, "repeated_calls": run.repeated, "folder": run.folder, "note": note})

    def held(self):
        return all(each["held"] for results in self.sets.values() for each in results)

    def summary(self):
        """A line a set: `kit: 21/21 scenarios`."""
        for kind, results in self.sets.items():
            line = f"{kind}: {sum(each['held'] for each in results)}/{len(results)} scenarios"
            if kind.startswith("durable"):
                line += f", {sum(each['deaths'] for each in results)} kills"
            yield line

    def write(self, path):
        """Two files: the given name with .json and with .md."""
        base = Path(path)
        base = base.with_suffix("") if base.suffix in (".json", ".md") else base
        base.parent.mkdir(parents=True, exist_ok=True)
        content = {**self.facts, "summary": list(self.summary()), "sets": self.sets}
        base.with_name(base.name + ".json").write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
        base.with_name(base.name + ".md").write_text(self._markdown(), encoding="utf-8")
        return base

    def _markdown(self):
        lines = ["# Conformance", ""]
        lines += [f"- {name.replace('_', ' ')}: {value}" for name, value in self.facts.items()]
        lines += ["", *[f"**{line}**  " for line in self.summary()], ""]
        for kind, results in self.sets.items():
            lines += [f"## {kind}", "", "| feature | scenario | | s | kills |", "|---|---|---|---|---|"]
            for each in results:
                mark = "held" if each["held"] else "**failed**"
                lines.append(f"| {each['feature']} | {each['scenario']} | {mark} | {each['seconds']:.2f} | "
                             f"{each['deaths']} |")
            lines.append("")
            for each in (one for one in results if not one["held"]):
                lines += [f"### {each['scenario']} ({each['file']}:{each['line']})", "", "```", each["problem"],
                          "```", ""]
        return "\n".join(lines)
