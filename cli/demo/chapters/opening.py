"""An empty cloud, and the templates deployed into it."""

import time

import localcloud
from cli import deployment, paths
from cli.demo.story import ENVIRONMENT, Story
from cli.stack import Stack
from cli.target import cloud_config, local

TITLE = "an empty cloud, and the templates deployed into it"


def play(story: Story) -> None:
    """Start a fresh local cloud, then the real cdk bootstrap, synth and deploy."""
    begin = story.timeline.now()
    if localcloud.stop(paths.CLOUD):
        story.timeline.say("stopped the local cloud that was still up")
    running = localcloud.start(cloud_config())
    story.target = local(running)
    story.timeline.say(f"local cloud up: {running.endpoint}, no AWS account, no Docker")
    last = 0.0
    with story.timeline.console.status("cdk bootstrap and cdk synth") as spinner:
        resources: dict[str, int] = {}

        def progress(stack: str, done: int, total: int, kind: str) -> None:
            nonlocal last
            if stack not in resources:
                story.timeline.say(f"cdk deploy: {stack}, {total} resources")
            resources[stack] = total
            spinner.update(f"{stack}: {done} of {total} resources, {kind}")
            if not story.timeline.console.is_terminal and time.monotonic() - last > 3:
                last = time.monotonic()
                story.timeline.say(f"{stack}: {done} of {total} resources")

        given = (story.children, story.target, [story.name], ENVIRONMENT, progress)
        deployment.run(*given, mode=story.usecase.serving.mode)
    story.stack = Stack.of(story.target, ENVIRONMENT, story.name)
    end = story.timeline.now()
    story.seconds["deploy"] = end - begin
    story.timeline.span("deploy", "cdk deploy", begin, end)
    seen = f"{sum(resources.values())} resources in {len(resources)} stacks"
    story.expect("the stacks are deployed by the CDK CLI", len(resources) == 2, seen)
    _answers_without_a_model(story)


def _answers_without_a_model(story: Story) -> None:
    body = story.ask({"instances": [{}]})
    error = body.get("error", {})
    seen = f"{error.get('status')} {error.get('message', body)}"
    story.expect("without a model it says so", error.get("status") == 503, seen)
