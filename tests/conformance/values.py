"""YAML of scenarios as the runtime reads it, paths into values, and comparisons that say what differs."""

import json
import re

import yaml


class _Loader(yaml.SafeLoader):
    """YAML 1.2 by its JSON schema: `on`, `yes`, times and octals are text."""


_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
        ("null", r"null|~|", ["n", "~", ""]),
        ("bool", r"true|false", list("tf")),
        ("int", r"-?(0|[1-9][0-9]*)", list("-0123456789")),
        ("float", r"-?(0|[1-9][0-9]*)(\.[0-9]*)?([eE][-+]?[0-9]+)?", list("-0123456789"))):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_pattern})$"), _first)


def read_yaml(text):
    return yaml.load(text, Loader=_Loader)


def at_path(value, path):
    """(found, value) of a dotted path; a number is an index into a list."""
    for part in path.split("."):
        if isinstance(value, dict) and part in value:
            value = value[part]
        elif isinstance(value, list) and part.isdigit() and int(part) < len(value):
            value = value[int(part)]
        else:
            return False, None
    return True, value


def difference(got, expected, where=""):
    """None where both are equal, else a sentence. 1 and 1.0 are the same number; true is none."""
    if isinstance(expected, dict) and isinstance(got, dict):
        for key in expected:
            if key not in got:
                return f"{where}/{key} is missing"
        for key in got:
            if key not in expected:
                return f"{where}/{key} should not be there: {short(got[key])}"
        found = (difference(got[key], expected[key], f"{where}/{key}") for key in expected)
        return next((each for each in found if each), None)
    if isinstance(expected, list) and isinstance(got, list) and len(expected) == len(got):
        found = (difference(one, two, f"{where}/{i}") for i, (one, two) in enumerate(zip(got, expected)))
        return next((each for each in found if each), None)
    same_kind = isinstance(got, bool) == isinstance(expected, bool)
    if same_kind and got == expected:
        return None
    return f"{where or 'the value'} is {short(got)} and should be {short(expected)}"


def short(value, most=600):
    text = json.dumps(value, sort_keys=True, ensure_ascii=False)
    return text if len(text) <= most else text[:most] + " …"
