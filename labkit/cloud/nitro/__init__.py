"""AWS Nitro Enclaves, as far as KMS meets them: attestation documents, and who makes and opens what.

Source: Nitro Enclaves User Guide, "Cryptographic attestation"; aws-nitro-enclaves-nsm-api, "Attestation
process". The lab has a hypervisor of its own, so its documents chain to the lab's root, not to AWS's.
"""

from labkit.cloud.nitro.document import Attestation, DocumentRefused, read_document
from labkit.cloud.nitro.enclave import Enclave

__all__ = ["Attestation", "DocumentRefused", "Enclave", "read_document"]
