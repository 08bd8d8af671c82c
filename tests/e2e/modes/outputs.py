"""What the stack of a use case says of itself beyond what the command line reads."""

from cli.demo.story import ENVIRONMENT, Story
from cli.stack import stack_name


def of(story: Story) -> dict[str, str]:
    name = stack_name(ENVIRONMENT, story.name)
    (stack,) = story.aws("cloudformation").describe_stacks(StackName=name)["Stacks"]
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
