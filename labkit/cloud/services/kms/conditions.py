"""The condition keys of KMS: what a policy's Condition can ask of the request, of the key, and of the caller.

Nothing here is handed over by the operations: every fact is read from the call's parameters, the key it is
about and the action that is asked for, and only when a statement depends on it.
Source: KMS Developer Guide, "AWS KMS condition keys", "ABAC for AWS KMS"; Service Authorization Reference,
"Actions, resources, and condition keys for AWS Key Management Service".
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from labkit.cloud.core.call import Call
from labkit.cloud.policy.principal import SERVICE, Principal
from labkit.cloud.policy.question import Facts, Value
from labkit.cloud.services.kms.model import Key
from labkit.cloud.state.arns import partition_of

Pair = tuple[str, Value]

DATA_KEYS = frozenset(
    {"GenerateDataKey", "GenerateDataKeyWithoutPlaintext"}
    | {"GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext"}
)
WITH_CONTEXT = DATA_KEYS | {"Encrypt", "Decrypt", "ReEncryptFrom", "ReEncryptTo"}
ON_GRANTS = frozenset({"CreateGrant", "ListGrants", "RevokeGrant"})
TAGGING = frozenset({"CreateKey", "ReplicateKey", "TagResource"})
CONTEXT_CONSTRAINTS = ("EncryptionContextEquals", "EncryptionContextSubset")
SYMMETRIC_DEFAULT = "SYMMETRIC_DEFAULT"

# ReEncrypt is two actions on two keys, and has each of these parameters twice.
CONTEXT_OF = {"ReEncryptFrom": "SourceEncryptionContext", "ReEncryptTo": "DestinationEncryptionContext"}
KEY_ID_OF = {"ReEncryptFrom": "SourceKeyId", "ReEncryptTo": "DestinationKeyId"}


class FromParameter(NamedTuple):
    """A condition key that is one parameter of some actions; it has the parameter's default, where there is
    one, also in a request that leaves the parameter out."""

    key: str
    actions: frozenset[str]
    parameter: str
    default: Value | None = None


def _of(key: str, actions: str, parameter: str = "", default: Value | None = None) -> FromParameter:
    return FromParameter(f"kms:{key}", frozenset(actions.split()), parameter or key, default)


FROM_PARAMETERS = (
    _of("BypassPolicyLockoutSafetyCheck", "CreateKey PutKeyPolicy ReplicateKey", default=False),
    _of("DataKeyPairSpec", "GenerateDataKeyPair GenerateDataKeyPairWithoutPlaintext", "KeyPairSpec"),
    _of("EncryptionAlgorithm", "Encrypt Decrypt", default=SYMMETRIC_DEFAULT),
    _of("EncryptionAlgorithm", "ReEncryptFrom", "SourceEncryptionAlgorithm", SYMMETRIC_DEFAULT),
    _of("EncryptionAlgorithm", "ReEncryptTo", "DestinationEncryptionAlgorithm", SYMMETRIC_DEFAULT),
    _of("EncryptionAlgorithm", " ".join(DATA_KEYS), default=SYMMETRIC_DEFAULT),
    _of("ExpirationModel", "ImportKeyMaterial", default="KEY_MATERIAL_EXPIRES"),
    _of("GrantOperations", "CreateGrant", "Operations"),
    _of("GranteePrincipal", "CreateGrant"),
    _of("GranteeServicePrincipal", "CreateGrant"),
    _of("KeyAgreementAlgorithm", "DeriveSharedSecret"),
    _of("MacAlgorithm", "GenerateMac VerifyMac"),
    _of("MessageType", "Sign Verify", default="RAW"),
    _of("PrimaryRegion", "UpdatePrimaryRegion"),
    _of("ReplicaRegion", "ReplicateKey"),
    _of("RetiringPrincipal", "CreateGrant"),
    _of("RetiringServicePrincipal", "CreateGrant"),
    _of("RotationPeriodInDays", "EnableKeyRotation", default=365),
    _of("ScheduleKeyDeletionPendingWindowInDays", "ScheduleKeyDeletion", "PendingWindowInDays", 30),
    _of("SigningAlgorithm", "Sign Verify"),
    _of("ValidTo", "ImportKeyMaterial"),
    _of("WrappingAlgorithm", "GetParametersForImport"),
    _of("WrappingKeySpec", "GetParametersForImport"),
)
BY_ACTION: dict[str, tuple[FromParameter, ...]] = {
    action: tuple(rule for rule in FROM_PARAMETERS if action in rule.actions)
    for action in frozenset[str]().union(*(rule.actions for rule in FROM_PARAMETERS))
}


class Asked(NamedTuple):
    """What is asked of KMS. `action` has no prefix ("ReEncryptTo"); `key` is None if it is about no key.

    `aliases` gives the names of the key; `find_key` the key that a name stands for; `attestation` what the
    attestation document in the request, if there is one, says of the enclave that asks: condition keys
    such as kms:RecipientAttestation:PCR0, with their values.
    """

    call: Call
    principal: Principal
    action: str
    key: Key | None
    aliases: Callable[[Key], list[str]]
    find_key: Callable[[str], Key]
    attestation: Callable[[], Facts]


def facts(asked: Asked) -> dict[str, Value]:
    """Every condition key of KMS that this request has, and the tags of the key and of the request."""
    return dict(
        [
            *_of_caller(asked),
            *_of_key(asked),
            *_of_parameters(asked),
            *_of_context(asked),
            *_of_grant(asked),
            *_of_tags(asked),
            *asked.attestation().items(),
        ]
    )


def encryption_context(action: str, parameters: Mapping[str, Any]) -> Mapping[str, str]:
    """The encryption context that `action` is asked for with: of ReEncrypt, that of its one side."""
    context: Mapping[str, str] = parameters.get(CONTEXT_OF.get(action, "EncryptionContext")) or {}
    return context


def _of_caller(asked: Asked) -> Iterator[Pair]:
    if asked.principal.account:
        yield "kms:CallerAccount", asked.principal.account
    if asked.call.via and asked.principal.kind != SERVICE:
        yield "kms:ViaService", via_service(asked.call)


def via_service(call: Call) -> str:
    """The service that a call came through, as kms:ViaService has it: ssm.us-east-1.amazonaws.com."""
    domain = "amazonaws.com.cn" if partition_of(call.region) == "aws-cn" else "amazonaws.com"
    return f"{call.via[-1].partition('.')[0]}.{call.region}.{domain}"


def _of_key(asked: Asked) -> Iterator[Pair]:
    key = asked.key
    if key is None:
        if asked.call.operation is not None and asked.call.operation.name == "CreateKey":
            yield from _of_new_key(asked.call.parameters)
        return
    multi_region = key.PrimaryRegion is not None
    region = key.Arn.split(":", 4)[3]
    yield from _of_kind(key.KeySpec, key.KeyUsage, key.Origin, multi_region=multi_region)
    if multi_region:
        yield "kms:MultiRegionKeyType", "PRIMARY" if key.PrimaryRegion == region else "REPLICA"
    if aliases := asked.aliases(key):
        yield "kms:ResourceAliases", aliases
    for name, value in key.Tags:
        yield f"aws:ResourceTag/{name}", value


def _of_new_key(parameters: Mapping[str, Any]) -> Iterator[Pair]:
    """Of a key that is about to be created, what the request says it will be."""
    spec = parameters.get("KeySpec") or parameters.get("CustomerMasterKeySpec") or SYMMETRIC_DEFAULT
    usage = parameters.get("KeyUsage") or "ENCRYPT_DECRYPT"
    multi_region = bool(parameters.get("MultiRegion"))
    yield from _of_kind(spec, usage, parameters.get("Origin") or "AWS_KMS", multi_region=multi_region)
    if multi_region:
        yield "kms:MultiRegionKeyType", "PRIMARY"


def _of_kind(spec: str, usage: str, origin: str, *, multi_region: bool) -> Iterator[Pair]:
    for name in ("kms:KeySpec", "kms:CustomerMasterKeySpec"):
        yield name, spec
    for name in ("kms:KeyUsage", "kms:CustomerMasterKeyUsage"):
        yield name, usage
    yield "kms:KeyOrigin", origin
    yield "kms:MultiRegion", multi_region


def _of_parameters(asked: Asked) -> Iterator[Pair]:
    parameters = asked.call.parameters
    for rule in BY_ACTION.get(asked.action, ()):
        value = parameters.get(rule.parameter, rule.default)
        if value is not None:
            yield rule.key, value
    name = str(parameters.get(KEY_ID_OF.get(asked.action, "KeyId")) or "").rpartition(":")[2]
    if name.startswith("alias/"):
        yield "kms:RequestAlias", name


def _of_context(asked: Asked) -> Iterator[Pair]:
    if asked.action in WITH_CONTEXT:
        context = encryption_context(asked.action, asked.call.parameters)
    elif asked.action == "CreateGrant":
        constraints = asked.call.parameters.get("Constraints") or {}
        context = {name: value for kind in CONTEXT_CONSTRAINTS for name, value in _pairs(constraints, kind)}
    else:
        return
    for name, value in context.items():
        yield f"kms:EncryptionContext:{name}", value
    if context:
        yield "kms:EncryptionContextKeys", tuple(context)
    if asked.key is not None and asked.action == "ReEncryptFrom":
        destination = asked.find_key(asked.call.parameters["DestinationKeyId"])
        yield "kms:ReEncryptOnSameKey", destination.Arn == asked.key.Arn
    elif asked.key is not None and asked.action == "ReEncryptTo":
        # Leave to take from the source has been asked for before, which is where the source's ARN is found.
        taken_from = [one.resource for one in asked.call.decisions if one.action == "kms:ReEncryptFrom"]
        yield "kms:ReEncryptOnSameKey", asked.key.Arn in taken_from


def _of_grant(asked: Asked) -> Iterator[Pair]:
    if asked.action in ON_GRANTS:
        yield "kms:GrantIsForAWSResource", bool(asked.call.via) or asked.principal.kind == SERVICE
    if asked.action != "CreateGrant":
        return
    constraints = asked.call.parameters.get("Constraints") or {}
    if kinds := tuple(kind for kind, value in constraints.items() if value):
        yield "kms:GrantConstraintType", kinds
    if source := constraints.get("SourceArn"):
        yield "kms:GrantConstraintSourceArn", source


def _of_tags(asked: Asked) -> Iterator[Pair]:
    tags = asked.call.parameters.get("Tags") or () if asked.action in TAGGING else ()
    for tag in tags:
        yield f"aws:RequestTag/{tag['TagKey']}", tag["TagValue"]
    names = tuple(tag["TagKey"] for tag in tags)
    if asked.action == "UntagResource":
        names = tuple(asked.call.parameters.get("TagKeys") or ())
    if names:
        yield "aws:TagKeys", names


def _pairs(constraints: Mapping[str, Any], kind: str) -> list[tuple[str, str]]:
    return list((constraints.get(kind) or {}).items())
