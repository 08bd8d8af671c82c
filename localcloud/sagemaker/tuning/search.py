"""Which values the next training job tries: Optuna's samplers, or the rows of a grid."""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from localcloud.json_service import Document
from localcloud.sagemaker.tuning.ranges import Categorical, Range

if TYPE_CHECKING:
    from optuna import Study

Values = dict[str, str]  # by the hyperparameter's name, as CreateTrainingJob takes them

_RANDOM_FIRST = 5  # trials before a model of the objective is worth anything


class Search(Protocol):
    def ask(self) -> tuple[int, Values] | None:
        """A number for the trial and its values; None when everything has been tried."""

    def tell(self, number: int, objective: float | None) -> None:
        """What came of the trial; None when it gave no objective."""

    def learn(self, values: Mapping[str, str], objective: float) -> None:
        """What an earlier tuning job found."""

    def unpromising(self, number: int, emitted: Sequence[float]) -> bool:
        """Hyperband's word on a trial that runs, from the objective after each epoch."""


class Grid:
    """Every combination once, in the order of the request."""

    def __init__(self, ranges: Sequence[Range]) -> None:
        names = [one.name for one in ranges]
        values = [one.values for one in ranges if isinstance(one, Categorical)]
        rows = (dict(zip(names, row, strict=True)) for row in itertools.product(*values))
        self._rows: Iterator[tuple[int, Values]] = enumerate(rows)

    def ask(self) -> tuple[int, Values] | None:
        return next(self._rows, None)

    def tell(self, number: int, objective: float | None) -> None:
        """A grid does not depend on what was found."""

    def learn(self, values: Mapping[str, str], objective: float) -> None:
        """Nor on what others have found."""

    def unpromising(self, number: int, emitted: Sequence[float]) -> bool:
        return False


class Sampled:
    """An Optuna study; kept in memory only, since a tuning job does not outlive its server."""

    def __init__(self, study: Study, ranges: Sequence[Range]) -> None:
        self._study = study
        self._ranges = ranges
        self._distributions = {one.name: one.distribution() for one in ranges}
        self._trials: dict[int, Any] = {}

    def ask(self) -> tuple[int, Values] | None:
        trial = self._study.ask(self._distributions)
        self._trials[trial.number] = trial
        return trial.number, {one.name: one.text(trial.params[one.name]) for one in self._ranges}

    def tell(self, number: int, objective: float | None) -> None:
        from optuna.trial import TrialState

        trial = self._trials.pop(number)
        state = TrialState.FAIL if objective is None else TrialState.COMPLETE
        self._study.tell(trial, objective, state)

    def learn(self, values: Mapping[str, str], objective: float) -> None:
        from optuna.trial import create_trial

        if not all(one.holds(values.get(one.name, "")) for one in self._ranges):
            return  # outside of what is searched now
        parameters = {one.name: one.number(values[one.name]) for one in self._ranges}
        known = create_trial(params=parameters, distributions=self._distributions, value=objective)
        self._study.add_trial(known)

    def unpromising(self, number: int, emitted: Sequence[float]) -> bool:
        trial = self._trials[number]
        told = len(self._study.trials[number].intermediate_values)
        for epoch, value in enumerate(emitted[told:], told + 1):
            trial.report(value, epoch)
            if trial.should_prune():
                return True
        return False


def of(config: Document, ranges: Sequence[Range], resources: tuple[int, int]) -> Search:
    """The search that a HyperParameterTuningJobConfig asks for; `resources` are Hyperband's."""
    strategy = config["Strategy"]
    if strategy == "Grid":
        return Grid(ranges)
    import optuna  # here: it takes a third of a second, and most servers tune nothing

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    seed = config.get("RandomSeed", secrets.randbits(31))
    sampler: Any = optuna.samplers.RandomSampler(seed)
    if strategy != "Random":
        sampler = optuna.samplers.TPESampler(
            seed=seed,
            n_startup_trials=_RANDOM_FIRST,
            constant_liar=True,  # jobs that run in parallel shall not all try the same place
        )
    pruner: Any = optuna.pruners.NopPruner()
    if strategy == "Hyperband":
        pruner = optuna.pruners.HyperbandPruner(*resources)
    direction = config["HyperParameterTuningJobObjective"]["Type"].lower()
    study = optuna.create_study(direction=direction, sampler=sampler, pruner=pruner)
    return Sampled(study, ranges)
