# %% [markdown]
# # 05 Envelope encryption
#
# At the end of this notebook **you will be able to explain**
#
# 1. how KMS protects a file of any size, though it encrypts 4096 bytes at most;
# 2. what is stored beside the data, what must never be, and who can open it later;
# 3. how a large file is encrypted in pieces, so that no piece can be moved, lost or changed.
#
# It takes about 55 minutes. First the lab, then three questions from earlier notebooks.

# %%
import boto3

from labkit import Lab, check, lens, viz, widgets

lab = Lab().start()
lab.serve()
kms = boto3.client("kms")

# %% jupyter={"source_hidden": true}
Q = widgets.Question
widgets.Quiz("05-opening", [
    Q("From 04: we hand a file of 6451 bytes to kms.encrypt. What happens?",
      ["It is refused", "KMS cuts it in two", "Its first 4096 bytes are encrypted"], 0,
      "4096 bytes are the most that one call takes, and KMS cuts nothing.", "M7"),
    Q("From 01: which rule holds for the nonce of AES-GCM?",
      ["It is secret", "It never repeats under one key", "It is random, or GCM breaks"], 1,
      "It may be public, and it may count 0, 1, 2. It must not come twice under the same key.", "M5"),
    Q("From 04: the encryption context of a message is ...", ["kept secret", "stored in the blob", "in the log"], 2,
      "CloudTrail writes it down in plain text. Decrypt must be given the same context again.", "M17"),
])  # fmt: skip

# %% [markdown]
# ## 1. A key for one file
#
# In notebook 04, the payroll was too large for KMS. There, KMS encrypted our data. Here it encrypts only
# **a key**, and we encrypt the data with that key, on our own computer. `KeySpec="AES_256"` says what we want
# the key for: AES with 256 bits, the cipher of notebook 01.

# %%
KEY_ID = kms.create_key(Description="notebook 05")["KeyMetadata"]["KeyId"]

answer = kms.generate_data_key(KeyId=KEY_ID, KeySpec="AES_256")
{name: len(value) for name, value in answer.items() if isinstance(value, bytes)}

# %% [markdown]
# One call, two byte strings:
#
# - `Plaintext`: 32 random bytes, which are 256 bits. This is the **data key**. KMS made it for us and keeps
#   no copy.
# - `CiphertextBlob`: the same 32 bytes, encrypted under our KMS key. This is the **encrypted data key**.
#
# It is a blob as we know it from notebook 04:

# %%
lens.dissect(answer["CiphertextBlob"])

# %% [markdown]
# > **Predict.** We throw the data key away and keep the blob. Is the data key lost?

# %%
again = kms.decrypt(CiphertextBlob=answer["CiphertextBlob"])["Plaintext"]

print("the same bytes:", again == answer["Plaintext"])

# %% [markdown]
# It comes back, as often as we ask, as long as KMS lets us. So the blob may lie anywhere. What about the next
# data key?


# %%
def two_data_keys():
    one, two = (kms.generate_data_key(KeyId=KEY_ID, KeySpec="AES_256") for _ in range(2))
    return "the same" if one["Plaintext"] == two["Plaintext"] else "different"


widgets.Predict(
    "05-two-keys",
    "Two data keys of one KMS key: are they the same?",
    ["the same", "different"],
    two_data_keys,
)

# %%
two_data_keys()

# %% [markdown]
# Each call throws new dice: **every file gets a data key of its own**. On the command line it is the same
# call. `--query` picks the parts we want to see: the plaintext data key should not stand on a screen.

# %%
# !aws kms generate-data-key --key-id $KEY_ID --key-spec AES_256 --output text --query "[KeyId, CiphertextBlob]"

# %% exercise="05-data-key"
check("05-data-key", globals())

# %% [markdown]
# ## 2. A picture in an envelope
#
# This picture is far over 4096 bytes.

# %%
from pathlib import Path

from IPython.display import Image

picture = Path("data/picture.png").read_bytes()
print(len(picture), "bytes")
Image(picture, width=320, alt="The sample picture that this notebook encrypts")

# %% [markdown]
# We encrypt it with AES-GCM, as in notebook 01, and write four things into one file, one behind the other:
# how long the blob is (in 2 bytes, so that we find its end again), the blob, the nonce, the encrypted
# picture.
#
# > **Predict.** How many bytes of the picture travel to KMS: all, the first 4096, or none?

# %%
import secrets

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

