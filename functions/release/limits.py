"""The limits of a release's judge: the use case's, and what evaluate measured of this very pair."""

from functions.release.context import Release, State
from functions.release.rule import Canary
from penstock.mending import Mending

_SET = ("min_samples", "max_latency_ratio", "max_latency_ms", "max_refused_delta", "ks_alpha",
        "max_score_shift", "visible_shift")  # fmt: skip


def of(state: State, release: Release) -> Canary:
    given = release.usecase["serving"]["canary"]
    return Canary(**{name: given[name] for name in _SET}, expected=_expected(state))


def max_disagreement(state: State, release: Release) -> float:
    """The share of requests that may get another label than the champion gives them."""
    allowed = float(release.usecase["serving"]["shadow"]["max_disagreement"])
    return allowed + (expected.labels if (expected := _expected(state)) else 0.0)


def _expected(state: State) -> Mending | None:
    """Only if the champion that the challenger has beaten is the one that answers."""
    plan = state["plan"]
    found = Mending.parse((plan["model"] or {}).get("expected_shift", ""))
    champion = plan["champion"] or {}
    return found if found and found.of == champion.get("model_sha256") else None
