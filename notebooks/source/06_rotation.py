# %% [markdown]
# # 06 Rotation
#
# At the end of this notebook **you will be able to explain**
#
# 1. what changes when a KMS key is rotated, what stays, and why old ciphertext still opens;
# 2. which keys rotate by themselves, and what we do with the others;
# 3. what ReEncrypt is for, and when neither it nor a rotation helps.
#
# It takes about 50 minutes. First the lab, then three questions from earlier notebooks.

# %%
import boto3

from labkit import Lab, check, lens, viz, widgets

lab = Lab().start()
lab.serve()
kms = boto3.client("kms")

# %% jupyter={"source_hidden": true}
Q = widgets.Question
widgets.Quiz("06-opening", [
    Q("From 05: what lies beside the encrypted data?",
      ["The plaintext data key", "The encrypted data key", "The KMS key"], 1,
      "The encrypted data key and the nonce. The plaintext one is forgotten after use.", "M10"),
    Q("From 04: why does kms.decrypt need no key id for a symmetric blob?",
      ["The blob names its key material", "KMS tries all keys", "There is only one key"], 0,
      "The key reference in the blob is the id of the material that opens it.", "M16"),
    Q("From 03: a key is scheduled for deletion. Can we still change our mind?",
      ["No", "Yes, for 7 days at least", "Only Amazon can"], 1,
      "CancelKeyDeletion brings it back, until the waiting period is over.", "M15"),
])  # fmt: skip

# %% [markdown]
# ## 1. Before
#
# The bakery has a key, with the **alias** `alias/bakery`: a name of our choice, which can stand wherever a
# key id is asked for. A program that uses the alias need not know the id.

# %%
KEY_ID = kms.create_key(Description="notebook 06")["KeyMetadata"]["KeyId"]
kms.create_alias(AliasName="alias/bakery", TargetKeyId=KEY_ID)

blobs = {"recipe": kms.encrypt(KeyId="alias/bakery", Plaintext=b"more butter")["CiphertextBlob"]}

# %% [markdown]
# In notebook 04 we saw that a KMS key has **key material** behind it: the secret bytes, a *backing key*.
# `describe_key` tells the id of the material that is in use now.


# %%
def names_of(key_id):
    metadata = kms.describe_key(KeyId=key_id)["KeyMetadata"]
    return {name: metadata[name] for name in ("KeyId", "Arn", "CurrentKeyMaterialId")}


before = names_of(KEY_ID)
before

# %% [markdown]
# ## 2. What a rotation changes
#
# > **Predict.** We rotate the key. Which of these three will be different: the KeyId, the ARN, the id of the
# > key material?

# %%
kms.rotate_key_on_demand(KeyId=KEY_ID)

after = names_of(KEY_ID)
{name: "the same" if before[name] == after[name] else "different" for name in before}

# %% [markdown]
# Only the material. To policies, aliases and programs it is the same key as before. And to our recipe?


# %%
def open_recipe():
    return kms.decrypt(CiphertextBlob=blobs["recipe"])["Plaintext"].decode()


widgets.Predict(
    "06-old-blob",
    "The recipe was encrypted before the rotation. What does decrypt say now?",
    ["more butter", "InvalidCiphertextException", "IncorrectKeyException"],
    open_recipe,
    why="KMS keeps every material that a key ever had. The blob names the one that opens it.",
)

# %%
open_recipe()

# %% [markdown]
# It opens, with the old material. Two ways to see which material a blob is under. The first is the answer of
# `decrypt`:

# %%
opened = kms.decrypt(CiphertextBlob=blobs["recipe"])
print("decrypted with ", opened["KeyMaterialId"])
print("before rotation", before["CurrentKeyMaterialId"])

# %% [markdown]
# The second needs neither KMS nor a permission: the key reference in the blob.

# %%
lens.dissect(blobs["recipe"])["key reference"].raw.hex()

# %% [markdown]
# > **Predict.** So a rotation does not encrypt our old data again. Could it? Where are our blobs, and does KMS
# > know?
#
# They are in our files and databases. KMS has never kept one, so it can't change one. **Rotation is for what
# comes next.** We encrypt something new:

# %%
blobs["price list"] = kms.encrypt(KeyId="alias/bakery", Plaintext=b"bread 4.20")["CiphertextBlob"]

for name, blob in blobs.items():
    print(f"{name:10}", lens.dissect(blob)["key reference"].raw.hex())

