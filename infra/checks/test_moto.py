"""The templates of production and of an edge, deployed to the CloudFormation of moto as far as that goes.

moto makes what `LEFT_OUT` does not name. A reference to something that it does not make is replaced by an
ARN, and tags are left out, since moto reads those of keys wrongly.
"""

import copy
import json
import os
import urllib.request

import boto3
import pytest
from conftest import FOLDER

URL = os.environ.get("COUNTERSIGN_TEST_SECRETS_URL", "")
DATABASE, API, EDGE = "AuthServiceDatabase", "AuthServiceApi", "AuthServiceEdge"
# Of each stack, the folder of its template and its region.
PLACES = {
    DATABASE: ("production", "eu-west-1"),
    API: ("production", "eu-west-1"),
    EDGE: ("production-edge", "us-east-1"),
}
ASSETS = "cdk-hnb659fds-assets-123456789012-"
PLACEHOLDER = "arn:aws:sns:eu-west-1:123456789012:left-out-"

# What moto 5.2.5 does not make. A custom resource would need Docker, for its function.
LEFT_OUT = {
    DATABASE: {
        "AWS::DocDB::DBCluster", "AWS::DocDB::DBClusterParameterGroup", "AWS::DocDB::DBInstance",
        "AWS::DocDB::DBSubnetGroup", "AWS::EC2::SecurityGroupEgress", "AWS::SecretsManager::ResourcePolicy",
        "AWS::SecretsManager::RotationSchedule", "AWS::SecretsManager::Secret",
        "AWS::SecretsManager::SecretTargetAttachment", "AWS::Serverless::Application",
    },
    API: {
        "AWS::ApiGateway::GatewayResponse", "AWS::ApiGateway::Model", "AWS::ApiGateway::RequestValidator",
        "AWS::ApiGateway::Stage", "AWS::ApplicationAutoScaling::ScalableTarget",
        "AWS::ApplicationAutoScaling::ScalingPolicy", "AWS::CloudWatch::Alarm", "AWS::CodeDeploy::Application",
        "AWS::CodeDeploy::DeploymentGroup", "AWS::Lambda::Alias", "AWS::SNS::TopicPolicy",
        "AWS::SecretsManager::Secret", "AWS::WAFv2::LoggingConfiguration", "AWS::WAFv2::WebACL",
        "AWS::WAFv2::WebACLAssociation", "Custom::Migration", "Custom::SigningKey",
    },
    EDGE: {
        "AWS::CloudFront::CachePolicy", "AWS::CloudFront::Distribution", "AWS::CloudFront::ResponseHeadersPolicy",
        "AWS::CloudWatch::Alarm", "AWS::Logs::Delivery", "AWS::Logs::DeliveryDestination",
        "AWS::Logs::DeliverySource", "AWS::SNS::TopicPolicy", "AWS::WAFv2::LoggingConfiguration",
        "AWS::WAFv2::WebACL",
    },
}


# What a deployment makes last.
LATE = ("AWS::Lambda::", "AWS::Events::", "AWS::CloudWatch::")


def client(service: str, stack: str = API):
    return boto3.client(service, region_name=PLACES[stack][1], endpoint_url=URL,
                        aws_access_key_id="x", aws_secret_access_key="x")


def synthesised(name: str, kind: str) -> dict:
    return json.loads((FOLDER / PLACES[name][0] / f"{name}.{kind}.json").read_text())


def template(name: str) -> dict:
    return synthesised(name, "template")


def possible(name: str) -> dict:
    """The template without what moto does not make."""
    whole = template(name)
    gone = {id for id, of in whole["Resources"].items() if of["Type"] in LEFT_OUT[name]}
    # A permission on a function that is left out has nothing to stand on.
    gone |= {id for id, of in whole["Resources"].items()
             if of["Type"] == "AWS::Lambda::Permission" and mentioned(of["Properties"]["FunctionName"]) & gone}
    kept = {id: of for id, of in whole["Resources"].items() if id not in gone}
    return {"Resources": {id: without(of, gone) for id, of in kept.items()},
            "Parameters": whole["Parameters"], "Outputs": without(whole.get("Outputs", {}), gone)}


