# %% [markdown]
# # 02 Asymmetric encryption and signatures
#
# At the end of this notebook **you will be able to explain**
#
# 1. which half of a key pair does what, and who holds it;
# 2. what a signature proves, and why anybody can check it;
# 3. why nobody encrypts a file with RSA, and what is done instead.
#
# It takes about 50 minutes. KMS makes the key pairs here and keeps their private halves; what needs the public
# half only, we do ourselves with the library `cryptography`.

# %% jupyter={"source_hidden": true}
from labkit import Lab, check, lens, viz, widgets

Q = widgets.Question
widgets.Quiz("02-opening", [
    Q("A password is stored in base64. Who can read it?", ["whoever has the key", "everybody"], 1, "There is no key.", "M1"),
    Q("What must never happen to a nonce?", ["that somebody sees it", "that it is used twice"], 1, "It may be public, not repeated.", "M5"),
    Q("CTR without a tag: what does a flipped bit do?", ["it changes the text", "it is refused"], 0, "Only a tag refuses.", "M6"),
])  # fmt: skip

# %% [markdown]
# ## 1. Two halves
#
# In notebook 01 one key did both: whoever could encrypt could decrypt. And it had to get to the other side
# somehow. An **asymmetric** key is a pair. The **public key** may be known to everybody. The **private key** is
# with its owner alone.

# %%
import boto3

lab = Lab().start()
kms = boto3.client("kms")