answer = kms.generate_data_key(KeyId=KEY_ID, KeySpec="AES_256")
data_key, blob = answer["Plaintext"], answer["CiphertextBlob"]
nonce = secrets.token_bytes(12)
sealed = AESGCM(data_key).encrypt(nonce, picture, None)

# %%
Path("picture.sealed").write_bytes(len(blob).to_bytes(2, "big") + blob + nonce + sealed)

del answer, data_key

# %% [markdown]
# Not one byte of the picture has travelled. Here is the request, as it went to KMS: a key id, and what kind
# of key we want. We note its size in `measured`, for a plot in section 5.


# %%
def sent_to_kms():
    """The body of the last GenerateDataKey, from the lab's trace."""
    asked = [traced for traced in lab.trace if traced.operation == "GenerateDataKey"]
    return asked[-1].call.request.body


measured = [(len(picture), len(sent_to_kms()))]
sent_to_kms()

# %% [markdown]
# That is the **envelope**: the data is inside, encrypted with the data key, and the encrypted data key is
# the seal on it. `del` has dropped the data key itself. We open the envelope with what the file has, and with
# KMS:

# %%
stored = Path("picture.sealed").read_bytes()
end = 2 + int.from_bytes(stored[:2], "big")
blob, nonce, sealed = stored[2:end], stored[end : end + 12], stored[end + 12 :]

data_key = kms.decrypt(CiphertextBlob=blob)["Plaintext"]
print("our picture:", AESGCM(data_key).decrypt(nonce, sealed, None) == picture)

# %% [markdown]
# The same, one step after the other, and who holds what at each step:

# %%
widgets.EnvelopeStepper(lab, KEY_ID, picture)

# %% [markdown]
# ## 3. Two mistakes
#
# **"So it is encrypted twice."** We count.

# %%
print("picture ", len(picture), "->", len(sealed), "under the data key")
print("data key", len(data_key), "->", len(blob), "under the KMS key")

# %% [markdown]
# Each thing once. The picture has grown by 16 bytes, the tag; it has only one lock on it. The second lock is
# on the *key* of the first. (Most of those 184 bytes are the wrapping that notebook 04 took apart.)
#
# **"We keep the data key in the file, then opening is faster."** It is. Let us do it, and let a thief find
# the file.

# %%
careless = data_key + nonce + sealed

# %% [markdown]
# > **Predict.** The thief has this file, and no permission in KMS at all. Does the picture open? What does
# > CloudTrail say?

# %%
before = len(lab.audit())
stolen = AESGCM(careless[:32]).decrypt(careless[32:44], careless[44:], None)
print("opened:", stolen == picture, "- events in the log:", len(lab.audit()) - before)

# %% [markdown]
# It opens; no policy was asked and no event was written. Whoever has the plaintext data key has the data.
# It lives in memory, for as long as we encrypt or decrypt, and is **never stored**.

# %% [markdown]
# ## 4. A table, and what belongs to it
#
# The same for the payroll. This time the data key is tied to a purpose, with an encryption context.

# %%
payroll = Path("data/payroll.csv").read_bytes()
context = {"file": "payroll.csv"}

answer = kms.generate_data_key(KeyId=KEY_ID, KeySpec="AES_256", EncryptionContext=context)
nonce, blob = secrets.token_bytes(12), answer["CiphertextBlob"]
sealed = AESGCM(answer["Plaintext"]).encrypt(nonce, payroll, None)
measured.append((len(payroll), len(sent_to_kms())))

# %% [markdown]
# > **Predict.** Someone puts this envelope where `menu.csv` is expected. Our program asks KMS with the
# > context of the menu. Does it get the payroll? And with no context?

# %%
from botocore.exceptions import ClientError

for asked in ({"file": "menu.csv"}, {}, {"file": "payroll.csv"}):
    try:
        data_key = kms.decrypt(CiphertextBlob=blob, EncryptionContext=asked)["Plaintext"]
        print(asked, AESGCM(data_key).decrypt(nonce, sealed, None)[:35])
    except ClientError as error:
        print(asked, error)

# %% [markdown]
# Only the context of the beginning opens it. Without a context, two envelopes could change places, and each
# would still open. With one, a file is bound to its name. The context lies in no envelope: the program
# knows which file it asks for.

# %% [markdown]
# ## 5. 100 MB
#
# Now a file that nobody wants to hold in memory. We make one, in pieces of one **MiB** (1,048,576 bytes).
# `tqdm` draws the progress bar.

# %%
from tqdm.notebook import tqdm

FRAME, TAG = 1024 * 1024, 16

