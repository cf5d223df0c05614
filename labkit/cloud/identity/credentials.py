"""Credentials: an access key id for everybody to see, and a secret that only signs.

An access key id is unique in the whole world, so one table holds those of every account: who signed a request
is one look-up. Secrets and session tokens are kept as AES key wrap leaves them, under a key that comes from
the memory of the lab's HSMs; a student who opens the lab's file finds ciphertext.
Source: IAM User Guide, "Manage access keys for IAM users", "Temporary security credentials in IAM". How AWS
keeps secrets it does not publish; the wrapping is the lab's own.
"""

import base64
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import ClassVar

from labkit.cloud.core.cloud import Cloud
from labkit.cloud.identity.unique_ids import ACCESS_KEY, TEMPORARY_KEY, fresh_id
from labkit.cloud.policy.principal import AttachedPolicy
from labkit.cloud.state.tables import Tables, table
from labkit.crypto import kdf, wrap
from labkit.crypto.randomness import random_bytes
from labkit.records import Record, replace

WRAPPING_KEY = b"labkit credential key"
ACTIVE, INACTIVE, DELETED = "Active", "Inactive", "Deleted"
SECRET_BYTES, TOKEN_BYTES = 30, 192
# Every token of STS begins with these letters; what they mean is not published.
TOKEN_PREFIX = "IQoJb3JpZ2luX2Vj"  # noqa: S105 - what all tokens share is no secret
SECRETS_AT_HAND = 1024

TagPairs = tuple[tuple[str, str], ...]


class Session(Record):
    """What temporary credentials carry beside the identity they were made from.

    `Name` is the session's own. `Policies` are its session policies, as they were when it was made.
    `TransitiveTagKeys` are the tags that
    go on into the next role. `Facts` are condition keys such as aws:TokenIssueTime. `Token` is the wrapped
    session token.
    """

    hidden: ClassVar = ("Token",)

    Name: str
    Token: bytes
    Policies: tuple[AttachedPolicy, ...] = ()
    Tags: TagPairs = ()
    TransitiveTagKeys: tuple[str, ...] = ()
    SourceIdentity: str = ""
    Facts: tuple[tuple[str, str], ...] = ()


class Credential(Record):
    """An access key: whose it is, whether it works, and its secret, wrapped.

    `Kind` is the kind of principal that it makes ("IAMUser", "AssumedRole", "FederatedUser"); `OwnerId` and
    `OwnerName` say which user or role that is. A deleted key stays known as such: to a lab, an unknown key
    is the administrator's. `Expiration` is on the lab's clock; a long-lived key has none, and no `Session`.
    """

    hidden: ClassVar = ("Secret",)

    AccessKeyId: str
    Account: str
    Kind: str
    OwnerId: str
    OwnerName: str
    CreateDate: datetime
    Secret: bytes
    Partition: str = "aws"
    Status: str = ACTIVE
    Expiration: datetime | None = None
    Session: "Session | None" = None


class CredentialTables(Tables):
    """Every access key of the lab, whichever account it belongs to."""

    service = "credentials"
    credentials = table(Credential, key="AccessKeyId", indexes={"owner": lambda key: key.OwnerId})


class Issued(Record):
    """New credentials with their secrets in clear, which are told once and never again."""

    hidden: ClassVar = ("secret", "token")

    credential: Credential
    secret: str
    token: str = ""


class SecretsAtHand:
    """Secrets that were unwrapped a moment ago; unwrapping costs more than the signature that needs it."""

    def __init__(self, cloud: Cloud) -> None:
        self._key = kdf.derive(cloud.hsm_memory.root, WRAPPING_KEY, b"", 32)
        self._opened: dict[bytes, str] = {}

    def __repr__(self) -> str:
        return f"<SecretsAtHand: {len(self._opened)}>"

    def close(self, secret: str) -> bytes:
        """`secret` as it may be stored."""
        return wrap.wrap_padded(self._key, secret.encode())

    def open(self, closed: bytes) -> str:
        """What `close` was given."""
        found = self._opened.get(closed)
        if found is None:
            found = self._opened[closed] = wrap.unwrap_padded(self._key, closed).decode()
            if len(self._opened) > SECRETS_AT_HAND:
                del self._opened[next(iter(self._opened))]
        return found


