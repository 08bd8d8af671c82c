"""The function's URL: predict's `live` over HTTP, for callers of this account that sign."""

from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct, IDependable

from infra.predict import Predict
from penstock.events import ALIAS


class Url(Construct):
    """Nobody may call it at first: attach the policy to the role of an application that shall."""

    def __init__(self, scope: Construct, id: str, *, predict: Predict, after: IDependable) -> None:
        super().__init__(scope, id)
        live = f"{predict.function.arn}:{ALIAS}"
        url = lambda_.CfnUrl(
            self,
            "Url",
            target_function_arn=predict.function.arn,
            qualifier=ALIAS,
            auth_type="AWS_IAM",
        )
        url.node.add_dependency(after)
        # Lambda asks for both; either condition keeps the other ways to the function closed.
        callers = iam.ManagedPolicy(
            self,
            "Callers",
            description="May ask for predictions by the function's URL",
            statements=[
                iam.PolicyStatement(
                    actions=["lambda:InvokeFunctionUrl"],
                    resources=[live],
                    conditions={"StringEquals": {"lambda:FunctionUrlAuthType": "AWS_IAM"}},
                ),
                iam.PolicyStatement(
                    actions=["lambda:InvokeFunction"],
                    resources=[live],
                    conditions={"Bool": {"lambda:InvokedViaFunctionUrl": "true"}},
                ),
            ],
        )
        self.outputs = {
            "PredictUrl": url.attr_function_url,
            "PredictUrlCallers": callers.managed_policy_arn,
        }
