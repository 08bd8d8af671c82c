"""The alias `live`, which CloudFormation makes once and never moves."""

import aws_cdk as cdk
from aws_cdk import Duration
from constructs import Construct

from infra import grants
from infra.function import Function
from infra.predict import Predict
from infra.site import Site
from penstock.events import ALIAS


class LiveAlias(Construct):
    """`live`, on a version without a model, which answers 503 until the first release."""

    def __init__(self, scope: Construct, id: str, *, site: Site, predict: Predict) -> None:
        super().__init__(scope, id)
        function = Function(
            self,
            "Maker",
            site=site,
            stage="lifecycle",
            handler="live_alias",
            layers=[],
            environment={},
            memory_mb=256,
            timeout=Duration.minutes(5),
        )
        grants.allow(
            function.role,
            "lambda:GetAlias",
            "lambda:CreateAlias",
            "lambda:DeleteAlias",
            "lambda:GetFunctionConfiguration",
            "lambda:PublishVersion",
            on=[predict.function.arn, f"{predict.function.arn}:*"],
            why=grants.VERSIONS,
        )
        self.resource = cdk.CustomResource(
            self,
            "Live",
            service_token=function.arn,
            resource_type="Custom::LiveAlias",
            properties={"FunctionName": predict.function.name, "AliasName": ALIAS},
        )
        self.resource.node.add_dependency(function)
