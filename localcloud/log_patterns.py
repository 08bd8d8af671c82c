"""CloudWatch Logs' filter patterns, as a predicate on a line.

MiniStack matches every line to a JSON pattern. Terms ("error -debug ?a ?b "a phrase") and JSON
patterns ({ ($.a = "x*" || $.b > 3) && $.c IS NULL }) are done; patterns of space-delimited
columns ([ip, user]) and %regular expressions% are refused.
Grammar: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
"""

from __future__ import annotations

import fnmatch
import json
import operator
import re
from collections.abc import Callable
from typing import Any

Predicate = Callable[[Any], bool]

_TERM = re.compile(r'([-?]?)(?:"([^"]*)"|(\S+))')
_TOKEN = re.compile(
    r'\s*(?:(?P<path>\$(?:\.[\w@-]+|\[\d+\]|\[\'[^\']+\'\])+)|(?P<string>"(?:[^"\\]|\\.)*")'
    r"|(?P<mark>&&|\|\||!=|<=|>=|[()=<>])|(?P<word>[^\s()=<>!&|]+))"
)
_ORDER = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
_ABSENT = object()


def compile_pattern(pattern: str) -> Callable[[str], bool]:
    """Raises ValueError for a pattern that is malformed or not supported here."""
    text = (pattern or "").strip()
    if not text:
        return lambda line: True
    if text.startswith("{"):
        return _json_pattern(text)
    if text[0] in "[%":
        raise ValueError(f"filter pattern {text!r}: columns and regular expressions are not done")
    return _term_pattern(text)


def _term_pattern(text: str) -> Callable[[str], bool]:
    terms = [(sign, phrase or word) for sign, phrase, word in _TERM.findall(text)]
    needed = [term for sign, term in terms if not sign]
    banned = [term for sign, term in terms if sign == "-"]
    either = [term for sign, term in terms if sign == "?"]

    def matches(line: str) -> bool:
        if any(term in line for term in banned) or not all(term in line for term in needed):
            return False
        return not either or bool(needed) or any(term in line for term in either)

    return matches


def _json_pattern(text: str) -> Callable[[str], bool]:
    if not text.endswith("}"):
        raise ValueError(f"filter pattern {text!r}: expected a closing brace")
    parser = _Parser(text[1:-1].strip())
    predicate = parser.either()
    if parser.tokens:
        raise ValueError(f"filter pattern {text!r}: unexpected {parser.tokens[0][1]!r}")

    def matches(line: str) -> bool:
        if not line.lstrip().startswith("{"):
            return False
        try:
            document = json.loads(line)
        except ValueError:
            return False
        return predicate(document)

    return matches


class _Parser:
    """Recursive descent: `||` binds less than `&&`, parentheses bind most."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens: list[tuple[str, str]] = []
        position = 0
        while position < len(text):
            if (match := _TOKEN.match(text, position)) is None:
                raise ValueError(f"filter pattern {text!r}: cannot read {text[position:]!r}")
            self.tokens.append((str(match.lastgroup), match.group(str(match.lastgroup))))
            position = match.end()
            position += len(text[position:]) - len(text[position:].lstrip())

    def take(self, *expected: str) -> tuple[str, str]:
        if not self.tokens or (expected and self.tokens[0][1] not in expected):
            found = self.tokens[0][1] if self.tokens else "the end"
            wanted = " or ".join(expected) or "more"
            raise ValueError(f"filter pattern {self.text!r}: expected {wanted}, got {found}")
        return self.tokens.pop(0)

    def next_is(self, *values: str) -> bool:
        return bool(self.tokens) and self.tokens[0][1] in values

    def either(self) -> Predicate:
        parts = [self.both()]
        while self.next_is("||"):
            self.take()
            parts.append(self.both())
        return lambda document: any(part(document) for part in parts)

    def both(self) -> Predicate:
        parts = [self.condition()]
        while self.next_is("&&"):
            self.take()
            parts.append(self.condition())
        return lambda document: all(part(document) for part in parts)

    def condition(self) -> Predicate:
        if self.next_is("("):
            self.take()
            inner = self.either()
            self.take(")")
            return inner
        kind, path = self.take()
        if kind != "path":
            raise ValueError(f"filter pattern {self.text!r}: expected a $.path, got {path}")
        _, operation = self.take("=", "!=", "<", "<=", ">", ">=", "IS", "NOT")
        kind, value = self.take()
        test = _test(operation, kind, value)
        return lambda document: test(_resolve(document, path))


def _test(operation: str, kind: str, value: str) -> Predicate:
    if operation == "NOT" and value == "EXISTS":
        return lambda found: found is _ABSENT
    if operation == "IS" and value in ("NULL", "TRUE", "FALSE"):
        wanted = {"NULL": None, "TRUE": True, "FALSE": False}[value]
        return lambda found: found is wanted
    if operation in _ORDER:
        compare, number = _ORDER[operation], float(value)
        return lambda found: _is_number(found) and bool(compare(found, number))
    if operation not in ("=", "!="):
        raise ValueError(f"filter pattern: {operation} {value} is not known")
    literal = json.loads(value) if kind == "string" else value
    wants_equal = operation == "="

    def equal(found: Any) -> bool:
        if found is _ABSENT or found is None or isinstance(found, (dict, list, bool)):
            return False
        return _equals(found, literal, kind) == wants_equal

    return equal


def _equals(found: Any, literal: str, kind: str) -> bool:
    if literal == "*":
        return True
    if _is_number(found):
        try:
            return bool(found == float(literal)) and kind != "string"
        except ValueError:
            return False
    return fnmatch.fnmatchcase(str(found), literal.replace("[", "[[]").replace("?", "[?]"))


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _resolve(document: Any, path: str) -> Any:
    for name, index, quoted in re.findall(r"\.([\w@-]+)|\[(\d+)\]|\['([^']+)'\]", path):
        if index:
            inside = isinstance(document, list) and int(index) < len(document)
            document = document[int(index)] if inside else _ABSENT
        else:
            key = name or quoted
            document = document.get(key, _ABSENT) if isinstance(document, dict) else _ABSENT
    return document
