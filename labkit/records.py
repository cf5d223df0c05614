"""Records: what is known at one moment. They are never changed, only replaced; all state is made of them.

    class Alias(Record):
        AliasName: str
        TargetKeyId: str

    replace(alias, TargetKeyId=key.KeyId)

They are msgspec's structs: a class of them is there in a fortieth of a data class's time, which a lab that
starts has to wait for, and the lab's file holds them as JSON.
Source: msgspec's documentation, "Structs".
"""

from typing import Any, ClassVar, dataclass_transform

import msgspec
from msgspec import field
from msgspec.structs import replace

__all__ = ["Record", "field", "replace"]


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
class Record(msgspec.Struct, frozen=True):
    """Base of all records. `hidden` are the fields that are not shown: secrets, and what is too long."""

    hidden: ClassVar[tuple[str, ...]] = ()

    def __repr__(self) -> str:
        shown = (f"{name}={value!r}" for name, value in self.__rich_repr__())
        return f"{type(self).__name__}({', '.join(shown)})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        """What is shown; the library rich asks for it, and gets all fields from any other struct."""
        return [(name, getattr(self, name)) for name in self.__struct_fields__ if name not in self.hidden]
