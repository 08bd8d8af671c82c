"""What answers, and what releases it: the one place where the modes of serving part ways."""

from dataclasses import dataclass, field

from aws_cdk import Stack
from aws_cdk import aws_stepfunctions as sfn
from constructs import IDependable

from infra.batch import Batch
from infra.endpoint import Endpoint
from infra.endpoint_release import EndpointRelease
from infra.endpoint_remover import EndpointRemover
from infra.explain import Explain
from infra.live_alias import LiveAlias
from infra.predict import Predict
from infra.register import Register
from infra.release import Release
from infra.site import Site
from infra.stream import Stream
from infra.url import Url


@dataclass
class Served:
    """`parts` must be there until the teardown is done; `prefixes` are the mode's in the lake,
    `machines` those whose executions the teardown stops."""

    predict: Predict | Endpoint
    release: Release | EndpointRelease
    outputs: dict[str, str]
    parts: list[IDependable] = field(default_factory=list)
    prefixes: list[str] = field(default_factory=list)
    machines: list[sfn.StateMachine] = field(default_factory=list)


def serve(stack: Stack, *, site: Site, explain: Explain, register: Register) -> Served:
    """Everything between register and monitor."""
    if site.usecase.serving.by_function:
        return _by_function(stack, site, explain, register)
    # By the name of the function's: a change of mode keeps the table of predictions, whose name is
    # fixed, and the way into it.
    endpoint = Endpoint(stack, "Predict", site=site)
    release = EndpointRelease(stack, "Release", site=site, endpoint=endpoint, register=register)
    remover = EndpointRemover(
        stack, "EndpointRemover", site=site, endpoint=endpoint, release=release
    )
    return Served(endpoint, release, endpoint.outputs | release.outputs, [remover])


def _by_function(stack: Stack, site: Site, explain: Explain, register: Register) -> Served:
    """The predict function behind `live`, and around it what brings requests to it."""
    predict = Predict(stack, "Predict", site=site, explain=explain)
    live = LiveAlias(stack, "LiveAlias", site=site, predict=predict)
    release = Release(stack, "Release", site=site, predict=predict, register=register)
    served = Served(predict, release, predict.outputs | release.outputs, [live])
    if site.usecase.serving.mode == "stream":
        stream = Stream(stack, "Stream", site=site, predict=predict, after=live)
        served.prefixes += stream.prefixes
        served.outputs |= stream.outputs
    if site.usecase.serving.mode == "batch":
        batch = Batch(stack, "Batch", site=site, predict=predict, explain=explain)
        served.parts.append(batch)
        served.prefixes += batch.prefixes
        served.machines.append(batch.machine)
        served.outputs |= batch.outputs
    if site.usecase.serving.url:
        served.outputs |= Url(stack, "Url", predict=predict, after=live).outputs
    return served
