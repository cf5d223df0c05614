"""What each kind of key costs: the time of one operation, and the bytes of what it makes.

The times are of one call through boto3 in this lab, the median of a few, and so mostly of the way there;
beside each other they tell which algorithm is slow. ML-KEM-512 is computed in plain Python here, and seems
slower than it is. The sizes are what they are anywhere.
"""

import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pandas as pd
from matplotlib.ticker import LogLocator, NullFormatter, ScalarFormatter
from tqdm.auto import tqdm

from labkit.lab import Lab
from labkit.palette import mark_of
from labkit.viz.plot import Plot
from labkit.viz.theme import subplots

MESSAGE = b"x" * 32
SIGNING = {
    "RSA_2048": "RSASSA_PSS_SHA_256",
    "RSA_3072": "RSASSA_PSS_SHA_256",
    "RSA_4096": "RSASSA_PSS_SHA_256",
    "ECC_NIST_P256": "ECDSA_SHA_256",
    "ECC_NIST_P384": "ECDSA_SHA_384",
    "ECC_NIST_P521": "ECDSA_SHA_512",
    "ECC_SECG_P256K1": "ECDSA_SHA_256",
    "ECC_NIST_EDWARDS25519": "ED25519_SHA_512",
    "ML_DSA_44": "ML_DSA_SHAKE_256",
    "ML_DSA_65": "ML_DSA_SHAKE_256",
    "ML_DSA_87": "ML_DSA_SHAKE_256",
}
ENCRYPTING = {
    "SYMMETRIC_DEFAULT": "SYMMETRIC_DEFAULT",
    "RSA_2048": "RSAES_OAEP_SHA_256",
    "RSA_3072": "RSAES_OAEP_SHA_256",
    "RSA_4096": "RSAES_OAEP_SHA_256",
}
MACS = {f"HMAC_{bits}": f"HMAC_SHA_{bits}" for bits in (224, 256, 384, 512)}
AGREEING = dict.fromkeys(("ML_KEM_512", "ML_KEM_768", "ML_KEM_1024"), "ML_KEM")
OPENING = ("Verify", "Decrypt", "Decapsulate")


class Measured(NamedTuple):
    """One operation of one key spec: its median time, the size of what it made, and of the public key."""

    key_spec: str
    operation: str
    milliseconds: float
    made: int
    public_key: int


def key_specs(lab: Lab, repeat: int = 3, progress: bool = True) -> Plot:
    """Time against size for signing, verifying, encrypting, decrypting and MACs, each key spec of KMS.

    It makes a key of each spec in `lab`, which has to be started. ValueError for a `repeat` below 1.
    """
    if repeat < 1:
        raise ValueError("measure each at least once")
    import boto3

    kms = boto3.client("kms")
    jobs = [(sign, spec, how) for spec, how in SIGNING.items()]
    jobs += [(encrypt, spec, how) for spec, how in ENCRYPTING.items()]
    jobs += [(mac, spec, how) for spec, how in MACS.items()]
    jobs += [(encapsulate, spec, how) for spec, how in AGREEING.items()]
    rows: list[Measured] = []
    for job, spec, how in tqdm(jobs, desc="measuring", disable=not progress):
        rows += job(kms, spec, how, repeat)
    return draw(rows)


