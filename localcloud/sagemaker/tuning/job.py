"""One tuning job: starts training jobs with the values that the search asks for, and learns."""

from __future__ import annotations

import contextlib
import logging
import secrets
import threading

from localcloud import clock
from localcloud.json_service import ServiceError
from localcloud.sagemaker.training import Training
from localcloud.sagemaker.tuning import emitted, ranges, request, search, stopping, trial
from localcloud.sagemaker.tuning.record import Record
from localcloud.sagemaker.tuning.trial import Trial

log = logging.getLogger(__name__)

_POLL_SECONDS = 0.1
_PATIENCE = 5  # finished training jobs without any objective, after which AWS gives up


class TuningFailure(Exception):
    """Its text is the FailureReason."""


class Job:
    def __init__(self, record: Record, training: Training, parents: list[Trial]) -> None:
        self.record, self._training, self._parents = record, training, parents
        self._stopping = threading.Event()
        self._search: search.Search
        self._running: list[Trial] = []
        self._finished: list[Trial] = []
        config = record.config
        self._limits = config["ResourceLimits"]
        self._criteria = config.get("TuningJobCompletionCriteria", {})
        self._early = config.get("TrainingJobEarlyStoppingType", "Off") == "Auto"
        self._resources = request.hyperband(record.request)
        self._exhausted = False

    def stop(self) -> None:
        self._stopping.set()
        self.record.enter("Stopping")

    def run(self) -> None:
        try:
            self._search = search.of(
                self.record.config, ranges.parse(self.record.config), self._resources
            )
            for known in self._parents:
                if known.objective is not None:
                    self._search.learn(known.values, known.objective)
            ending = self._tune()
            self._end_running()
            self._finish(ending)
        except (TuningFailure, ServiceError) as failure:
            self._end_running()
            self.record.fail(str(failure))
        except Exception as error:
            log.exception("tuning job %s", self.record.name)
            self._end_running()
            self.record.fail(f"InternalServerError: {error!r}")

    def _tune(self) -> str:
        """Until there is nothing left to try, or a reason to end before; gives the last status."""
        most = self._limits.get("MaxRuntimeInSeconds")
        deadline = clock.work(most) if most else None
        while True:
            self._collect()
            if self._stopping.is_set():
                return "Stopped"
            if (deadline and deadline.passed()) or self._satisfied():
                return "Completed"
            self._fill()
            if not self._running:
                return "Completed"
            self._stopping.wait(_POLL_SECONDS)

    def _fill(self) -> None:
        most = self._limits.get("MaxNumberOfTrainingJobs", float("inf"))
        while not self._exhausted and len(self._running) < self._limits["MaxParallelTrainingJobs"]:
            begun = len(self._running) + len(self._finished)
            asked = self._search.ask() if begun < most else None
            if asked is None:
                self._exhausted = True
            else:
                self._start(begun + 1, *asked)

    def _start(self, position: int, number: int, values: search.Values) -> None:
        name = f"{self.record.name}-{position:03d}-{secrets.token_hex(4)}"
        self._training.create(request.training_request(self.record.request, name, values))
        self._training.record(name).extra["TuningJobArn"] = self.record.arn
        started = Trial(number, self.record.name, name, values, self.record.metric)
        trial.of(self.record.name).append(started)
        self._running.append(started)

    def _collect(self) -> None:
        for one in list(self._running):
            over = trial.follow(one, self._training)
            if self._watched:
                self._read(one)
            if over:
                self._running.remove(one)
                self._finished.append(one)
                self._search.tell(one.number, one.objective)
                self._tell_best()
            elif self._watched and one.status != "Stopping" and self._hopeless(one):
                self._stop(one)

    @property
    def _watched(self) -> bool:
        return self._early or bool(self.record.config["Strategy"] == "Hyperband")

    def _read(self, one: Trial) -> None:
        definition = self.record.request["TrainingJobDefinition"]["AlgorithmSpecification"]
        one.emitted = emitted.values(one.name, definition["MetricDefinitions"], one.metric)

    def _hopeless(self, one: Trial) -> bool:
        if self._early:
            previous = [other.emitted for other in self._finished if other.status == "Completed"]
            return stopping.worse_than_median(one.emitted, previous, self.record.maximize)
        over = len(one.emitted) >= self._resources[1]
        return over or self._search.unpromising(one.number, one.emitted)

    def _stop(self, one: Trial) -> None:
        with contextlib.suppress(ServiceError):  # it has ended meanwhile
            self._training.stop({"TrainingJobName": one.name})

    def _end_running(self) -> None:
        for one in self._running:
            self._stop(one)
        while self._running:
            self._collect()
            threading.Event().wait(_POLL_SECONDS)

    def _satisfied(self) -> bool:
        """Whether a completion criterion is met; raises when no objective is to be expected."""
        objectives = [one.objective for one in self._finished if one.objective is not None]
        completed = [one for one in self._finished if one.status == "Completed"]
        if len(completed) >= _PATIENCE and not objectives:
            raise TuningFailure(_no_objective(len(completed)))
        maximize = self.record.maximize
        idle = stopping.not_improving(objectives, maximize)
        self.record.extra["TuningJobCompletionDetails"] = {
            "NumberOfTrainingJobsObjectiveNotImproving": idle
        }
        most = self._criteria.get("BestObjectiveNotImproving", {}).get(
            "MaxNumberOfTrainingJobsNotImproving", float("inf")
        )
        target = self._criteria.get("TargetObjectiveMetricValue")
        if target is not None and any(
            stopping.hit(value, target, maximize) for value in objectives
        ):
            return True
        return bool(idle >= most)

    def _tell_best(self) -> None:
        own = trial.of(self.record.name)
        self._tell("BestTrainingJob", trial.best(own, self.record.maximize))
        if "WarmStartConfig" in self.record.request:
            overall = trial.best([*self._parents, *own], self.record.maximize)
            self._tell("OverallBestTrainingJob", overall)

    def _tell(self, name: str, found: Trial | None) -> None:
        if found and (facts := trial.summary(found, self._training)):
            more = {"TuningJobName": found.tuning} if name.startswith("Overall") else {}
            self.record.extra[name] = {**facts, **more}

    def _finish(self, ending: str) -> None:
        completed = sum(one.status == "Completed" for one in self._finished)
        if ending == "Completed" and not any(one.objective is not None for one in self._finished):
            if completed:
                raise TuningFailure(_no_objective(completed))
            if all(one.status == "Failed" for one in self._finished):
                raise TuningFailure(
                    "All training jobs failed. Please take a look at the training jobs failures "
                    "to get more details."
                )
        self.record.enter(ending)


def _no_objective(count: int) -> str:
    return (
        f"No objective metrics found after running {count} training jobs. Please ensure that the "
        "custom algorithm is emitting the objective metric as defined by the regular expression "
        "provided."
    )
