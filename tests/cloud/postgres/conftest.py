"""The file of a lab with databases."""

from tests.cloud.postgres.needed import lab_file

__all__ = ["lab_file"]
