"""A queue on the alarm topic: what people are told of one use case."""

import json

from cli.demo.story import ENVIRONMENT, Story
from cli.stack import stack_name


class People:
    """They listen from the moment that they are made."""

    def __init__(self, story: Story) -> None:
        self._story, self._heard = story, list[str]()
        sqs = story.aws("sqs")
        self._url = sqs.create_queue(QueueName=f"people-{story.name}")["QueueUrl"]
        wanted = sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=["QueueArn"])
        arn = wanted["Attributes"]["QueueArn"]
        rule = {
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": arn,
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [rule]})
        sqs.set_queue_attributes(QueueUrl=self._url, Attributes={"Policy": policy})
        platform = stack_name(ENVIRONMENT, "Platform")
        found = story.aws("cloudformation").describe_stacks(StackName=platform)["Stacks"][0]
        outputs = {each["OutputKey"]: each["OutputValue"] for each in found["Outputs"]}
        story.aws("sns").subscribe(TopicArn=outputs["AlarmTopicArn"], Protocol="sqs", Endpoint=arn)

    def told(self, words: str) -> str | None:
        """The first message of the use case that holds the words."""
        sqs = self._story.aws("sqs")
        while found := sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10).get(
            "Messages", []
        ):
            self._heard += [json.loads(each["Body"])["Message"] for each in found]
            for each in found:
                sqs.delete_message(QueueUrl=self._url, ReceiptHandle=each["ReceiptHandle"])
        own = (text for text in self._heard if text.startswith(f"{self._story.name} ("))
        return next((text for text in own if words in text), None)
