# %% [markdown]
# # 01 Symmetric encryption
#
# At the end of this notebook **you will be able to explain**
#
# 1. what a symmetric key is, and why a spelling such as base64 is none;
# 2. what a mode of encryption adds to AES, and why a nonce must never come back;
# 3. why encryption alone does not notice a change, and what does.
#
# It takes about 45 minutes. We work with the library `cryptography`, which real programs use. KMS does the
# same with keys that we never see; that begins in notebook 03.

# %% jupyter={"source_hidden": true}
from labkit import check, viz, widgets

Q = widgets.Question
widgets.Quiz("01-opening", [
    Q("Who answers our boto3 calls here?", ["Amazon", "the lab, a program on this computer"], 1, "No bill, no network."),
    Q("Which call returns the bytes of a KMS key?", ["GetKey", "DescribeKey", "none"], 2, "They never leave KMS.", "M8"),
    Q("What does a disabled key do?", ["it refuses to be used", "it is deleted"], 0, "Enabled again, it works.", "M15"),
])  # fmt: skip

# %% [markdown]
# ## 1. Bytes and their spelling
#
# All that we encrypt is **bytes**, numbers from 0 to 255. A text becomes bytes by its encoding; bytes become
# text again by a *spelling*, such as hexadecimal or base64.

# %%
import base64

text = "sesame"
text.encode(), text.encode().hex(), base64.b64encode(text.encode())

# %%
widgets.Base64Pipeline("sesame")

# %% [markdown]
# Type something else into the field. Three bytes always become four characters, and `=` fills up the end.
# Nothing in it depends on a secret.

# %% exercise="01-base64"
check("01-base64", globals())

# %% [markdown]
# ## 2. One key for both ways
#
# A **symmetric** key encrypts and decrypts. Ours is for AES-256: 256 random bits, which are 32 bytes.

# %%
import secrets

key = secrets.token_bytes(32)
len(key)

# %% [markdown]
# AES itself encrypts one **block** of 16 bytes. `ECB` is the most direct way to use it: block by block.

# %%
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes


def ecb(data):
    encryptor = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
    return encryptor.update(data) + encryptor.finalize()


# %%
widgets.Predict(
    "01-ecb",
    "We encrypt the same block of 16 bytes twice, under the same key. What comes out?",
    ["two different blocks", "twice the same block"],
    lambda: (
        "twice the same block"
        if ecb(b"attack at dawn!!") == ecb(b"attack at dawn!!")
        else "two different blocks"
    ),
    why="ECB has nothing but the key and the block. Equal goes in, equal comes out.",
)

# %% [markdown]
# Is that bad? AES-256 is strong, and nobody has ever found such a key. Here is a picture of large flat areas,
# where many blocks are equal. Switch to ECB, and then to GCM.

# %%
widgets.PictureToggle("data/picture.png")

# %% [markdown]
# The strength of AES does not help: **the mode** lets the picture through. GCM begins with another number for
# each message, the **nonce**, and counts on from there, so that equal blocks come out differently.
#
# How often does each byte value occur?

# %%
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

letter = Path("data/letter.txt").read_bytes() * 16
nonce = secrets.token_bytes(12)

viz.bytes_histogram({"plaintext": letter, "AES-256-GCM": AESGCM(key).encrypt(nonce, letter, None)})

# %% [markdown]
# Text has a face: its letters and spaces stand out. Of good ciphertext we see nothing but that it is evenly
# spread.

# %% [markdown]
# ## 3. Never the same nonce again
#
# `AESGCM(key).encrypt(nonce, data, ...)` needs 12 bytes of nonce. They travel with the message, because who
# decrypts must have them.
#
# > **Predict.** Everybody can read the nonce. Is that a danger?
#
# It is none: a nonce need not be secret. But it must not come back under the same key. The next cell catches
# two messages of somebody who has forgotten that.

# %%
widgets.NonceReuse()

# %% [markdown]
# We know nothing of the key. We guess that the word `salary` is in the first message, and move it along: at one
# place, letters of the *second* message appear. Switch the repeated nonce off, and nothing appears any more.
#
# What happened? GCM encrypts with a stream of bytes that key and nonce decide, and XORs it onto the text. Two
# messages with the same stream, XORed with each other, are free of it.
#
# So we draw each nonce at random. How long does that go well?

