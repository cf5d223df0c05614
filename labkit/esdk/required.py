"""Required encryption context: names that every message must have, and that are not written into the header.

A reader has to know their values. They are authenticated by the header's tag, and by KMS; whoever
finds the message does not see them.
Source: AWS Encryption SDK Developer Guide, "Required encryption context CMM".
"""

from collections.abc import Iterable

from labkit.esdk.errors import NotAllowed
from labkit.esdk.keyrings.keyring import Keyring
from labkit.esdk.materials import (
    DecryptionMaterials,
    DecryptionRequest,
    EncryptionMaterials,
    EncryptionRequest,
    MaterialsManager,
    manager,
)
from labkit.records import replace


class RequiredContextManager:
    """Wants these names in every context, and keeps them out of the headers."""

    def __init__(self, source: Keyring | MaterialsManager, names: Iterable[str]) -> None:
        self._inner, self._names = manager(source), frozenset(names)

    def encryption_materials(self, request: EncryptionRequest) -> EncryptionMaterials:
        """Materials of the inner CMM. NotAllowed if a required name is missing."""
        self._check(request.context)
        found = self._inner.encryption_materials(request)
        return replace(found, not_stored=found.not_stored | self._names)

    def decryption_materials(self, request: DecryptionRequest) -> DecryptionMaterials:
        """Materials of the inner CMM. NotAllowed if the reader does not give a required name's value."""
        self._check(request.context)
        stored = request.header.context
        own = {name: request.context[name] for name in self._names if name not in stored}
        return self._inner.decryption_materials(request._replace(not_stored={**request.not_stored, **own}))

    def _check(self, context: Iterable[str]) -> None:
        if missing := sorted(self._names - set(context)):
            raise NotAllowed(f"the encryption context must have {', '.join(missing)}")
