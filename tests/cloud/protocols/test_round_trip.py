"""Every operation of the lab's services goes both ways: botocore to us, and us to botocore."""

OPERATIONS = {
    "kms": 56,
    "ssm": 154,
    "secretsmanager": 26,
    "sts": 11,
    "iam": 180,
    "s3": 116,
    "logs": 118,
    "events": 57,
    "cloudtrail": 60,
    "cloudformation": 92,
    "lambda": 91,
    "rds": 168,
    "ec2": 830,
}
