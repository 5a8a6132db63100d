"""Reads Gherkin feature files: what the kit of the specification uses of that language, no more.

Features, scenarios, tags, comments, Given/When/Then/And/But steps, and doc strings. What is not known is
an error with its line: nothing of a file is passed over silently.
"""

import dataclasses
from pathlib import Path

KEYWORDS = ("Given", "When", "Then", "And", "But")
FENCES = ('"""', "```")


class GherkinError(Exception):
    """The file is no Gherkin that is read here; the text says where and why."""


@dataclasses.dataclass
class Step:
    text: str  # without its keyword
    line: int
    keyword: str
    argument: str = None  # its doc string


@dataclasses.dataclass
class Scenario:
    feature: str
    name: str
    path: Path
    line: int
    tags: frozenset
    steps: list


def read_feature(path):
    """The scenarios of a file, in order."""
    return _Reader(Path(path)).read()


class _Reader:
    def __init__(self, path):
        self.path = path
        self.lines = path.read_bytes().decode("utf-8").splitlines()
        self.at = 0
        self.feature = None
        self.feature_tags = frozenset()
        self.tags = set()
        self.scenarios = []

    def read(self):
        while self.at < len(self.lines):
            self._line(self.lines[self.at].strip())
        if self.feature is None:
            raise self._error("there is no Feature in this file")
        return self.scenarios

    def _line(self, text):
        if not text or text.startswith("#"):
            self.at += 1
        elif text.startswith("@"):
            self.tags.update(text.split())
            self.at += 1
        elif text.startswith("Feature:"):
            self._begin_feature(text)
        elif text.startswith("Scenario:"):
            self.scenarios.append(Scenario(self.feature, text[len("Scenario:"):].strip(), self.path, self.at + 1,
                                           self._take_tags() | self.feature_tags, []))
            self.at += 1
        elif text.split()[0] in KEYWORDS:
            self._step(text)
        elif self.scenarios or self.feature is None:
            raise self._error(f"this line is not understood: {text}")
        else:
            self.at += 1  # the words that describe a feature

    def _begin_feature(self, text):
        if self.feature is not None:
            raise self._error("a second Feature in one file")
        self.feature = text[len("Feature:"):].strip()
        self.feature_tags = self._take_tags()
        self.at += 1

    def _step(self, text):
        if not self.scenarios:
            raise self._error("a step before the first Scenario")
        keyword, _, rest = text.partition(" ")
        step = Step(rest.strip(), self.at + 1, keyword)
        self.at += 1
        fence = self.lines[self.at].strip()[:3] if self.at < len(self.lines) else ""
        if fence in FENCES:
            step.argument = self._doc_string(fence)
        self.scenarios[-1].steps.append(step)

    # The content without the indentation of its opening fence; the word behind the fence names its
    # format.
    def _doc_string(self, fence):
        begun = self.at
        indentation = len(self.lines[begun]) - len(self.lines[begun].lstrip())
        content = []
        for at in range(begun + 1, len(self.lines)):
            line = self.lines[at]
            if line.strip() == fence:
                self.at = at + 1
                return "\n".join(content) + "\n"
            content.append(line[min(indentation, len(line) - len(line.lstrip())):])
        raise self._error("this doc string has no end")

    def _take_tags(self):
        tags, self.tags = frozenset(self.tags), set()
        return tags

    def _error(self, what):
        return GherkinError(f"{self.path}:{self.at + 1}: {what}")
