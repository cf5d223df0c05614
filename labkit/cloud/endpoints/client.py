"""What a client outside this process is told, in environment variables, to reach a lab and nobody else.

AWS's SDKs and its command line read the same variables ("AWS SDKs and Tools Reference Guide: Settings
reference"), so a few lines of a shell point all of them here.
"""

from collections.abc import Mapping

from labkit.cloud.gateway.administrator import ACCESS_KEY_ID, SECRET_ACCESS_KEY

# These say on sight that they open nothing but a lab, and hold in one with strict identities, too.
CREDENTIALS = {"AWS_ACCESS_KEY_ID": ACCESS_KEY_ID, "AWS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY}
DEFAULT_REGION = "us-east-1"


def client_settings(endpoint_url: str) -> dict[str, str]:
    """The variables that point any AWS client at `endpoint_url`, with credentials and a region."""
    return {"AWS_ENDPOINT_URL": endpoint_url, **CREDENTIALS, "AWS_DEFAULT_REGION": DEFAULT_REGION}


def tls_settings(tls_url: str, ca_bundle: str) -> dict[str, str]:
    """The variables that take S3's clients over TLS: over plain HTTP, S3 takes no object of KMS's."""
    return {"AWS_ENDPOINT_URL_S3": tls_url, "AWS_CA_BUNDLE": ca_bundle}


def client_environment(endpoint_url: str, surroundings: Mapping[str, str]) -> dict[str, str | None]:
    """What to change in `surroundings`, an environment, so that an AWS client in it reaches the lab alone.

    None stands for a variable to remove. Credentials and region that are set already stay. What could lead a
    call past the lab does not: a service's own endpoint variable, which AWS ranks above AWS_ENDPOINT_URL; the
    wish to ignore endpoint variables; a proxy, which cannot reach this machine's loopback.
    """
    changes: dict[str, str | None] = {
        name: None for name in surroundings if name.startswith("AWS_ENDPOINT_URL_")
    }
    if "AWS_ACCESS_KEY_ID" not in surroundings:
        # The rest of somebody else's identity would not fit the lab's pair.
        changes |= dict.fromkeys(("AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_DEFAULT_PROFILE")) | CREDENTIALS
    if "AWS_DEFAULT_REGION" not in surroundings:
        changes["AWS_DEFAULT_REGION"] = surroundings.get("AWS_REGION", DEFAULT_REGION)
    no_proxy = surroundings.get("no_proxy") or surroundings.get("NO_PROXY")
    return changes | {
        "AWS_ENDPOINT_URL": endpoint_url,
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "false",
        # There is no instance metadata service here; looking for one costs seconds.
        "AWS_EC2_METADATA_DISABLED": "true",
        # Version 2 of the AWS CLI would open a pager, and a notebook cell has no keyboard to leave it.
        "AWS_PAGER": "",
        "no_proxy": ",".join(filter(None, [no_proxy, "127.0.0.1", "localhost"])),
    }
