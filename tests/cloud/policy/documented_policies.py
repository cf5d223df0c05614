"""The policies of AWS's documented examples, in the fewest words that keep what they are examples of."""

from labkit.cloud.policy.question import Facts
from tests.cloud.policy.callers import (
    ACCOUNT,
    ACCOUNT_ROOT,
    ANN,
    BUCKET,
    ROLE,
    STRANGER,
    allowing,
    policy,
    statement,
)

NO_FACTS: Facts = {}

OTHER_ACTIONS = allowing("ec2:*")
OBJECT = f"{BUCKET}/home/ann/x"
LOGS_BUCKET = "arn:aws:s3:::carlos-logs"
CARLOS = policy(
    statement(action="s3:ListAllMyBuckets"),
    statement(action="s3:*", resource=[BUCKET, f"{BUCKET}/*"]),
    statement("Deny", "s3:*", [LOGS_BUCKET, f"{LOGS_BUCKET}/*"]),
)
SHARED = allowing("s3:GetObject", f"{BUCKET}/*", Principal={"AWS": STRANGER.arn})
S3_ONLY_BOUNDARY = allowing(["s3:*", "cloudwatch:*", "ec2:*"])
HOME = policy(
    statement(
        action="s3:ListBucket",
        resource=BUCKET,
        Condition={"StringLike": {"s3:prefix": ["", "home/", "home/${aws:username}/*"]}},
    ),
    statement(action="s3:*", resource=f"{BUCKET}/home/${{aws:username}}/*"),
)
MFA_OR_NOTHING = policy(
    statement(),
    statement("Deny", Condition={"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}),
)
TAG_KEYS = allowing(
    "ec2:CreateTags", Condition={"ForAllValues:StringEquals": {"aws:TagKeys": ["env", "team"]}}
)
ANY_TAG_KEY = allowing("ec2:CreateTags", Condition={"ForAnyValue:StringEquals": {"aws:TagKeys": ["env"]}})
OFFICE = policy(
    statement(),
    statement(
        "Deny",
        Condition={
            "NotIpAddress": {"aws:SourceIp": ["192.0.2.0/24", "203.0.113.0/24"]},
            "Bool": {"aws:ViaAWSService": "false"},
        },
    ),
)
JULY = allowing(
    Condition={
        "DateGreaterThan": {"aws:CurrentTime": "2026-04-01T00:00:00Z"},
        "DateLessThan": {"aws:CurrentTime": "2026-06-30T23:59:59Z"},
    }
)
EXAMPLE_COM = allowing(
    "kms:*", Principal={"AWS": ANN.arn}, Condition={"StringEquals": {"kms:ViaService": "rds"}}
)
CONTEXT = allowing(
    ["kms:Encrypt", "kms:Decrypt"],
    Principal={"AWS": ROLE},
    Condition={"StringEquals": {"kms:EncryptionContext:AppName": "ExampleApp"}},
)
CONTEXT_KEYS = allowing(
    "kms:GenerateDataKey*",
    Principal={"AWS": ROLE},
    Condition={"ForAllValues:StringEquals": {"kms:EncryptionContextKeys": ["AppName", "Number"]}},
)
HTTPS_ONLY = policy(
    statement(action="s3:GetObject", Principal="*"),
    statement("Deny", "s3:*", Principal="*", Condition={"Bool": {"aws:SecureTransport": "false"}}),
)
ALL_BUT_BOB = policy(
    statement("Deny", "s3:*", NotPrincipal={"AWS": [ANN.arn, ACCOUNT_ROOT]}),
    statement(action="s3:*", Principal={"AWS": ACCOUNT}),
)