with Path("big.bin").open("wb") as file:
    for _ in tqdm(range(100), desc="big.bin"):
        file.write(secrets.token_bytes(FRAME))

# %% [markdown]
# One call of AES-GCM wants the whole file at once. So we cut it into **frames** of one MiB and encrypt each
# for itself, with its own tag, all under *one* data key.
#
# A tag shows a change inside its frame, and no more. If each frame simply had its own random nonce beside it,
# somebody could swap two frames, leave one out, or cut off the end, and every tag would still fit.
#
# So we store no nonces at all. Eleven bytes of the nonce **count the frames**, and the twelfth is 1 for the
# **last frame**, else 0. Whoever opens the file counts again. A frame in another place is opened with another
# nonce, and its tag does not fit.


# %%
def frames(file, size):
    """Yield a nonce and the bytes of each frame. We read one frame ahead, to know which is the last."""
    number, last, frame = 0, False, file.read(size)
    while not last:
        following = file.read(size)
        last = not following
        yield number.to_bytes(11, "big") + bytes([last]), frame
        number, frame = number + 1, following


# %% [markdown]
# Here it is at work on ten bytes, in frames of four:

# %%
import io

for nonce, frame in frames(io.BytesIO(b"0123456789"), 4):
    print(nonce.hex(" "), frame)

# %% [markdown]
# The third line is the last frame: its nonce ends in 01.
#
# > **Predict.** These nonces are 0, 1, 2 in every file. Why is that not the mistake of notebook 01?
#
# Because the data key is new for each file: under one key, no nonce comes twice. With one lasting key for
# all files it *would* be the mistake.
#
# Sealing reads a frame, encrypts it, writes it, and forgets it:


# %%
def seal_file(source, target, context):
    """Write `source` to `target`: length of the blob, blob, encrypted frames."""
    answer = kms.generate_data_key(KeyId=KEY_ID, KeySpec="AES_256", EncryptionContext=context)
    cipher, blob = AESGCM(answer["Plaintext"]), answer["CiphertextBlob"]
    size = Path(source).stat().st_size
    with Path(source).open("rb") as plain, Path(target).open("wb") as sealed:
        sealed.write(len(blob).to_bytes(2, "big") + blob)
        for nonce, frame in tqdm(frames(plain, FRAME), total=size // FRAME, desc=target):
            sealed.write(cipher.encrypt(nonce, frame, None))


# %% [markdown]
# `tracemalloc`, from Python's library, measures how much memory a program takes.


# %%
import tracemalloc


def megabytes_in_memory():
    tracemalloc.start()
    seal_file("big.bin", "big.sealed", {"file": "big.bin"})
    peak = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    return round(peak)


# %%
widgets.Predict(
    "05-memory",
    "We seal 100 MB. How many of them are in memory at a time?",
    ["a few MB", "about 100 MB", "about 200 MB"],
    megabytes_in_memory,
    right=lambda peak: "a few MB" if peak < 50 else "about 100 MB" if peak < 150 else "about 200 MB",
    why="A few frames, however long the file is.",
)

# %% [markdown]
# > **Predict.** And how many calls of KMS does it take?

# %%
before = len(lab.audit())

print(megabytes_in_memory(), "MB in memory at most")
print("calls of KMS:", list(lab.audit()["EventName"][before:]))

# %% [markdown]
# A few frames are in memory: the one that is read ahead, the one at hand, and its ciphertext. A file of 100
# GB would take no more. And one call, whatever the size:

# %%
measured.append((Path("big.bin").stat().st_size, len(sent_to_kms())))

viz.kms_bytes(measured)

# %% [markdown]
# The three dots are our picture, our table and the large file. What differs a little is the context, which
# goes to KMS, too. KMS does not even know how large the file is.

# %% [markdown]
# ### Opening, and an attack
#
# To open, the same frames are read, each longer by its tag. The target gets its name only when the last
# frame has been checked: until then, nobody may trust it.


# %%
def open_file(source, target, context):
    """Write the opened `source` to `target`. InvalidTag if a frame was changed, moved or is missing."""
    size, part = Path(source).stat().st_size, Path(target + ".part")
    with Path(source).open("rb") as sealed, part.open("wb") as plain:
        blob = sealed.read(int.from_bytes(sealed.read(2), "big"))
        key = kms.decrypt(CiphertextBlob=blob, EncryptionContext=context)["Plaintext"]
        for nonce, frame in tqdm(frames(sealed, FRAME + TAG), total=size // FRAME, desc=target):
            plain.write(AESGCM(key).decrypt(nonce, frame, None))
    part.replace(target)


# %%
import filecmp

open_file("big.sealed", "big.opened", {"file": "big.bin"})

filecmp.cmp("big.bin", "big.opened", shallow=False)

# %% [markdown]
# Now we are the attacker. We have no key. We exchange two frames of the sealed file, whole, with their tags:


# %%
def swap_frames(path, one, two):
    sealed = bytearray(Path(path).read_bytes())
    start = 2 + int.from_bytes(sealed[:2], "big")
    places = [start + number * (FRAME + TAG) for number in (one, two)]
    first, second = (slice(place, place + FRAME + TAG) for place in places)
    sealed[first], sealed[second] = sealed[second], sealed[first]
    Path(path).write_bytes(sealed)


# %%
from cryptography.exceptions import InvalidTag


def try_to_open():
    try:
        open_file("big.sealed", "big.opened", {"file": "big.bin"})
    except InvalidTag:
        return "refused"
    return "opened"


# %%
def swapped():
    swap_frames("big.sealed", 3, 7)
    verdict = try_to_open()
    swap_frames("big.sealed", 3, 7)
    return verdict


widgets.Predict("05-swap", "Frames 3 and 7 are swapped. What happens?", ["opened", "refused"], swapped)

# %%
print("swapped:     ", swapped())
print("swapped back:", try_to_open())

# %% [markdown]
# The bar stops at frame 3: in its place lies what was sealed with the nonce of 7. What was opened until then
# is left in `big.opened.part`, and nobody uses it. And if the last frame is cut off?

# %%
import os

os.truncate("big.sealed", Path("big.sealed").stat().st_size - (FRAME + TAG))

print("cut off:", try_to_open())

# %% [markdown]
# Refused, too. Frame 98 is now the last one in the file, but it was not sealed as the last.
#
# Notebook 08 has the *AWS Encryption SDK*, which does all this, and more, in one call. We have built it once,
# so that we know what it does. Let us tidy up:

# %%
for path in Path().glob("big.*"):
    path.unlink()

# %% [markdown]
# ## 6. One prepares, another fills
#
# The bakery's office prepares an envelope for each branch. The branch puts its payroll in. The office must
# not be able to read it, though it made the key.
#
# **GenerateDataKeyWithoutPlaintext** gives the encrypted data key *alone*. We make two users, who may make
# one call each. (Users and policies are the subject of notebook 03.)

# %%
import json

iam = boto3.client("iam")


# %%
def user_who_may(action, name):
    """A client of a new user, who may make this one call."""
    allow = {"Effect": "Allow", "Action": action, "Resource": "*"}
    iam.create_user(UserName=name)
    document = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    iam.put_user_policy(UserName=name, PolicyName="one-call", PolicyDocument=document)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    pair = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
    return boto3.client("kms", **pair)


# %%
office = user_who_may("kms:GenerateDataKeyWithoutPlaintext", "office")
branch = user_who_may("kms:Decrypt", "branch")

# %% [markdown]
# The office prepares. What lies in its hands is all that the answer has:

# %%
context = {"branch": "harbour"}

answer = office.generate_data_key_without_plaintext(
    KeyId=KEY_ID, KeySpec="AES_256", EncryptionContext=context
)
blob = answer["CiphertextBlob"]
sorted(answer)

# %% [markdown]
# The branch opens the blob, encrypts, and forgets the key:

# %%
data_key = branch.decrypt(CiphertextBlob=blob, EncryptionContext=context)["Plaintext"]
nonce = secrets.token_bytes(12)
filled = nonce + AESGCM(data_key).encrypt(nonce, payroll, None)

del data_key

# %% [markdown]
# > **Predict.** The office gets the filled envelope back: blob, context, data. Can it read the payroll?

# %%
try:
    office.decrypt(CiphertextBlob=blob, EncryptionContext=context)
except ClientError as error:
    print(error)

# %% [markdown]
# It can't, and the log proves who had the data key and when. Only `Decrypt` and `GenerateDataKey` hand one
# out:

# %%
audit = lab.audit()
audit.loc[audit["Username"].isin(["office", "branch"]), ["Username", "EventName", "ErrorCode"]]

# %% [markdown]
# AWS itself works so. For an encrypted disk, its disk service EBS calls `GenerateDataKeyWithoutPlaintext`
# when the disk is *made*. Only when the disk is attached to a running machine, the key is decrypted. Until
# then, no plaintext key lies around.
#
# The command has the same name with hyphens:

# %%
# !aws kms generate-data-key-without-plaintext --key-id $KEY_ID --key-spec AES_256 --output text --query KeyId

# %% exercise="05-two-party"
check("05-two-party", globals())

# %% [markdown]
# ## 7. Random bytes, and nothing else
#
# `GenerateRandom` needs no KMS key. It gives bytes from the random generator of the HSMs.

# %%
kms.generate_random(NumberOfBytes=16)["Plaintext"].hex()

# %%
# !aws kms generate-random --number-of-bytes 16 --output text --query Plaintext

# %% [markdown]
# > **Predict.** We use sixteen such bytes as the key of a file. What do we have to store, so that we can open
# > the file tomorrow?
#
# The key itself: there is no encrypted copy. That is the difference from `GenerateDataKey`. `GenerateRandom`
# is for a nonce, or for a code that we mail to somebody who has forgotten a password. It gives small amounts:

# %%
try:
    kms.generate_random(NumberOfBytes=1025)
except ClientError as error:
    print(error)

# %% [markdown]
# ## 8. Switch the key off
#
# The sealed picture lies in our folder, untouched.


# %%
def open_picture():
    stored = Path("picture.sealed").read_bytes()
    end = 2 + int.from_bytes(stored[:2], "big")
    try:
        kms.decrypt(CiphertextBlob=stored[2:end])
    except ClientError as error:
        return error.response["Error"]["Code"]
    return "opened"


# %%
def with_the_key_disabled():
    kms.disable_key(KeyId=KEY_ID)
    answer = open_picture()
    kms.enable_key(KeyId=KEY_ID)
    return answer


# %%
widgets.Predict(
    "05-disabled",
    "We disable the KMS key. Does the picture open?",
    ["opened", "DisabledException"],
    with_the_key_disabled,
)

# %%
print("disabled:", with_the_key_disabled())
print("enabled: ", open_picture())

# %% [markdown]
# One call has locked every envelope, on every disk and in every backup, without touching any of them. A
# second call has opened them all again. Who still has a plaintext data key in memory can go on; that is one
# more reason to forget it soon.
#
# Deleting has no second call. Here is a diary, under a key of its own:

# %%
doomed = kms.create_key(Description="diary")["KeyMetadata"]["KeyId"]
diary = kms.generate_data_key(KeyId=doomed, KeySpec="AES_256")["CiphertextBlob"]

kms.schedule_key_deletion(KeyId=doomed, PendingWindowInDays=7)
lab.clock.advance(days=8)

# %%
try:
    kms.decrypt(CiphertextBlob=diary)
except ClientError as error:
    print(error)

# %% [markdown]
# > **Predict.** Could we have made a copy of the KMS key, just in case? Which call exports one?

# %%
[name for name in kms.meta.service_model.operation_names if "Export" in name]

# %% [markdown]
# None. What was sealed under `doomed` is lost for all time, for us and for Amazon. This is why a deletion
# waits at least seven days. It can also be what one wants: deleting one small key erases a hundred
# terabytes.

# %% [markdown]
# ## 9. On your own

# %% exercise="05-seal"
check("05-seal", globals())

# %% [markdown]
# ## Exit ticket

# %% jupyter={"source_hidden": true}
widgets.Quiz("05-exit", [
    Q("3 GB, 1 MiB a frame, one data key. How many calls of KMS to open it?", ["1", "3072", "0"], 0, "One Decrypt of the data key. The number of frames does not matter.", "M9"),
    Q("What must never lie beside the encrypted data?", ["the nonce", "the encrypted data key", "the plaintext data key"], 2, "With it, nobody needs KMS.", "M10"),
    Q("Each frame has a tag. Does that show that two were swapped?", ["yes", "no"], 1, "A tag sees inside one frame. The number it covers shows the place.", "M6"),
    Q("Who needs GenerateDataKeyWithoutPlaintext?", ["nobody", "who prepares envelopes and must not read them"], 1, "The key arrives locked, and only who may Decrypt unlocks it.", "M11"),
])  # fmt: skip

# %% [markdown]
# ## What this lab simplifies, compared with AWS
#
# - `del` only drops a name. Python may leave the bytes in memory for a while; libraries for the purpose write
#   over them.
# - Our file format is made for this notebook. It has no version and no name of an algorithm in it, and the
#   context is not stored. The format of the AWS Encryption SDK has all that.
# - The `random` bytes come from your computer's generator here, on AWS from the HSMs'.
# - On AWS, a disabled key may still work for a few seconds, until all of KMS has heard of it.
# - Eight days pass in an instant, because the lab has a clock of its own.
#
# Next: **06 Rotation**.
