"""Amazon S3, which keeps objects in buckets.

Each module here is a chapter; the class below is the book they are bound into.
"""

from labkit.cloud.services.s3.acls import Acls
from labkit.cloud.services.s3.buckets import Buckets
from labkit.cloud.services.s3.copying import Copying
from labkit.cloud.services.s3.deleting import Deleting
from labkit.cloud.services.s3.listing import Listing
from labkit.cloud.services.s3.parts import Parts
from labkit.cloud.services.s3.policies import Policies
from labkit.cloud.services.s3.reading import Reading
from labkit.cloud.services.s3.settings import Settings
from labkit.cloud.services.s3.tagging import Tagging
from labkit.cloud.services.s3.uploads import Uploads
from labkit.cloud.services.s3.writing import Writing


class S3(
    Buckets, Policies, Settings, Writing, Copying, Uploads, Parts, Reading, Deleting, Listing, Tagging, Acls
):
    """Every operation of S3 that the lab answers."""


__all__ = ["S3"]