# %% [markdown]
# Both blobs belong to one KMS key, and each is under its own material. Behind the key there are two now, and
# `list_key_rotations` tells of each change:

# %%
lab.backing_keys()[["KeyMaterialId", "Current", "CreationDate", "RotationType"]]

# %%
# !aws kms list-key-rotations --key-id $KEY_ID --query "Rotations[].[RotationType, KeyMaterialId]" --output text

# %% exercise="06-which-key"
check("06-which-key", globals())

# %% [markdown]
# ## 3. By the calendar
#
# `rotate_key_on_demand` rotates at the moment when we want it, up to 25 times in a key's life. For the
# routine, KMS can rotate by itself:

# %%
kms.enable_key_rotation(KeyId=KEY_ID, RotationPeriodInDays=365)

status = kms.get_key_rotation_status(KeyId=KEY_ID)
status["KeyRotationEnabled"], status["RotationPeriodInDays"], f"{status['NextRotationDate']:%Y-%m-%d}"

# %% [markdown]
# The period can be 90 to 2560 days; without it, KMS takes 365. AWS makes us wait a year now. The lab has an
# agenda and a clock that we can move:

# %%
lab.agenda()[["Due", "Method"]]

# %%
lab.clock.advance(days=365)

# %% [markdown]
# > **Predict.** How many materials does the key have now? What did we have to do for it?

# %%
lab.backing_keys()[["KeyMaterialId", "Current", "CreationDate", "RotationType"]]

# %% [markdown]
# Three: the first one, one on demand, one by the calendar. No program was changed, and no blob.
#
# > **Predict.** Who made the last rotation, according to CloudTrail? Us?

# %%
lab.audit()[["EventTime", "EventName", "EventSource", "Username"]].tail(1)

# %% [markdown]
# KMS did it: `RotateKey` has no user. (CloudTrail's history goes back 90 days. Our own calls of a year ago
# have left it already.)
#
# We let the bakery work for some years, with a delivery note each month:

# %%
for month in range(30):
    note = f"delivery note {month}"
    blobs[note] = kms.encrypt(KeyId="alias/bakery", Plaintext=note.encode())["CiphertextBlob"]
    lab.clock.advance(days=30)

# %%
viz.backing_keys(lab, list(blobs.values()))

# %% [markdown]
# Each year's blobs lie under a material of their own. This is what a rotation is for: if one material were ever
# broken, one year would be open, and not all of them.
#
# Now encrypt, rotate and let days pass as you like. Each bar is a material, and each dot on it a blob that it
# opens:

# %%
widgets.RotationTimeline(lab, KEY_ID)

# %% [markdown]
# ## 4. Which keys rotate by themselves
#
# Here is one of each kind: a symmetric key, an RSA key, an HMAC key, and a symmetric key with `EXTERNAL`
# origin, whose material we would bring ourselves.

# %%
kinds = {
    "symmetric": {},
    "RSA": {"KeySpec": "RSA_2048", "KeyUsage": "ENCRYPT_DECRYPT"},
    "HMAC": {"KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC"},
    "external": {"Origin": "EXTERNAL"},
}
keys = {name: kms.create_key(**kind)["KeyMetadata"] for name, kind in kinds.items()}

# %%
from botocore.exceptions import ClientError


def try_rotation(name):
    try:
        kms.enable_key_rotation(KeyId=keys[name]["KeyId"])
    except ClientError as error:
        return error.response["Error"]["Code"]
    return "enabled"


# %%
widgets.Predict(
    "06-rsa",
    "We switch on yearly rotation for the RSA key. What does KMS answer?",
    ["enabled", "UnsupportedOperationException", "DisabledException"],
    lambda: try_rotation("RSA"),
    why="Others hold the public key. KMS can't hand them a new one.",
)

# %%
for name in keys:
    print(f"{name:10}", keys[name]["KeySpec"], keys[name]["Origin"], "->", try_rotation(name))

# %% [markdown]
# Only the first. Why?
#
# - **Asymmetric**: somebody has our public key. With a new pair behind the same id, they would encrypt for the
#   old one, and verify with the old one.
# - **HMAC**: the code that such a key makes does not say which material made it. A blob does.
# - **EXTERNAL**: KMS did not make the material, so it can't make the next one. We can import a new one and
#   then rotate *on demand*.
#
# So three fields of `describe_key` decide: `KeySpec` is `SYMMETRIC_DEFAULT`, `Origin` is `AWS_KMS`, and
# `KeyState` is `Enabled`, as no other key can be changed.

