"""Several keyrings as one: the first makes the data key, all wrap it, any one of them unwraps it.

So one message can be opened in two regions, or by two parties, or with a key on paper when KMS is away.
Source: AWS Encryption SDK Developer Guide, "Multi-keyrings".
"""

from collections.abc import Mapping, Sequence

from labkit.esdk.errors import CannotUnwrap, NotAllowed
from labkit.esdk.header import EncryptedDataKey
from labkit.esdk.keyrings.keyring import Keyring
from labkit.esdk.keyrings.kms import KmsKeyring


class MultiKeyring:
    """`generator` makes the data keys; without one, this keyring only reads."""

    def __init__(self, generator: Keyring | None, others: Sequence[Keyring] = ()) -> None:
        if generator is None and not others:
            raise ValueError("a multi-keyring has at least one keyring")
        self.generator, self.others = generator, tuple(others)

    def generate(self, size: int, context: Mapping[str, str]) -> tuple[bytes, tuple[EncryptedDataKey, ...]]:
        """A data key of the generator's, wrapped by all. NotAllowed without a generator."""
        if self.generator is None:
            raise NotAllowed("this multi-keyring has no generator, so it can't encrypt")
        data_key, wrapped = self.generator.generate(size, context)
        return data_key, wrapped + self._wrapped_by_others(data_key, context)

    def wrap(self, data_key: bytes, context: Mapping[str, str]) -> tuple[EncryptedDataKey, ...]:
        """The wrappings of all."""
        first = self.generator.wrap(data_key, context) if self.generator else ()
        return first + self._wrapped_by_others(data_key, context)

    def unwrap(self, wrapped: EncryptedDataKey, context: Mapping[str, str]) -> bytes:
        """The data key, by the first keyring that opens it."""
        reasons = []
        for keyring in (self.generator, *self.others):
            if keyring is not None:
                try:
                    return keyring.unwrap(wrapped, context)
                except CannotUnwrap as refusal:
                    reasons.append(str(refusal))
        raise CannotUnwrap("; ".join(reasons))

    def _wrapped_by_others(self, data_key: bytes, context: Mapping[str, str]) -> tuple[EncryptedDataKey, ...]:
        return tuple(one for keyring in self.others for one in keyring.wrap(data_key, context))


def kms_keyring(generator: str, *others: str) -> MultiKeyring:
    """A multi-keyring over KMS keys, each called in the region that its ARN names."""
    return MultiKeyring(KmsKeyring(generator), [KmsKeyring(key_id) for key_id in others])
