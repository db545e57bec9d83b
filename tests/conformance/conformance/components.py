"""The components in the order in which they run: what is quick and fails often comes first.

A component is a module with `NAME`, `version(tools) -> str` and `check(cases, tools) -> Result`.
"""

from types import ModuleType

from . import (
    cfn_guard,
    cfn_lint,
    change_set_input,
    checkov,
    cloudformation,
    comparison,
    damage,
    decisions,
    hcl_strings,
    lifecycle,
    moto,
    provider_schema,
    same_policy,
    same_texts,
    simulator,
    terraform,
    terraform_fmt,
    terraform_validate,
)

COMPONENTS: dict[str, ModuleType] = {
    component.NAME: component
    for component in (
        cfn_lint,
        change_set_input,
        terraform_fmt,
        terraform_validate,
        hcl_strings,
        provider_schema,
        same_texts,
        cfn_guard,
        checkov,
        simulator,
        decisions,
        cloudformation,
        terraform,
        same_policy,
        moto,
        lifecycle,
        damage,
        comparison,
    )
}
