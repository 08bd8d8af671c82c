"""register: where a trained model waits for its approval, with everything that it was made of."""

from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from infra.site import Site


class Register(Construct):
    def __init__(self, scope: Construct, id: str, *, site: Site) -> None:
        super().__init__(scope, id)
        self.group = sagemaker.CfnModelPackageGroup(
            self,
            "Models",
            model_package_group_name=site.slug,
            model_package_group_description=f"{site.usecase.name}: {site.usecase.description}"[
                :1024
            ],
        )
        self.group.apply_removal_policy(site.environment.removal_policy)

    @property
    def group_name(self) -> str:
        return self.group.model_package_group_name

    @property
    def group_arn(self) -> str:
        return self.group.attr_model_package_group_arn
