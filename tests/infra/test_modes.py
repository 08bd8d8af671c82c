"""What holds for the use cases that ship holds for every mode of serving."""

import pytest
from synthesis import Assembly
from test_functions import (
    test_a_function_and_its_layers_fit_into_lambda,
    test_every_import_of_a_package_is_in_it,
)
from test_iam_resources import (
    test_every_action_takes_a_resource_of_its_statement,
    test_every_condition_key_is_one_that_the_action_has,
    test_every_resource_is_taken_by_an_action_of_its_statement,
)
from test_permissions import (
    test_a_use_case_touches_only_its_own_prefixes_and_rows,
    test_every_action_exists,
    test_no_action_is_a_wildcard,
    test_no_role_has_a_managed_policy,
    test_only_actions_without_resources_are_allowed_on_everything,
    test_only_training_writes_models,
)
from test_templates import test_logs_are_encrypted_and_gone_after_two_weeks

__all__ = [
    "test_a_function_and_its_layers_fit_into_lambda",
    "test_a_use_case_touches_only_its_own_prefixes_and_rows",
    "test_every_action_exists",
    "test_every_action_takes_a_resource_of_its_statement",
    "test_every_condition_key_is_one_that_the_action_has",
    "test_every_import_of_a_package_is_in_it",
    "test_every_resource_is_taken_by_an_action_of_its_statement",
    "test_logs_are_encrypted_and_gone_after_two_weeks",
    "test_no_action_is_a_wildcard",
    "test_no_role_has_a_managed_policy",
    "test_only_actions_without_resources_are_allowed_on_everything",
    "test_only_training_writes_models",
]


@pytest.fixture
def assembly(modes: Assembly) -> Assembly:
    return modes