bob = kms.create_key(KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT")["KeyMetadata"]["KeyId"]
answer = kms.get_public_key(KeyId=bob)
answer["KeySpec"], answer["EncryptionAlgorithms"], len(answer["PublicKey"])

# %% [markdown]
# `KeySpec` says what kind of key it is, and `KeyUsage` what for: a pair either encrypts or signs, never both.
# KMS hands out the public half. What is in it?

# %%
lens.dissect(answer["PublicKey"])

# %% [markdown]
# **DER** is a way to write things down as type, length, value, one inside the other. Inside stand two numbers:
# the **modulus** of 2048 bits, a product of two secret primes, and the **exponent**, which is 65537 for nearly
# everybody. Nobody knows how to find the primes from their product, and that is all the protection there is.
#
# Move over the bytes, and flip one.

# %%
widgets.ByteInspector(answer["PublicKey"])

# %% [markdown]
# ## 2. Lock with the public key, open with the private one
#
# Alice has Bob's public key, and neither an account nor a network.

# %%
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

public_key = load_der_public_key(answer["PublicKey"])
oaep = padding.OAEP(padding.MGF1(SHA256()), SHA256(), label=None)
locked = public_key.encrypt(b"meet me at noon", oaep)
len(locked)

# %%
kms.decrypt(KeyId=bob, CiphertextBlob=locked, EncryptionAlgorithm="RSAES_OAEP_SHA_256")["Plaintext"]

# %% [markdown]
# **OAEP** mixes random bytes in, so that the same message looks different each time. Nothing in `locked` names
# the key: that is why `Decrypt` needs `KeyId` for an asymmetric key.

# %%
widgets.Predict(
    "02-open",
    "Alice has lost her own message. She still has Bob's public key and `locked`. Can she open it?",
    ["yes, with the public key", "no"],
    lambda: "yes, with the public key" if hasattr(public_key, "decrypt") else "no",
    why="The public key locks, and has no way back. The library does not even have such a method.",
)

# %%
widgets.KeySorter()

# %% exercise="02-wrap"
check("02-wrap", globals())

# %% [markdown]
# ## 3. Signatures
#
# The other way round: the private key makes something that only it can make, and everybody can check it with
# the public one. An **ECC** key does so with short numbers, points on an elliptic curve.

# %%
alice = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
letter = b"I owe Bob 100"
signature = kms.sign(KeyId=alice, Message=letter, SigningAlgorithm="ECDSA_SHA_256")["Signature"]
len(signature), signature.hex()

# %% [markdown]
# KMS takes messages up to 4096 bytes. For a longer one we send its **digest**, 32 bytes that SHA-256 computes
# from all of it, and say `MessageType="DIGEST"`. What is signed is the digest either way.

# %%
from hashlib import sha256

book = b"once upon a time " * 100_000
of_book = kms.sign(
    KeyId=alice, Message=sha256(book).digest(), MessageType="DIGEST", SigningAlgorithm="ECDSA_SHA_256"
)["Signature"]
len(book), len(of_book)

# %% [markdown]
# Bob asks KMS whether the letter is Alice's. It is, so KMS says so. And if one byte is another?

# %%
from botocore.exceptions import ClientError

for text in (letter, b"I owe Bob 900"):
    try:
        arguments = {"KeyId": alice, "Signature": signature, "SigningAlgorithm": "ECDSA_SHA_256"}
        print(text, kms.verify(Message=text, **arguments)["SignatureValid"])
    except ClientError as error:
        print(text, error)

# %% [markdown]
# KMS never answers `False`: a signature that does not fit is an error. And Bob needs no KMS at all, because
# the public key is enough. The check below tells whether we asked KMS nevertheless.

# %% exercise="02-verify"
check("02-verify", globals())

# %%
widgets.Predict(
    "02-secret",
    "Alice signs her letter and sends both. Who on the way can read the letter?",
    ["nobody", "only Bob", "everybody"],
    lambda: "everybody" if letter.startswith(b"I owe") else "nobody",
    why="A signature hides nothing. Encryption keeps secret, a signature proves.",
)

# %% [markdown]
# ## 4. What does it cost?
#
# We make a key of each kind that KMS has, and measure. **ML-DSA** and **ML-KEM** are the newest: made to
# withstand a quantum computer, which would break RSA and ECC.

# %%
viz.key_specs(lab)

# %% [markdown]
# Look at RSA: to sign takes longer with each size, to verify hardly does. Elliptic curves are short and quick.
# The new ones are quick, too, and their signatures are thousands of bytes long. These are times of this
# computer, the way through boto3 included.

# %% [markdown]
# ## 5. How much fits?


# %%
def fits(size):
    try:
        return bool(public_key.encrypt(bytes(size), oaep))
    except ValueError:
        return False


# %%
widgets.Predict(
    "02-fits",
    "How many bytes can RSA of 2048 bits encrypt at once, with OAEP and SHA-256?",
    ["190", "256", "2048", "as many as we like"],
    lambda: next(str(size) for size in range(300, 0, -1) if fits(size)),
    why="256 bytes are the whole number, and OAEP takes 66 of them.",
)

# %% [markdown]
# A picture does not fit, and that is no loss: RSA is slow. So both kinds work together. **Hybrid encryption**:
# a fresh symmetric key encrypts the data, and the public key encrypts that key. TLS, PGP and KMS's envelopes
# are all built so.
#
# The last exercise is that, and it is yours alone.

# %% exercise="02-send"
check("02-send", globals())

# %% [markdown]
# What has the log seen of our `send` and `receive`?

# %%
message = send(answer["PublicKey"], book)
receive(kms, bob, message) == book, len(message) - len(book)

# %%
lab.audit()[["EventName", "Username", "ErrorCode"]].head(3)

# %% [markdown]
# One `Decrypt`. Of 1.7 million bytes, KMS has seen the 256 of the wrapped key.

# %% [markdown]
# ## Exit ticket

# %% jupyter={"source_hidden": true}
widgets.Quiz("02-exit", [
    Q("What opens a message that was encrypted with Bob's public key?", ["Bob's public key", "Bob's private key"], 1, "The public half only locks.", "M2"),
    Q("RSA is asymmetric. Is it the better choice for files?", ["yes", "no"], 1, "Slow, and 190 bytes at most: it wraps a key.", "M3"),
    Q("Where do we check an ECDSA signature of KMS?", ["only in KMS", "wherever the public key is"], 1, "GetPublicKey hands it out."),
    Q("Does a signature hide the message?", ["yes", "no"], 1, "It proves who signed, and that nothing changed.", "M6"),
])  # fmt: skip

# %% [markdown]
# ## What this lab simplifies, compared with AWS
#
# - The keys, signatures and ciphertexts are real ones; the private halves lie in this program's memory, and
#   not in hardware that nobody can open.
# - A pair is made when it is first used, not at `CreateKey`.
# - ML-KEM-512 is computed in plain Python here, and seems slower than it is.
#
# Next: **03 Who may use a key**.
