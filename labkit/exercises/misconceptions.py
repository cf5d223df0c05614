"""Thirty ideas about keys and clouds that many people bring along and that do not hold, each with its cure.

A check names the one that a wrong answer smells of; a quiz and the inventory name them by the same numbers.
"""

from typing import NamedTuple


class Misconception(NamedTuple):
    """The idea as somebody would say it, and the sentence that cures it."""

    idea: str
    cure: str


MISCONCEPTIONS = {
    "M1": Misconception(
        "base64 is encryption",
        "Base64 has no key: anybody turns it back. It only writes bytes in letters that every line carries.",
    ),
    "M2": Misconception(
        "the public key decrypts",
        "The public key encrypts and verifies. Only the private key decrypts and signs.",
    ),
    "M3": Misconception(
        "asymmetric is stronger, so use it for files",
        "RSA takes a few hundred bytes, slowly. A file goes under a symmetric key, and that key under RSA.",
    ),
    "M4": Misconception(
        "ECB is fine if it is AES-256",
        "ECB turns equal blocks into equal blocks, whatever the key's length: the picture stays visible.",
    ),
    "M5": Misconception(
        "a nonce is secret, or may repeat",
        "A nonce may be seen by all, and must never come twice under one key.",
    ),
    "M6": Misconception(
        "encryption implies integrity",
        "Without a tag a changed text decrypts, and nothing is said. Only a mode with a tag refuses.",
    ),
    "M7": Misconception(
        "KMS encrypts my big file",
        "Encrypt takes 4096 bytes at most. KMS encrypts a data key, and the data key encrypts the file.",
    ),
    "M8": Misconception(
        "I can export the KMS key",
        "No call hands out the bytes of a KMS key. The data goes to the key, never the key to the data.",
    ),
    "M9": Misconception(
        "envelope encryption is encrypting twice",
        "The data is encrypted once, under the data key. What goes under the KMS key is the data key.",
    ),
    "M10": Misconception(
        "the plaintext data key is stored beside the data",
        "Beside the data lies only the encrypted data key. Whoever finds the plaintext one needs no KMS.",
    ),
    "M11": Misconception(
        "GenerateDataKeyWithoutPlaintext is useless",
        "It lets one party prepare keys that it cannot read; only whoever may Decrypt uses them.",
    ),
    "M12": Misconception(
        "rotation re-encrypts old data",
        "Rotation adds a new backing key for new data. Old ciphertext stays as it is, under the old one.",
    ),
    "M13": Misconception(
        "rotation changes the ARN, or breaks old ciphertext",
        "Id and ARN stay, and KMS keeps every old backing key: old ciphertext opens as before.",
    ),
    "M14": Misconception(
        "automatic rotation applies to asymmetric and HMAC keys",
        "Only symmetric keys with material made by KMS rotate by themselves. Else we make a new key.",
    ),
    "M15": Misconception(
        "disabled means deleted, or deletion is immediate",
        "A disabled key comes back with one call. Deletion waits 7 to 30 days; until then we can cancel it.",
    ),
    "M16": Misconception(
        "Decrypt always needs KeyId",
        "A symmetric ciphertext names its key. An asymmetric one does not; else naming the key is a check.",
    ),
    "M17": Misconception(
        "the encryption context is secret",
        "The context stands in CloudTrail's log for all to read. It binds a ciphertext to a purpose.",
    ),
    "M18": Misconception(
        "the context is optional at decryption",
        "Decrypt needs exactly the context that Encrypt was given. One letter more or less, and it refuses.",
    ),
    "M19": Misconception(
        "a ciphertext of one region decrypts in another",
        "Key and ciphertext belong to one region, unless the key is a multi-Region key with a replica.",
    ),
    "M20": Misconception(
        "an IAM allow is enough",
        "The key policy must let IAM policies count, or allow the caller. Else an IAM allow is nothing.",
    ),
    "M21": Misconception(
        "--plaintext hello means text, or base64 text goes to fileb://",
        "The aws command expects base64 after --plaintext, and raw bytes behind fileb://.",
    ),
    "M22": Misconception(
        "caching data keys is free",
        "A cached key saves calls, and if it leaks, all that was encrypted under it leaks with it.",
    ),
    "M23": Misconception(
        "all cache limits apply to decryption",
        "Messages and bytes are counted on encryption only. On decryption age and capacity limit the cache.",
    ),
    "M24": Misconception(
        "any two messages share a cached key",
        "A cached key is shared only where the encryption context and the algorithm suite are equal.",
    ),
    "M25": Misconception(
        "a deny of requests without TLS also grants access",
        "A Deny only takes away. Somebody else's Allow must still say yes.",
    ),
    "M26": Misconception(
        "default bucket encryption forces TLS",
        "Default encryption protects what lies on the disk. Only a policy refuses a request without TLS.",
    ),
    "M27": Misconception(
        "Parameter Store rotates secrets",
        "Parameter Store keeps values and versions. Secrets Manager is the one that rotates.",
    ),
    "M28": Misconception(
        "an expiration policy fires on the second",
        "AWS carries it out some time after the moment set. Until then the parameter is still there.",
    ),
    "M29": Misconception(
        "rotation overwrites the secret's value",
        "Rotation makes a new version and moves the label AWSCURRENT to it. The old one becomes AWSPREVIOUS.",
    ),
    "M30": Misconception(
        "associate-kms-key encrypts old events",
        "From then on new events go under the key. Old ones stay as they were.",
    ),
}