def credential_tables(cloud: Cloud) -> CredentialTables:
    """The one set of credentials that a lab has."""
    return cloud.store.tables(CredentialTables, "lab", "global")


def find_credential(cloud: Cloud, access_key_id: str) -> Credential | None:
    """The credential with this access key id, in whichever account; None if the lab never made it.

    It may be inactive, deleted or expired: see `Status` and `Expiration`.
    """
    # Asked of every call, so the lab keeps the table at hand.
    return cloud.part(credential_tables).credentials.get(access_key_id)


def secret_of(cloud: Cloud, credential: Credential) -> str:
    """The secret access key, to check a signature with."""
    return cloud.part(SecretsAtHand).open(credential.Secret)


def token_matches(cloud: Cloud, credential: Credential, token: str) -> bool:
    """Whether `token` is the one that goes with the credential; a long-lived one goes with none ("")."""
    if credential.Session is None:
        return not token
    right = cloud.part(SecretsAtHand).open(credential.Session.Token)
    return hmac.compare_digest(right.encode(), token.encode())


def keys_of(cloud: Cloud, owner_id: str) -> list[Credential]:
    """The long-lived access keys of a user, in the order of their ids."""
    owned = credential_tables(cloud).credentials.having("owner", owner_id)
    return [key for key in owned if key.Session is None and key.Status != DELETED]


def issue_access_key(
    cloud: Cloud, *, account: str, partition: str, kind: str, owner_id: str, owner_name: str, now: datetime
) -> Issued:
    """Make and keep a long-lived access key for a user."""
    secret = _fresh_secret()
    closed = cloud.part(SecretsAtHand).close(secret)
    made = Credential(
        fresh_id(ACCESS_KEY), account, kind, owner_id, owner_name, now, closed, Partition=partition
    )
    credential_tables(cloud).credentials.put(made)
    return Issued(made, secret)


def forget_access_key(cloud: Cloud, credential: Credential) -> None:
    """Delete an access key: its secret is replaced by one that nobody was told."""
    closed = cloud.part(SecretsAtHand).close(_fresh_secret())
    credential_tables(cloud).credentials.put(replace(credential, Status=DELETED, Secret=closed))


def issue_session(
    cloud: Cloud,
    *,
    account: str,
    partition: str,
    kind: str,
    owner_id: str,
    owner_name: str,
    now: datetime,
    expiration: datetime,
    name: str,
    policies: Sequence[AttachedPolicy] = (),
    tags: Mapping[str, str] = {},
    transitive: Sequence[str] = (),
    source_identity: str = "",
    facts: Mapping[str, str] = {},
    token_size: int = 0,
) -> Issued:
    """Make and keep temporary credentials, which work until `expiration`; see `Session` for the rest.

    The session token has at least `token_size` characters.
    """
    at_hand = cloud.part(SecretsAtHand)
    secret, token = _fresh_secret(), _fresh_token(token_size)
    session = Session(
        Name=name,
        Token=at_hand.close(token),
        Policies=tuple(policies),
        Tags=tuple(sorted(tags.items())),
        TransitiveTagKeys=tuple(sorted(transitive)),
        SourceIdentity=source_identity,
        Facts=tuple(sorted(facts.items())),
    )
    made = Credential(
        fresh_id(TEMPORARY_KEY),
        account,
        kind,
        owner_id,
        owner_name,
        now,
        at_hand.close(secret),
        Partition=partition,
        Expiration=expiration,
        Session=session,
    )
    credential_tables(cloud).credentials.put(made)
    return Issued(made, secret, token)


def _fresh_secret() -> str:
    """40 characters of base64, as every secret access key has."""
    return base64.b64encode(random_bytes(SECRET_BYTES)).decode()


def _fresh_token(size: int) -> str:
    # Three bytes make four characters; the prefix comes on top.
    return TOKEN_PREFIX + base64.b64encode(random_bytes(max(TOKEN_BYTES, size))).decode()
