"""A signature taken apart: its parts, and the steps by which it was derived, each by its documented name.

What takes the secret access key is named and not computed: a dissection holds what anyone who sees the
request holds. `matches(lab)` asks the lab, which knows the secrets that it gave out.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hmac import compare_digest
from html import escape
from typing import TYPE_CHECKING

from labkit.cloud.gateway.identify import secret_behind
from labkit.cloud.gateway.sigv4 import derivation
from labkit.cloud.gateway.sigv4.claim import Claim
from labkit.cloud.gateway.sigv4.rules import retrace, without_token
from labkit.cloud.protocols.messages import HttpRequest
from labkit.lens.opened import Opened

if TYPE_CHECKING:
    import pandas as pd

KIND = "Signature Version 4"

_CELL = "text-align:left;vertical-align:top;padding:3px 6px"
_CODE = (
    "font-family:var(--jp-code-font-family,monospace);font-size:12px;background:none;color:inherit;"
    "white-space:pre-wrap;overflow-wrap:anywhere"
)


@dataclass(frozen=True, slots=True)
class SignaturePart:
    """One part of a signature, as text: AWS's name for it, its value, what it means, where it stood."""

    name: str
    value: str
    meaning: str
    origin: str


@dataclass(frozen=True, slots=True)
class DerivationStep:
    """One step from the request to the signature: its result, or None where that takes the secret."""

    name: str
    how: str
    result: str | None


@dataclass(frozen=True, repr=False)
class SignedRequest:
    """A signature taken apart: `parts`, and the `steps` of its derivation.

    Iterate over it for the parts; `signed["region"]` is one of them by name. `request` is None if only an
    Authorization header was given, whose request nobody can tell. In a notebook it shows itself.
    """

    parts: tuple[SignaturePart, ...]
    claim: Claim | None
    request: HttpRequest | None

    def __iter__(self) -> Iterator[SignaturePart]:
        return iter(self.parts)

    def __len__(self) -> int:
        """How many parts there are."""
        return len(self.parts)

    def __getitem__(self, name: str) -> SignaturePart:
        for part in self.parts:
            if part.name == name:
                return part
        raise KeyError(f"no part {name!r}; there are: {', '.join(part.name for part in self.parts)}")

    @property
    def canonical_request(self) -> str | None:
        """The request in the one form that client and server agree on; a session token is cut short."""
        if self.claim is None or self.request is None:
            return None
        return without_token(retrace(self.claim, self.request).canonical_request, self.claim)

    @property
    def string_to_sign(self) -> str | None:
        """What the signing key signs: algorithm, moment, scope, and the hash of the canonical request."""
        if self.claim is None or self.request is None:
            return None
        return retrace(self.claim, self.request).string_to_sign

    @property
    def steps(self) -> tuple[DerivationStep, ...]:
        """The derivation by its documented names. What follows from the secret is named, not computed."""
        day, region, service, end = (self[name].value for name in ("date", "region", "service", "terminator"))
        return (
            DerivationStep(
                "canonical request",
                "method, path, query, signed headers, their names, hash of the body",
                self.canonical_request,
            ),
            DerivationStep(
                "string to sign",
                "algorithm, moment, scope, SHA-256 of the canonical request",
                self.string_to_sign,
            ),
            DerivationStep("kDate", f'HMAC-SHA256("AWS4" + secret access key, "{day}")', None),
            DerivationStep("kRegion", f'HMAC-SHA256(kDate, "{region}")', None),
            DerivationStep("kService", f'HMAC-SHA256(kRegion, "{service}")', None),
            DerivationStep("kSigning", f'HMAC-SHA256(kService, "{end}")', None),
            DerivationStep(
                "signature", "hex(HMAC-SHA256(kSigning, string to sign))", self["signature"].value
            ),
        )

    def matches(self, lab: Opened) -> bool:
        """Whether the signature is what the caller's secret, as `lab` knows it, gives for this request.

        Raises:
            ValueError: there is no request to check it with, or the lab has no such access key.
        """
        if self.claim is None or self.request is None:
            raise ValueError("a header alone cannot be checked: give the whole request to dissect()")
        secret = secret_behind(lab.cloud, self.claim.access_key_id)
        if secret is None:
            raise ValueError(f"the lab has no access key {self.claim.access_key_id}")
        key = derivation.signing_key(secret, self.claim.scope)
        right = derivation.signature(key, retrace(self.claim, self.request).string_to_sign)
        return compare_digest(right.encode(), self.claim.signature.encode())

    def table(self) -> "pd.DataFrame":
        """Return one row a part: name, value, meaning, origin."""
        import pandas as pd

        columns = ("name", "value", "meaning", "origin")
        return pd.DataFrame({name: [getattr(part, name) for part in self.parts] for name in columns})

    def __repr__(self) -> str:
        return f"<{KIND} of {self['access key'].value}: {self['service'].value}, {self['region'].value}>"

    def __str__(self) -> str:
        lines = [KIND, *(f"  {part.name:16} {part.value}" for part in self.parts)]
        for step in self.steps:
            lines += ["", f"{step.name} = {step.how}"]
            lines += [f"  {line}" for line in (step.result or "").split("\n")] if step.result else []
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        parts = [(part.name, part.value, part.meaning, part.origin) for part in self.parts]
        steps = [(step.name, step.how, step.result or "needs the secret access key") for step in self.steps]
        return (
            '<figure style="margin:0">'
            + _table(KIND, ("Part", "Value", "Meaning", "Where it stood"), parts, code=1)
            + _table("How it was derived", ("Step", "From", "Result"), steps, code=2)
            + "</figure>"
        )


def _table(title: str, headings: tuple[str, ...], rows: Sequence[tuple[str, ...]], code: int) -> str:
    head = "".join(f'<th scope="col" style="{_CELL}">{escape(one)}</th>' for one in headings)
    body = "".join(
        f'<tr><th scope="row" style="{_CELL};font-weight:normal;white-space:nowrap">{escape(row[0])}</th>'
        + "".join(
            f'<td style="{_CELL}">'
            + (f'<code style="{_CODE}">{escape(cell)}</code>' if number == code else escape(cell))
            + "</td>"
            for number, cell in enumerate(row[1:], start=1)
        )
        + "</tr>"
        for row in rows
    )
    return (
        '<div style="overflow-x:auto"><table style="border-collapse:collapse;color:inherit;font-size:12px">'
        f'<caption style="text-align:left;font-weight:bold;padding:4px 0">{escape(title)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )
