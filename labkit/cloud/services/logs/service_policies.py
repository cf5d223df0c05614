"""Which resource policies speak about a log group. They count for AWS's services only.

On AWS, users and roles get their permissions from IAM; a service that writes in its own name, such as
events.amazonaws.com, needs a resource policy of CloudWatch Logs that lets it.
Source: CloudWatch Logs API Reference, "PutResourcePolicy".
"""

import json

from labkit.cloud.services.logs.model import LogTables


def policy_for(tables: LogTables, group_arn: str) -> str | None:
    """One policy with the statements of all that speak of this group; None if there are none."""
    documents = [json.loads(one.Document) for one in tables.policies if one.ResourceArn in ("", group_arn)]
    listed = [document["Statement"] for document in documents]
    statements = [one for each in listed for one in (each if isinstance(each, list) else [each])]
    return json.dumps({"Version": "2012-10-17", "Statement": statements}) if statements else None
