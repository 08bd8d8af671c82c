"""release: the only road to production, and the only writer of what `live` points at."""

from constructs import Construct

from infra import grants
from infra.canary import Canary
from infra.predict import Predict
from infra.register import Register
from infra.release_function import release_function
from infra.release_road import ReleaseRoad
from infra.release_states import FunctionStates
from infra.site import Site


class Release(ReleaseRoad):
    """Of the predict function, by CodeDeploy."""

    def __init__(
        self, scope: Construct, id: str, *, site: Site, predict: Predict, register: Register
    ) -> None:
        super().__init__(scope, id)
        self.canary = Canary(self, "Canary", site=site, predict=predict.function)
        self.verdict = self.canary.verdict
        self.function = release_function(self, site=site, predict=predict, canary=self.canary)
        role = grants.role(self, "Role", "states.amazonaws.com")
        states = FunctionStates(self, "States", site=site, function=self.function, role=role)
        self._let_deploy(site, states)
        self._open(site=site, states=states, register=register)

    @property
    def outputs(self) -> dict[str, str]:
        return {
            "ReleaseStateMachineArn": self.machine.state_machine_arn,
            "VerdictAlarmName": self.verdict.alarm_name,
            "CodeDeployApplication": self.canary.application.application_name,
            "DeploymentGroup": self.canary.group.ref,
        }

    def _let_deploy(self, site: Site, states: FunctionStates) -> None:
        """What Step Functions itself asks of CodeDeploy."""
        application = self.canary.application.application_name
        for actions, resource in (
            (("CreateDeployment", "GetDeployment"), self.canary.group_arn_resource),
            (
                ("RegisterApplicationRevision", "GetApplicationRevision"),
                f"application:{application}",
            ),
            (("GetDeploymentConfig",), f"deploymentconfig:{self.canary.config}"),
        ):
            grants.allow(
                states.role,
                *(f"codedeploy:{action}" for action in actions),
                on=[site.arn(self, "codedeploy", resource)],
            )
