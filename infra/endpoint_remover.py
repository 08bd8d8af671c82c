"""Nothing of an endpoint stays behind: with the stack, or when the mode of serving is changed.

Function and role are its own. On a change of mode CloudFormation removes this resource after all
others were updated, when a role shared with the rest would no longer let it.
"""

import aws_cdk as cdk
from aws_cdk import Duration
from constructs import Construct

from infra import grants
from infra.endpoint import Endpoint
from infra.endpoint_release import EndpointRelease
from infra.endpoint_scaling import let_withdraw
from infra.function import Function
from infra.site import Site
from penstock import layout
from penstock.events import NAMESPACE


class EndpointRemover(Construct):
    """Deleted before the verdict's alarm, which ends an update that is under way."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        site: Site,
        endpoint: Endpoint,
        release: EndpointRelease,
    ) -> None:
        super().__init__(scope, id)
        self._site, self._endpoint = site, endpoint
        function = Function(
            self,
            "Remover",
            site=site,
            stage="lifecycle",
            handler="endpoints",
            layers=[],
            environment={},
            memory_mb=512,
            timeout=Duration.minutes(15),
        )
        archives = self._let_remove(function)
        resource = cdk.CustomResource(
            self,
            "Remove",
            service_token=function.arn,
            resource_type="Custom::EndpointRemover",
            properties={
                "Environment": site.environment.name,
                "Usecase": site.usecase.name,
                "Mode": site.usecase.serving.mode,
                "Slug": site.slug,
                "Endpoints": [endpoint.name, endpoint.trial_name],
                "Archives": archives,
            },
        )
        resource.node.add_dependency(function, endpoint, release)

    def _let_remove(self, function: Function) -> str:
        site, role = self._site, function.role
        names = (self._endpoint.name, self._endpoint.trial_name)
        grants.allow(
            role,
            "sagemaker:DescribeEndpoint",
            "sagemaker:DeleteEndpoint",
            on=[site.arn(self, "sagemaker", f"endpoint/{name}") for name in names],
        )
        for kind, word in (("Model", "model"), ("EndpointConfig", "endpoint-config")):
            grants.allow(role, f"sagemaker:List{kind}s", on=["*"], why=grants.NO_RESOURCE)
            grants.allow(
                role,
                f"sagemaker:Delete{kind}",
                on=[site.arn(self, "sagemaker", f"{word}/{site.slug}-*")],
                why=grants.AT_RUN_TIME,
            )
        let_withdraw(role, site, self._endpoint.name)
        grants.put_metrics(role, NAMESPACE)
        bucket, prefix = site.platform.artifacts, layout.endpoints_prefix(site.usecase.name)
        grants.list_objects(role, bucket, prefix, action="s3:ListBucketVersions")
        grants.allow(
            role,
            "s3:DeleteObject",
            "s3:DeleteObjectVersion",
            on=grants.object_arns(bucket, [prefix]),
            why=grants.BY_PREFIX,
        )
        return layout.uri(bucket.bucket_name, prefix)