# %% exercise="06-rotate"
check("06-rotate", globals())

# %% [markdown]
# ## 5. By hand
#
# For all the other keys we rotate **by hand**: make a new key and let the alias point to it. We do it with
# `alias/bakery`, to see what happens to the blobs.

# %%
NEW_KEY_ID = kms.create_key(Description="the bakery's new key")["KeyMetadata"]["KeyId"]

_ = kms.update_alias(AliasName="alias/bakery", TargetKeyId=NEW_KEY_ID)

# %% [markdown]
# > **Predict.** This time id and ARN *are* different. Does the recipe still open, if we name no key? If we
# > insist on `alias/bakery`?

# %%
print(open_recipe())
try:
    kms.decrypt(CiphertextBlob=blobs["recipe"], KeyId="alias/bakery")
except ClientError as error:
    print(error)

# %% [markdown]
# The blob names the material of the old key, and that key is still there. The alias is not in the blob: it is
# looked up when a call is made, and now it leads to the new key.
#
# So after a rotation by hand, **the old key has to stay**, enabled, as long as one blob needs it. And a
# program that decrypts with `KeyId="alias/bakery"` fails on old blobs. A KMS rotation spares us both.

# %% [markdown]
# ## 6. ReEncrypt
#
# We want to retire the old key, so the blobs have to go under the new one. We *could* decrypt and encrypt
# each. Then every plaintext comes to this computer. `re_encrypt` does both inside KMS:

# %%
old_blob = blobs["recipe"]
answer = kms.re_encrypt(CiphertextBlob=old_blob, DestinationKeyId=NEW_KEY_ID)

[name for name in answer if name != "ResponseMetadata"]

# %% [markdown]
# A new blob, and where from and where to. No `Plaintext`. Let us look at what crossed the wire, and what
# happened in the HSM.
#
# > **Predict.** In which of the eight steps is the plaintext to be seen?

# %%
lab.trace

# %% [markdown]
# Nowhere: in step 5 the HSM decrypts and encrypts, and tells only how long it is. Step 4 shows that it takes
# two permissions, `kms:ReEncryptFrom` on the old key and `kms:ReEncryptTo` on the new one, and neither of
# them lets anybody decrypt. In the log there is *one* event with both keys, and no `Decrypt`:

# %%
print(*lab.audit().iloc[-1][["EventName", "Username", "Resources"]], sep="\n")

# %% [markdown]
# The recipe is under the new key now. The old blob is unchanged; **we** have to put the new one in its place.

# %%
blobs["recipe"] = answer["CiphertextBlob"]

kms.decrypt(CiphertextBlob=blobs["recipe"], KeyId="alias/bakery")["Plaintext"]

# %% [markdown]
# ### With an encryption context
#
# To open a blob that has a context, `re_encrypt` needs the context, too: as `SourceEncryptionContext`.

# %%
context = {"shop": "harbour"}
note = kms.encrypt(KeyId=KEY_ID, Plaintext=b"ten loaves", EncryptionContext=context)["CiphertextBlob"]

moved = kms.re_encrypt(CiphertextBlob=note, DestinationKeyId=NEW_KEY_ID, SourceEncryptionContext=context)


# %%
def open_moved(context):
    try:
        return kms.decrypt(CiphertextBlob=moved["CiphertextBlob"], EncryptionContext=context)["Plaintext"]
    except ClientError as error:
        return error.response["Error"]["Code"]


# %% [markdown]
# > **Predict.** We gave `re_encrypt` the context for the source only. With which context does the new blob
# > open: the old one, or none?

# %%
print("old context:", open_moved(context))
print("none:       ", open_moved({}))

# %% [markdown]
# With none: the purpose was lost on the way. `DestinationEncryptionContext` has to be given as well.
#
# ### With an envelope
#
# > **Predict.** A file of 100 MB lies in an envelope, as in notebook 05. How much of it goes through
# > `re_encrypt`?
#
# Only the encrypted data key, 184 bytes. The file keeps its data key and is not even read. Rewrapping a
# thousand large files takes a thousand small calls.
#
# ReEncrypt can also be given *the same* KMS key as destination: then the blob moves to its current material.

