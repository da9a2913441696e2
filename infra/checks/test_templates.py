"""What checkers written by others say of the templates. `skipped.json` has what they are wrong about."""

import json
import os
import subprocess
import sys
from pathlib import Path

import cfn_guard_rs
import parliament
from conftest import FILES, SKIPPED, STAGES

HERE = Path(__file__).parent
TOOLS = Path(sys.executable).parent


def test_all_stages_are_here() -> None:
    assert len(FILES) == 9


def test_cfn_lint_finds_nothing() -> None:
    ignored = SKIPPED["cfn-lint"]
    result = subprocess.run(
        [TOOLS / "cfn-lint", "--ignore-checks", *ignored, "--", *FILES],
        capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def test_checkov_finds_nothing() -> None:
    skipped = ",".join(SKIPPED["checkov"])
    # In one process, since it takes seconds to start.
    result = subprocess.run(
        [TOOLS / "checkov", "--file", *FILES, "--framework", "cloudformation", "--compact", "--quiet",
         "--skip-download", "--skip-check", skipped, "--output", "json"],
        capture_output=True, text=True, check=False, env={**os.environ, "BC_SKIP_MAPPING": "TRUE"})
    report = json.loads(result.stdout)
    failed = [(check["check_id"], check["file_path"], check["resource"]) for check in report["results"]["failed_checks"]]
    assert failed == [] and report["summary"]["passed"] > 100 * len(STAGES), failed


def test_guard_rules_hold(template: Path) -> None:
    report = cfn_guard_rs.run_checks(json.loads(template.read_text()), (HERE / "rules.guard").read_text())
    assert report.status == "PASS", report.not_compliant


def test_parliament_finds_nothing_in_the_policies(template: Path) -> None:
    policies = list(documents(json.loads(template.read_text())))
    findings = []
    for name, document in policies:
        analysed = parliament.analyze_policy_string(json.dumps(document))
        findings += [(name, finding.issue, str(finding.detail)) for finding in analysed.findings
                     if finding.issue not in SKIPPED["parliament"]]
    assert policies and findings == []


def documents(template: dict):
    """The policies of the roles, with a plausible ARN in place of each reference."""
    for name, resource in template["Resources"].items():
        if resource["Type"] == "AWS::IAM::Policy":
            yield name, resolved(resource["Properties"]["PolicyDocument"])


def resolved(value, action: str = ""):
    if isinstance(value, list):
        return [resolved(item, action) for item in value]
    if not isinstance(value, dict):
        return value
    if "Action" in value:
        action = value["Action"] if isinstance(value["Action"], str) else value["Action"][0]
    if set(value) & {"Ref", "Fn::GetAtt", "Fn::Join", "Fn::ImportValue"}:
        return arn(action)
    return {key: resolved(item, action) for key, item in value.items()}


def arn(action: str) -> str:
    service = action.split(":")[0]
    name = {"secretsmanager": "secret:name-abcdef", "kms": "key/1", "logs": "log-group:name:log-stream:name",
            "lambda": "function:name", "iam": "role/name"}.get(service, "name")
    region = "" if service == "iam" else "eu-west-1"
    return f"arn:aws:{service}:{region}:111122223333:{name}"
