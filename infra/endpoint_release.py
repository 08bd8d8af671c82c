"""release of an endpoint: SageMaker's blue/green update, and the only writer of what is live."""

from constructs import Construct

from infra import grants
from infra.endpoint import Endpoint
from infra.endpoint_release_function import release_function
from infra.endpoint_release_states import EndpointStates
from infra.register import Register
from infra.release_road import ReleaseRoad
from infra.site import Site
from infra.verdict import verdict_alarm


class EndpointRelease(ReleaseRoad):
    """Models, configurations and the endpoint are made here, and no template knows of them."""

    def __init__(
        self, scope: Construct, id: str, *, site: Site, endpoint: Endpoint, register: Register
    ) -> None:
        super().__init__(scope, id)
        self.verdict = verdict_alarm(self, "Verdict", site=site)
        self.function = release_function(self, site=site, endpoint=endpoint, verdict=self.verdict)
        role = grants.role(self, "Role", "states.amazonaws.com")
        states = EndpointStates(
            self, "States", site=site, function=self.function, role=role, endpoint=endpoint
        )
        self._open(site=site, states=states, register=register)

    @property
    def outputs(self) -> dict[str, str]:
        return {
            "ReleaseStateMachineArn": self.machine.state_machine_arn,
            "VerdictAlarmName": self.verdict.alarm_name,
        }