def sign(kms: Any, spec: str, how: str, repeat: int) -> Iterator[Measured]:
    """Sign and verify with a new key of this spec."""
    key = kms.create_key(KeySpec=spec, KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    public = len(kms.get_public_key(KeyId=key)["PublicKey"])
    asked = {"KeyId": key, "Message": MESSAGE, "SigningAlgorithm": how}
    took, answer = timed(lambda: kms.sign(**asked), repeat)
    signature = answer["Signature"]
    yield Measured(spec, "Sign", took, len(signature), public)
    took, _ = timed(lambda: kms.verify(Signature=signature, **asked), repeat)
    yield Measured(spec, "Verify", took, len(signature), public)


def encrypt(kms: Any, spec: str, how: str, repeat: int) -> Iterator[Measured]:
    """Encrypt and decrypt with a new key of this spec."""
    key = kms.create_key(KeySpec=spec, KeyUsage="ENCRYPT_DECRYPT")["KeyMetadata"]["KeyId"]
    public = 0 if spec == "SYMMETRIC_DEFAULT" else len(kms.get_public_key(KeyId=key)["PublicKey"])
    asked = {"KeyId": key, "EncryptionAlgorithm": how}
    took, answer = timed(lambda: kms.encrypt(Plaintext=MESSAGE, **asked), repeat)
    blob = answer["CiphertextBlob"]
    yield Measured(spec, "Encrypt", took, len(blob), public)
    took, _ = timed(lambda: kms.decrypt(CiphertextBlob=blob, **asked), repeat)
    yield Measured(spec, "Decrypt", took, len(blob), public)


def encapsulate(kms: Any, spec: str, how: str, repeat: int) -> Iterator[Measured]:
    """Agree on a shared secret with a new key of this spec."""
    key = kms.create_key(KeySpec=spec, KeyUsage="ENCAPSULATE_DECAPSULATE")["KeyMetadata"]["KeyId"]
    public = len(kms.get_public_key(KeyId=key)["PublicKey"])
    asked = {"KeyId": key, "EncapsulationAlgorithm": how}
    took, answer = timed(lambda: kms.encapsulate(**asked), repeat)
    blob = answer["SharedSecretCiphertextBlob"]
    yield Measured(spec, "Encapsulate", took, len(blob), public)
    took, _ = timed(lambda: kms.decapsulate(SharedSecretCiphertextBlob=blob, **asked), repeat)
    yield Measured(spec, "Decapsulate", took, len(blob), public)


def mac(kms: Any, spec: str, how: str, repeat: int) -> Iterator[Measured]:
    """Make a MAC with a new key of this spec."""
    key = kms.create_key(KeySpec=spec, KeyUsage="GENERATE_VERIFY_MAC")["KeyMetadata"]["KeyId"]
    took, answer = timed(lambda: kms.generate_mac(KeyId=key, Message=MESSAGE, MacAlgorithm=how), repeat)
    yield Measured(spec, "GenerateMac", took, len(answer["Mac"]), 0)


def timed(work: Callable[[], Any], repeat: int) -> tuple[float, Any]:
    """The median time in milliseconds, after one call that does not count, and the last call's answer."""
    answer = work()
    laps = []
    for _ in range(repeat):
        start = time.perf_counter()
        answer = work()
        laps.append((time.perf_counter() - start) * 1000)
    return statistics.median(laps), answer


def draw(rows: list[Measured]) -> Plot:
    """The plot of what was measured."""
    lines = list(dict.fromkeys(label(row) for row in rows))
    figure, (times, made) = subplots(columns=2, width=10, height=1.4 + 0.3 * len(lines))
    for row in rows:
        mark, place, opens = mark_of(row.key_spec), lines.index(label(row)), row.operation in OPENING
        shape = {"marker": mark.marker, "s": 75, "edgecolors": visible(mark.color), "lw": 2}
        filled, empty = visible(mark.color), "none"
        times.scatter(row.milliseconds, place, c=empty if opens else filled, **shape)
        if not opens:
            made.scatter(row.made, place, c=filled, **shape)
            if row.public_key:
                made.scatter(row.public_key, place, c=empty, **shape)
    times.set_title("filled: make   open: verify, decrypt", fontsize=11)
    made.set_title("filled: what is made   open: public key", fontsize=11)
    times.set_xlabel("one call (ms)")
    made.set_xlabel("bytes")
    for axes in (times, made):
        axes.set_xscale("log")
        axes.xaxis.set_minor_formatter(NullFormatter())
        axes.invert_yaxis()
    times.xaxis.set_major_locator(LogLocator(subs=(1, 3)))
    times.xaxis.set_major_formatter(ScalarFormatter())
    times.set_yticks(range(len(lines)), lines)
    made.set_yticks(range(len(lines)), [""] * len(lines))
    table = pd.DataFrame(
        [(r.key_spec, r.operation, round(r.milliseconds, 3), r.made, r.public_key or None) for r in rows],
        columns=["key spec", "operation", "time (ms)", "made (bytes)", "public key (bytes)"],
    )
    slow = max(rows, key=lambda row: row.milliseconds)
    large = max(rows, key=lambda row: row.made)
    alt = (
        f"Time and size of {len(lines)} kinds of key. The slowest call is {slow.operation} with "
        f"{slow.key_spec} ({slow.milliseconds:.1f} ms); the largest result that of {large.key_spec}, "
        f"{large.made:,} bytes."
    )
    return Plot(figure, alt, table)


def label(row: Measured) -> str:
    """The line that a measurement stands in; RSA keys both sign and encrypt."""
    return f"{row.key_spec}, encrypt" if row.operation in ("Encrypt", "Decrypt") else row.key_spec


def visible(color: str) -> str:
    """Black can't be seen on a dark page: there a grey stands for it, and the shape tells it apart."""
    return "#888888" if color == "#000000" else color
