"""The bytes of backing keys, laid open: the one thing in this lab that AWS will never show anybody.

`reveal(lab, "alias/payroll")` exists so that a student can repeat what the HSM does, and see that nothing but
these bytes stood between a reader and the data. It leaves no trace in the audit log, because on AWS there is
no call that it could stand for.
"""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from html import escape

from labkit.cloud.core.call import Call
from labkit.cloud.protocols.messages import HttpRequest
from labkit.cloud.services.kms.hsm import Hsm
from labkit.cloud.services.kms.hsm_keys import HsmKeys
from labkit.cloud.services.kms.model import Key, KeyMaterial, KmsTables
from labkit.cloud.state.arns import Arn
from labkit.cloud.state.tables import Scope
from labkit.crypto.keys import private_pem
from labkit.lens.opened import Opened
from labkit.lens.steps.values import counted, moment
from labkit.lens.tables import materials_of

WARNING = (
    "AWS never shows this: KMS has no operation that returns a backing key, to anybody. Whoever has these "
    "bytes can do all that the key can, with no permission asked and no audit record made. They now also "
    "stand in this output: clear it before you share it."
)


@dataclass(frozen=True, slots=True)
class RevealedKey:
    """One backing key; `secret` is its bytes (PKCS#8 DER for a key pair), left out of the repr."""

    KeyMaterialId: str
    CreationDate: datetime
    current: bool
    secret: bytes = field(repr=False)
    pair: bool

    @property
    def text(self) -> str:
        """The secret to be read: PEM for a key pair, else hex."""
        return private_pem(self.secret) if self.pair else self.secret.hex(" ")

    @property
    def title(self) -> str:
        """Which backing key this is, and its size."""
        state = "current" if self.current else "retired, still opens what it sealed"
        form = "PKCS#8 private key" if self.pair else "secret key"
        return (
            f"{self.KeyMaterialId}: {form} of {counted(len(self.secret), 'byte')}, made "
            f"{moment(self.CreationDate)}, {state}"
        )


@dataclass(frozen=True)
class Revealed:
    """The backing keys of one KMS key, oldest first: shown when printed or displayed, and not in the repr."""

    Arn: str
    KeySpec: str
    backing_keys: tuple[RevealedKey, ...]

    def __iter__(self) -> Iterator[RevealedKey]:
        return iter(self.backing_keys)

    def __len__(self) -> int:
        return len(self.backing_keys)

    def __getitem__(self, index: int) -> RevealedKey:
        return self.backing_keys[index]

    @property
    def title(self) -> str:
        """The key's spec and ARN."""
        return f"{self.KeySpec} {self.Arn}: {counted(len(self), 'backing key')}"

    def __str__(self) -> str:
        parts = [WARNING, self.title, *(f"{one.title}\n{one.text}" for one in self)]
        return "\n\n".join([*parts, *self._none_yet()])

    def _repr_html_(self) -> str:
        box = "border:2px dashed rgb(213,94,0);padding:6px 10px;margin:0 0 6px"
        code = (
            "font-family:var(--jp-code-font-family,monospace);font-size:12px;white-space:pre-wrap;"
            "overflow-wrap:anywhere;background:none;color:inherit;margin:2px 0 8px"
        )
        keys = "".join(
            f'<p style="margin:6px 0 0">{escape(one.title)}</p><pre style="{code}">{escape(one.text)}</pre>'
            for one in self
        )
        notes = "".join(f"<p>{escape(note)}</p>" for note in self._none_yet())
        return (
            f'<section aria-label="Backing keys, revealed"><p role="note" style="{box}"><strong>'
            f'<span aria-hidden="true">⚠</span> Never on AWS.</strong> {escape(WARNING)}</p>'
            f"<p><strong>{escape(self.title)}</strong></p>{keys}{notes}</section>"
        )

    def _none_yet(self) -> list[str]:
        if self.backing_keys:
            return []
        if self.KeySpec == "SYMMETRIC_DEFAULT":
            return ["None in KMS: the material is in a CloudHSM cluster, or was never imported, or is gone."]
        return ["None yet: a key pair is made when it is first used."]


def reveal(lab: Opened, key: str, *, account: str | None = None, region: str | None = None) -> Revealed:
    """Show the backing keys of a KMS key, named by its id, its ARN, an alias name or an alias ARN.

    All accounts and regions are searched, unless `account` or `region` says where.

    Raises:
        LookupError: nothing goes by that name. ValueError: several keys do.
    """
    with lab.gateway.lock:
        found = list(_find(lab, key, account, region))
        if not found:
            raise LookupError(f"no key is called {key!r} here; lab.keys() lists them all")
        if len(found) > 1:
            places = ", ".join(f"account {scope.account} in {scope.region}" for scope, _ in found)
            raise ValueError(
                f"{key!r} stands for several keys ({places}); say which with account= and region="
            )
        scope, known = found[0]
        tables = lab.cloud.store.tables(KmsTables, *scope)
        there = [material for material in materials_of(tables, known) if material.Token]
        opened = tuple(_open(lab, scope, known, material) for material in there)
        return Revealed(known.Arn, known.KeySpec, opened)


def _find(lab: Opened, name: str, account: str | None, region: str | None) -> Iterator[tuple[Scope, Key]]:
    arn = Arn.parse(name)
    if arn:
        account, region, name = account or arn.account, region or arn.region, arn.resource
    for scope in lab.cloud.store.scopes(KmsTables):
        if account not in (None, scope.account) or region not in (None, scope.region):
            continue
        tables = lab.cloud.store.tables(KmsTables, *scope)
        alias = tables.aliases.get(name)
        key = tables.keys.get(alias.TargetKeyId if alias else name.removeprefix("key/"))
        if key is not None:
            yield scope, key


def _open(lab: Opened, scope: Scope, key: Key, material: KeyMaterial) -> RevealedKey:
    # The module notes what it does in a call; this one came through no door, so nobody keeps it.
    itself = HttpRequest("LENS", "https", "labkit", "/")
    call = Call(itself, str(uuid.uuid4()), lab.clock.now(), "kms", scope.region)
    secret = Hsm(lab.cloud.hsm_memory.root, lab.cloud.part(HsmKeys), call).reveal(material)
    current = material.KeyMaterialId == key.CurrentKeyMaterialId
    return RevealedKey(
        material.KeyMaterialId, material.CreationDate, current, secret, material.PublicKey is not None
    )
