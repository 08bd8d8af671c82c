"""The condition keys that this cloud fills as AWS does, or that are truly absent on one machine."""

from __future__ import annotations

from collections.abc import Iterable

# Absent here as on AWS for a caller outside of any organization, VPC or federation.
_ABSENT = """
aws:FederatedProvider aws:PrincipalOrgPaths aws:SourceOrgID aws:SourceOrgPaths aws:SourceVpc
aws:SourceVpce aws:VpcSourceIp aws:SourceIdentity aws:ResourceOrgID aws:ResourceOrgPaths
aws:MultiFactorAuthAge aws:ChatbotSourceArn
"""
_FILLED = """
aws:CurrentTime aws:EpochTime
aws:MultiFactorAuthPresent aws:PrincipalAccount aws:PrincipalArn aws:PrincipalIsAWSService
aws:PrincipalOrgID aws:PrincipalServiceName aws:PrincipalType aws:RequestedRegion
aws:ResourceAccount aws:SecureTransport aws:SourceAccount aws:SourceArn aws:SourceIp
aws:SourceOwner aws:TagKeys aws:TokenIssueTime aws:userid aws:username aws:ViaAWSService
application-autoscaling:scalable-dimension application-autoscaling:service-namespace
cloudwatch:namespace
dynamodb:Attributes dynamodb:EnclosingOperation dynamodb:LeadingKeys dynamodb:Select
events:detail-type events:source
iam:PassedToService
kms:CallerAccount kms:EncryptionContextKeys kms:GrantIsForAWSResource kms:ViaService
lambda:FunctionArn lambda:FunctionUrlAuthType lambda:InvokedViaFunctionUrl
s3:DataAccessPointAccount s3:DataAccessPointArn s3:delimiter s3:max-keys s3:prefix
s3:ResourceAccount s3:x-amz-acl s3:x-amz-grant-full-control s3:x-amz-grant-read
s3:x-amz-grant-read-acp s3:x-amz-grant-write s3:x-amz-grant-write-acp
s3:x-amz-server-side-encryption
sagemaker:TargetVariant
sns:Endpoint sns:Protocol
sts:ExternalId sts:RoleSessionName sts:SourceIdentity
"""
_PREFIXES = (
    "aws:principaltag/",
    "aws:requesttag/",
    "aws:resourcetag/",
    "kms:encryptioncontext:",
    "s3:existingobjecttag/",
)

FILLED = frozenset(f"{_FILLED} {_ABSENT}".lower().split())


def unfilled(keys: Iterable[str]) -> list[str]:
    lower = {key: key.lower() for key in keys}
    return [k for k, name in lower.items() if name not in FILLED and not name.startswith(_PREFIXES)]
