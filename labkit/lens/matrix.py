"""Which ciphertext opens where: KMS keys do not leave their region, and multi-Region keys have relatives.

The table is not worked out, it is tried: each cell is a Decrypt call, and stands in the audit log.
Source: KMS Developer Guide, "Multi-Region keys in AWS KMS".
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import boto3
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    import pandas as pd

OPENS = "opens"


def decrypt_matrix(blobs: Mapping[str, bytes], regions: Sequence[str] = ()) -> "pd.DataFrame":
    """Try every ciphertext blob in every region; a lab must be started.

    `blobs` maps a name, best the region that a blob was made in, to the blob; `regions` are by default these
    names. Returns a row a blob and a column a region: "opens", or the code of KMS's error.
    """
    import pandas as pd

    columns = {
        region: [_try(blob, region) for blob in blobs.values()] for region in (regions or tuple(blobs))
    }
    table = pd.DataFrame(columns, index=pd.Index(blobs, name="made in"))
    table.columns.name = "decrypted in"
    return table


def _try(blob: bytes, region: str) -> str:
    try:
        boto3.client("kms", region_name=region).decrypt(CiphertextBlob=blob)
    except ClientError as error:
        return error.response["Error"]["Code"]
    return OPENS
