"""AWS::Budgets::Budget, which MiniStack's CloudFormation lacks and its Budgets service has.

It is stored: nothing is spent here, so that no notification is sent.
Upstream: `provisioners._RESOURCE_HANDLERS` would need it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ministack.services import budgets

from localcloud.cloudformation.handlers import Made, Properties, ResourceType
from localcloud.config import ACCOUNT
from localcloud.json_service import Document, Operation, ServiceError

NAME = "BudgetName"


@dataclass(frozen=True)
class Budget(ResourceType):
    """Its name is within the property `Budget`, its limit a number there and text in the API."""

    def on_create(self, logical_id: str, properties: Properties, stack: str) -> Made:
        from ministack.services.cloudformation.provisioners import _physical_name

        name = properties["Budget"].get(NAME) or _physical_name(stack, logical_id, max_len=100)
        self._call(self.create, {**_request("Budget", name, properties["Budget"]), **{
            key: part for key, part in properties.items() if key != "Budget"
        }})  # fmt: skip
        return self.described(name)

    def on_update(
        self, physical_id: str, old: Properties, new: Properties, stack: str, logical_id: str
    ) -> Made:
        if old["Budget"] != new["Budget"]:
            self._call("UpdateBudget", _request("NewBudget", physical_id, new["Budget"]))
        return self.described(physical_id)

    def on_delete(self, physical_id: str, properties: Properties) -> None:
        try:
            self._call(self.delete, {"AccountId": ACCOUNT, NAME: physical_id})
        except ValueError as error:
            if "doesn't exist" not in str(error):
                raise


def _request(member: str, name: str, given: Properties) -> Properties:
    budget = {**given, NAME: name}
    if limit := budget.get("BudgetLimit"):
        budget["BudgetLimit"] = {**limit, "Amount": str(limit["Amount"])}
    return {"AccountId": ACCOUNT, member: budget}


def resource_type() -> ResourceType:
    return Budget(
        "AWS::Budgets::Budget",
        "budgets",
        {
            "CreateBudget": _operation(budgets._create_budget),
            "UpdateBudget": _operation(budgets._update_budget),
            "DeleteBudget": _operation(budgets._delete_budget),
        },
        name=NAME,
        create="CreateBudget",
        delete="DeleteBudget",
        described=_described,
    )


def _operation(serve: Callable[[Document], Any]) -> Operation:
    def run(request: Document) -> Document:
        status, _, body = serve(request)
        found: Document = json.loads(body or b"{}")
        if status >= 400:
            said = found.get("message") or found.get("Message")
            raise ServiceError(str(found.get("__type", "ValidationException")), str(said))
        return found

    return run


def _described(name: str) -> Made:
    return name, {}
