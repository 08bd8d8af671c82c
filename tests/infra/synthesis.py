"""Running app.py as the CDK CLI does, and reading what it made."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
Resource = dict[str, Any]


@dataclass(frozen=True)
class Assembly:
    """cdk.out of both environments and all use cases, for AWS's platform."""

    folder: Path

    def template(self, stack: str) -> dict[str, Any]:
        text = (self.folder / f"{stack}.template.json").read_text(encoding="utf-8")
        return json.loads(text)  # type: ignore[no-any-return]

    @property
    def stacks(self) -> list[str]:
        return sorted(p.name.split(".")[0] for p in self.folder.glob("*.template.json"))

    @property
    def usecase_stacks(self) -> list[str]:
        return [name for name in self.stacks if not name.endswith("-Platform")]

    def resources(self, stack: str, type_: str) -> dict[str, Resource]:
        found = self.template(stack)["Resources"]
        return {name: r for name, r in found.items() if r["Type"] == type_}


def synthesise(folder: Path, **context: str) -> Assembly:
    done = subprocess.run(
        [sys.executable, str(ROOT / "app.py")],
        cwd=ROOT,
        env=os.environ
        | {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "CDK_OUTDIR": str(folder),
            "CDK_CONTEXT_JSON": json.dumps(context),
            "JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION": "1",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    # cdk-nag's and the template rules' findings fail the synthesis itself
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"[-4000:]
    return Assembly(folder)


def text(value: Any) -> str:
    """A CloudFormation expression as one string, references by the names in angle brackets."""
    match value:
        case {"Fn::Join": [delimiter, parts]}:
            return str(delimiter).join(text(part) for part in parts)
        case {"Fn::GetAtt": [name, attribute]}:
            return f"<{name}.{attribute}>"
        case {"Ref": name} | {"Fn::ImportValue": name} | {"Fn::Sub": name}:
            return f"<{name}>"
    return str(value)


def statements(assembly: Assembly, stack: str) -> list[tuple[str, dict[str, Any]]]:
    """(policy or role, statement) of every identity policy of a stack."""
    found = []
    for name, policy in assembly.resources(stack, "AWS::IAM::Policy").items():
        found += [(name, s) for s in policy["Properties"]["PolicyDocument"]["Statement"]]
    for name, role in assembly.resources(stack, "AWS::IAM::Role").items():
        for policy in role["Properties"].get("Policies", []):
            found += [(name, s) for s in policy["PolicyDocument"]["Statement"]]
    return found


def many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