# %%
viz.collisions()

# %% [markdown]
# Look at the line of 96 bits, our 12 bytes. After 2³² messages, the chance that two nonces met is still below
# one in a billion. That is the limit which NIST allows under one key; then we need a new one.

# %% exercise="01-nonce"
check("01-nonce", globals())

# %% [markdown]
# ## 4. A change that nobody notices
#
# The mode `CTR` is GCM without its guard: the same stream, and nothing that checks. Our message says what we
# owe.


# %%
def ctr(data, start):
    encryptor = Cipher(algorithms.AES(key), modes.CTR(start)).encryptor()
    return encryptor.update(data) + encryptor.finalize()


start = secrets.token_bytes(16)
message = ctr(b"pay Ms Meyer 100", start)

# %% [markdown]
# Somebody on the way has no key. But they know that the amount begins at byte 13, and flip bits there: from the
# ones of `1` to those of `9`.

# %%
changed = bytearray(message)
changed[13] ^= ord("1") ^ ord("9")

# %%
widgets.Predict(
    "01-ctr",
    "The receiver decrypts the changed message. What do they get?",
    ["an error", "noise", "another amount"],
    lambda: ctr(bytes(changed), start).decode(),
    right="another amount",
    why="What is encrypted can still be changed. Secrecy is one thing, integrity is another.",
)

# %% [markdown]
# **Encryption does not imply integrity.** GCM does both: it ends its ciphertext with a **tag** of 16 bytes,
# computed with the key over the whole message.

# %%
nonce = secrets.token_bytes(12)
sealed = AESGCM(key).encrypt(nonce, b"pay Ms Meyer 100", None)
print(len(b"pay Ms Meyer 100"), "bytes became", len(sealed))

# %%
from cryptography.exceptions import InvalidTag

tampered = bytearray(sealed)
tampered[13] ^= ord("1") ^ ord("9")
try:
    AESGCM(key).decrypt(nonce, bytes(tampered), None)
except InvalidTag:
    print("refused")

# %% [markdown]
# The tag can cover more than the message: **additional authenticated data**, AAD for short. It travels in the
# open, such as an address on an envelope, and can't be exchanged. KMS calls it the *encryption context*.

# %%
sealed = AESGCM(key).encrypt(nonce := secrets.token_bytes(12), b"100", b"to: Meyer")

for address in (b"to: Meyer", b"to: Moyer"):
    try:
        print(address, AESGCM(key).decrypt(nonce, sealed, address))
    except InvalidTag:
        print(address, "refused")

# %% exercise="01-seal-open"
check("01-seal-open", globals())

# %% [markdown]
# One question stays open. Whoever opens our messages needs `key`, and so do we. **How does it get there?** That
# is the subject of notebook 02, and the reason why there is a KMS at all.

# %% [markdown]
# ## Exit ticket

# %% jupyter={"source_hidden": true}
widgets.Quiz("01-exit", [
    Q("May a nonce be known to everybody?", ["yes", "no"], 0, "It travels with the message. It must only be new.", "M5"),
    Q("AES-256 in ECB: why does the picture show?", ["the key is too short", "equal blocks stay equal"], 1, "The mode, not the cipher.", "M4"),
    Q("CTR, and one bit is flipped on the way. What happens?", ["decryption fails", "one bit of the text is another"], 1, "Only a tag would notice.", "M6"),
    Q("What does the AAD protect?", ["its secrecy", "that it can't be exchanged"], 1, "It travels in the open.", "M17"),
])  # fmt: skip

# %% [markdown]
# ## What this lab simplifies, compared with AWS
#
# - Nothing here is emulated: AES, GCM and the random numbers are the real ones.
# - Real programs keep a key in KMS or derive it from there, and not in a variable of a notebook.
# - `PictureToggle` encrypts the picture's pixels and leaves out nonce and tag, so that the result is a picture
#   again.
#
# Next: **02 Asymmetric encryption and signatures**.