# %%
answer = kms.re_encrypt(CiphertextBlob=blobs["price list"], DestinationKeyId=KEY_ID)

answer["SourceKeyMaterialId"][:16], answer["DestinationKeyMaterialId"][:16]

# %% exercise="06-rewrap"
check("06-rewrap", globals())

# %% [markdown]
# ## 7. What a rotation does not heal
#
# A file in an envelope, and a thief who has seen the plaintext data key once, in the memory of a program:

# %%
import secrets

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

answer = kms.generate_data_key(KeyId=KEY_ID, KeySpec="AES_256")
nonce = secrets.token_bytes(12)
sealed = AESGCM(answer["Plaintext"]).encrypt(nonce, b"the secret recipe: more butter", None)
blob, stolen = answer["CiphertextBlob"], answer["Plaintext"]

# %% [markdown]
# We hear of it and do all we have learnt: rotate, and rewrap the data key.


# %%
def rotate_and_rewrap():
    kms.rotate_key_on_demand(KeyId=KEY_ID)
    return kms.re_encrypt(CiphertextBlob=blob, DestinationKeyId=NEW_KEY_ID)["CiphertextBlob"]


def thief_after_it():
    same_key = kms.decrypt(CiphertextBlob=rotate_and_rewrap())["Plaintext"] == stolen
    return "the thief reads on" if same_key else "the thief is shut out"


# %%
widgets.Predict(
    "06-leak",
    "The KMS key is rotated and the data key rewrapped. What about the thief?",
    ["the thief reads on", "the thief is shut out"],
    thief_after_it,
    why="Both change what the data key is wrapped in. The data key itself is the same.",
)

# %%
print(thief_after_it())
print(AESGCM(stolen).decrypt(nonce, sealed, None))

# %% [markdown]
# A rotation gives the *box* of the data key a new lock; the data key in it is the stolen one. What helps is a
# **new data key**, and the data encrypted again with it. What the thief has copied before stays open for
# ever.

# %%
answer = kms.generate_data_key(KeyId=NEW_KEY_ID, KeySpec="AES_256")
text = AESGCM(stolen).decrypt(nonce, sealed, None)
nonce = secrets.token_bytes(12)
sealed = AESGCM(answer["Plaintext"]).encrypt(nonce, text, None)

# %%
from cryptography.exceptions import InvalidTag

try:
    AESGCM(stolen).decrypt(nonce, sealed, None)
except InvalidTag:
    print("The stolen data key does not open it any more.")

# %% [markdown]
# | what leaked | rotate | ReEncrypt | new data key, data encrypted again |
# |---|---|---|---|
# | nothing; it is routine | enough | not needed | not needed |
# | a plaintext data key | no help | no help | **needed** |
# | a permission to `Decrypt` | no help | under a key that they may not use | needed, if they have used it |
#
# For the last row, `lab.audit()` says whether they have: each `Decrypt` is in the log. That is a good reason
# to keep keys in KMS.

# %% [markdown]
# ## Exit ticket

# %% jupyter={"source_hidden": true}
widgets.Quiz("06-exit", [
    Q("A key was rotated. What has to be changed?", ["the ARN in our programs", "our old blobs", "nothing"], 2, "Id, ARN and alias stay; old blobs open with the old material.", "M13"),
    Q("We rotate yearly. Is data of three years ago under new material?", ["yes", "no"], 1, "Only ReEncrypt, or encrypting it again, changes that.", "M12"),
    Q("How is an RSA key rotated?", ["EnableKeyRotation", "by hand: a new key, and the alias points to it"], 1, "The old key stays for what was made with it.", "M14"),
    Q("ReEncrypt with SourceEncryptionContext only: what binds the new blob?", ["the old context", "nothing"], 1, "The context goes along only if DestinationEncryptionContext says so.", "M18"),
])  # fmt: skip

# %% [markdown]
# ## What this lab simplifies, compared with AWS
#
# - A rotation on demand is done at once. AWS takes a while, and `get_key_rotation_status` then has an
#   `OnDemandRotationStartDate`.
# - An automatic rotation happens to the second here. AWS does it around that day.
# - Years pass in an instant, because the lab has a clock of its own.
# - Each rotation costs money on AWS: the first two add to a key's monthly price.
# - An alias that was moved may still lead to the old key for a moment on AWS.
#
# Next: **07 Regions and snapshots**.
