"""Names of what a release makes in SageMaker: the one rule, by which a teardown knows its own.

The endpoint's name never changes: it is the stack's word to callers. A model's configuration has
the model's name.
"""

import re

_TRIAL, _SHADOW = "-trial", "-shadow"
# 8 digits of what the model is made of, and when its release began
_TAIL = re.compile(rf"-[0-9a-f]{{8}}-\d{{12}}({_TRIAL}|{_SHADOW})?")


def model(slug: str, fingerprint: str, since: str) -> str:
    """<slug>-<8 hex>-<yymmddhhmmss>: one name an execution, since `since` is its lock's time."""
    digits = re.sub(r"\D", "", since)[2:14]
    return f"{slug}-{fingerprint[:8]}-{digits}"


def trial(name: str) -> str:
    """The configuration with which a model is tried before any traffic."""
    return name + _TRIAL


def shadow(name: str) -> str:
    """A model as a shadow variant, or the configuration in which `name` has one beside it."""
    return name + _SHADOW


def without_shadow(name: str) -> str:
    return name.removesuffix(_SHADOW)


def is_of(slug: str, name: str) -> bool:
    """Made by a release of exactly this use case; `tri` and `tri-age` both begin with `tri-`."""
    return name.startswith(slug) and _TAIL.fullmatch(name, len(slug)) is not None