def mentioned(value) -> set[str]:
    if isinstance(value, list):
        return set().union(*map(mentioned, value))
    if not isinstance(value, dict):
        return set()
    target = value.get("Ref") or value.get("Fn::GetAtt", [None])[0]
    return {target} if target else set().union(*map(mentioned, value.values()))


def without(value, gone: set[str]):
    """The value without tags, and with a placeholder for each reference to what is gone."""
    if isinstance(value, list):
        return [without(item, gone) for item in value]
    if not isinstance(value, dict):
        return value
    if set(value) <= {"Ref", "Fn::GetAtt"} and (names := mentioned(value) & gone):
        return PLACEHOLDER + names.pop()
    rest = {key: without(item, gone) for key, item in value.items() if key not in ("Tags", "DependsOn")}
    waits = [id for id in listed(value.get("DependsOn", [])) if id not in gone]
    return {**rest, "DependsOn": waits} if waits else rest


def listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


@pytest.fixture
def account() -> None:
    """An account that is bootstrapped in both regions, with the assets of all stacks and nothing else."""
    if not URL:
        pytest.skip("tests/aws/with-moto starts the server")
    urllib.request.urlopen(urllib.request.Request(f"{URL}/moto-api/reset", method="POST")).close()
    for region in sorted({region for _, region in PLACES.values()}):
        bootstrap(region)
    for name, (_, region) in PLACES.items():
        for file in synthesised(name, "assets")["files"].values():
            for place in file["destinations"].values():
                client("s3", name).put_object(
                    Bucket=ASSETS + region, Key=place["objectKey"], Body=b"in place of the asset")


def bootstrap(region: str) -> None:
    name = next(name for name, place in PLACES.items() if place[1] == region)
    # The first region is the one that a bucket is in without being told.
    elsewhere = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    client("s3", name).create_bucket(Bucket=ASSETS + region, **elsewhere)
    client("ssm", name).put_parameter(Name="/cdk-bootstrap/hnb659fds/version", Value="30", Type="String")


def deploy(name: str, body: dict, change: str = "create_stack") -> dict[str, str]:
    """Deploys a stack; the physical ids of what it then has, by their logical ones."""
    account = client("cloudformation", name)
    getattr(account, change)(StackName=name, TemplateBody=json.dumps(body), Capabilities=["CAPABILITY_IAM"])
    [stack] = account.describe_stacks(StackName=name)["Stacks"]
    assert stack["StackStatus"].endswith("_COMPLETE") and "ROLLBACK" not in stack["StackStatus"]
    made = account.describe_stack_resources(StackName=name)["StackResources"]
    return {of["LogicalResourceId"]: of.get("PhysicalResourceId", "") for of in made}


@pytest.mark.usefixtures("account")
def test_all_stacks_deploy_but_for_what_is_left_out() -> None:
    for name in PLACES:
        whole, body = template(name)["Resources"], possible(name)
        made = deploy(name, body)
        assert set(made) == set(body["Resources"])
        types = {of["Type"] for of in whole.values()}
        assert LEFT_OUT[name] <= types, LEFT_OUT[name] - types
    function = client("lambda").get_function(FunctionName="countersign-production")["Configuration"]
    assert function["Environment"]["Variables"]["ENVIRONMENT"] == "production"
    resources = client("apigateway").get_resources(
        restApiId=client("apigateway").get_rest_apis()["items"][0]["id"], limit=200)["items"]
    assert {"/v1/login", "/v1/users/{id}/sessions"} <= {of["path"] for of in resources}


@pytest.mark.usefixtures("account")
def test_a_deployment_over_a_half_made_one_converges() -> None:
    deploy(DATABASE, possible(DATABASE))
    body = possible(API)
    half = copy.deepcopy(body)
    # As if the deployment had ended before the functions.
    late = {id for id, of in body["Resources"].items() if of["Type"].startswith(LATE)}
    half["Resources"] = {id: of for id, of in body["Resources"].items() if id not in late and not mentioned(of) & late}
    half["Outputs"] = {}
    first = deploy(API, half)
    second = deploy(API, body, "update_stack")
    assert 0 < len(first) < len(second) and set(second) == set(body["Resources"])
    assert {id: second[id] for id in first} == first
    assert deploy(API, body, "update_stack").keys() == second.keys()
