"""What people are told, and the one way it goes out: a subject and lines, to the alarm topic."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from penstock import layout, package

SUBJECT = 100  # characters that SNS takes, of ASCII and in one line


@cache
def client() -> Any:
    import boto3  # not at the top: logic and its tests need no AWS

    return boto3.client("sns")


@dataclass(frozen=True)
class Message:
    """`about`: use case (environment). `what` happened, in a line; `lines`: why, what answers
    meanwhile, what to do."""

    about: str
    what: str
    lines: tuple[str, ...]

    @property
    def headline(self) -> str:
        return f"{self.about}: {self.what}"

    @property
    def text(self) -> str:
        return "\n".join([self.headline, *self.lines])


def about(usecase: str, environment: str) -> str:
    return f"{usecase} ({environment})"


def answers(champion: Mapping[str, Any] | None) -> str:
    """Who answers while something is not as it should be; `champion`: its row."""
    if champion is None:
        return "No model answers yet."
    number = package.number(champion["model_package_arn"])
    return f"Version {champion['version']} (model package {number}) answers meanwhile."


def newer_data(usecase: str) -> str:
    """What mends most of what a training comes to nothing for."""
    return f"put newer data under {layout.raw_prefix(usecase)} of the lake"


def subject(words: str) -> str:
    """As SNS takes it."""
    return " ".join(words.split()).encode("ascii", "replace").decode()[:SUBJECT]


def publish(topic_arn: str, headline: str, text: str) -> None:
    client().publish(TopicArn=topic_arn, Subject=subject(headline), Message=text)
