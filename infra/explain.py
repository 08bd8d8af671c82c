"""explain: the native model says why, in a function of its own that the hot path does not pay."""

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra import grants
from infra.function import Function
from infra.site import Site
from penstock import layout


class Explain(Construct):
    """For predict, for the monitor and for `penstock why`; in every serving mode."""

    def __init__(self, scope: Construct, id: str, *, site: Site) -> None:
        super().__init__(scope, id)
        artifacts = site.platform.artifacts
        self.function = Function(
            self,
            "Explain",
            site=site,
            stage="explain",
            layers=["explain", "tools"],
            environment={"ARTIFACTS_BUCKET": artifacts.bucket_name},
            memory_mb=1769,  # a whole processor: most of a first answer is imports
            timeout=Duration.minutes(1),
        )
        models = layout.models_prefix(site.usecase.name)
        grants.read_versions(self.function.role, artifacts, models)

    @property
    def name(self) -> str:
        return self.function.name

    def let_ask(self, role: iam.IRole) -> None:
        grants.allow(role, "lambda:InvokeFunction", on=[self.function.arn])
