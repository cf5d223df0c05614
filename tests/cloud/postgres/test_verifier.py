"""The verifier of a password, against the example of RFC 7677."""

import base64
import hashlib
import hmac

from labkit.cloud.postgres.verifier import verifier

# RFC 7677, section 3: user "user", password "pencil".
SALT = "W22ZaJ0SNY7soEsUEjb6gQ=="
SERVER_FIRST = f"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s={SALT},i=4096"
MESSAGE = (
    f"n=user,r=rOprNGfwEbeRWgbNEkqO,{SERVER_FIRST},c=biws,"
    "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
).encode()
PROOF = base64.b64decode("dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=")
SIGNATURE = base64.b64decode("6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=")


def test_it_checks_the_proof_of_the_standards_example() -> None:
    kind, parameters, keys = verifier("pencil", base64.b64decode(SALT)).split("$")
    assert (kind, parameters) == ("SCRAM-SHA-256", f"4096:{SALT}")
    stored, server = map(base64.b64decode, keys.split(":"))
    mask = hmac.digest(stored, MESSAGE, "sha256")
    client_key = bytes(one ^ other for one, other in zip(PROOF, mask, strict=True))
    assert hashlib.sha256(client_key).digest() == stored
    assert hmac.digest(server, MESSAGE, "sha256") == SIGNATURE


def test_the_same_password_has_another_verifier_each_time() -> None:
    assert verifier("pencil") != verifier("pencil")
