# %% [markdown]
# # 04 Encrypt and decrypt
#
# At the end of this notebook **you will be able to explain**
#
# 1. what `aws kms encrypt` and `aws kms decrypt` send and print, and what base64 has to do with it;
# 2. what is inside a ciphertext blob, and why `decrypt` needs no key id;
# 3. what KMS refuses: a wrong encryption context, and more than 4096 bytes.
#
# It takes about 60 minutes. Three questions from the notebooks before come first.

# %%
import boto3

from labkit import Lab, check, lens, viz, widgets

# %% jupyter={"source_hidden": true}
Q = widgets.Question
widgets.Quiz("04-opening", [
    Q("What does KMS never hand out?", ["the ciphertext", "the key's bytes"], 1, "The data goes to the key.", "M8"),
    Q("AES-GCM: the tag does not fit. What do we get?", ["nothing", "the text, with a warning"], 0, "Not a byte of it.", "M6"),
    Q("An IAM policy allows kms:*. Is that enough?", ["always", "if the key policy lets IAM decide"], 1, "The key policy is the root.", "M20"),
])  # fmt: skip

# %%
lab = Lab().start()
lab.serve()
kms = boto3.client("kms")

# %% [markdown]
# ## 1. There and back
#
# We write a secret into the file `secret.txt`. Put something of your own between the quotes; `\n` ends the
# line. The answer is the number of characters written.

# %%
from pathlib import Path

Path("secret.txt").write_text("The key to the cellar hangs behind the clock.\n")

# %%
KEY_ID = kms.create_key(Description="notebook 04")["KeyMetadata"]["KeyId"]
KEY_ID

# %% [markdown]
# `fileb://` hands the **bytes of a file** to a command. `--query CiphertextBlob` picks the encrypted bytes
# out of the answer.
#
# > **Predict.** Encrypted bytes can be any of the 256 values. What will the terminal show?

# %%
# !aws kms encrypt --key-id $KEY_ID --plaintext fileb://secret.txt --output text --query CiphertextBlob

# %% [markdown]
# Letters, digits, `+`, `/`, and perhaps `=` at the end: this is **base64**, a way to write any bytes with
# 64 harmless characters, so that text-only places such as JSON or a terminal can carry them. The command
# `base64 --decode` turns it back into bytes, and `>` keeps those in a file:

# %%
# !aws kms encrypt --key-id $KEY_ID --plaintext fileb://secret.txt --output text --query CiphertextBlob | base64 --decode > secret.encrypted

# %% [markdown]
# > **Predict.** How large is `secret.encrypted`: as large as `secret.txt`, a little larger, or three times?

# %%
blob = Path("secret.encrypted").read_bytes()
print(len(Path("secret.txt").read_bytes()), "bytes became", len(blob))

# %% [markdown]
# We come back to the additional bytes in section 3. Now the way back.
#
# > **Predict.** The command below names no key. Does it work?

# %%
# !aws kms decrypt --ciphertext-blob fileb://secret.encrypted --output text --query Plaintext | base64 --decode

# %% [markdown]
# There it is. KMS found the key by itself; section 3 shows how.
#
# Now both lines are ours to write. The check runs the real `aws` on them, with files that are no text.

# %% exercise="04-commands"
check("04-commands", globals())

# %% [markdown]
# boto3 does the same with bytes on both sides, so no base64 is to be seen. It is also the way on Windows,
# which has no `base64` command:

# %%
answer = kms.encrypt(KeyId=KEY_ID, Plaintext=Path("secret.txt").read_bytes())
Path("secret.encrypted").write_bytes(answer["CiphertextBlob"])

kms.decrypt(CiphertextBlob=Path("secret.encrypted").read_bytes())["Plaintext"]

# %% [markdown]
# ## 2. Base64 is not encryption
#
# We leave the last step of the pipe away. `printed` takes the lines that a command prints.
#
# > **Predict.** Without KMS and without any key: can whoever sees this line read our secret?

# %%
# printed = !aws kms decrypt --ciphertext-blob fileb://secret.encrypted --output text --query Plaintext
printed[0]

# %%
import base64

base64.b64decode(printed[0])

# %% [markdown]
# Everybody can. Base64 has no key; it is a spelling. We can change the text below and watch: three bytes become
# four characters. The two buttons send it through KMS, once with the last step of the pipe, and once without.

# %%
widgets.Base64Pipeline("sesame", lab, KEY_ID)

# %% [markdown]
# What protects is the encryption *before* the spelling:
# the same function, applied to an encrypted text, gives bytes that say nothing.

# %%
spelt = base64.b64encode(Path("secret.encrypted").read_bytes())

base64.b64decode(spelt)[:40]

# %% [markdown]
# ### Text on the command line
#
# What does `--plaintext hello` encrypt? That depends on the version of the `aws` command. Ours is version
# 1, and `--v2-debug` lets it say what version 2 would do with the same line.
#
# > **Predict.** Which five bytes will be encrypted by version 1? What would version 2 take `hello` for?

# %%
# !aws kms encrypt --key-id $KEY_ID --plaintext hello --output text --query KeyId --v2-debug

# %% [markdown]
# Version 1 encrypts the text. Version 2 takes it for **base64** and decodes it first: `hello` is refused,
# as it is not base64, but `hell` is, by accident. It stands for three bytes that nobody meant:

# %%
base64.b64decode("hell")

# %% [markdown]
# `fileb://` means the bytes of the file in both versions: we always use it. Bytes, that is, and not their
# base64 spelling. Here is the mistake that everybody makes once:

# %%
Path("secret.base64").write_bytes(spelt)

# %%
# !aws kms decrypt --ciphertext-blob fileb://secret.base64

# %% [markdown]
# `InvalidCiphertextException`, and not a word more: whoever tries out ciphertexts should learn nothing.

# %% [markdown]
# ## 3. What is in the blob
#
# `lens.dissect` takes a ciphertext blob apart. It has no key: what it shows, everybody can see who gets hold
# of our file. Each number in the dump is the number of a row in the table.
#
# > **Predict.** Is the name of our key in it? The length of our secret? The secret?

# %%
blob = Path("secret.encrypted").read_bytes()

lens.dissect(blob)

# %% [markdown]
# Three parts carry it all:
#
# - the **key reference** (2) says which key can open it;
# - the **nonce** (4) and the **iv** (17) are random and new for each message; they are no secret;
# - the **ciphertext** (20) hides our text, and the **tag** (21) shows if anybody has changed a single bit.
#
# The rest is wrapping. That is where the additional bytes come from.
#
# Below are the same bytes, alive. The arrow keys move from byte to byte and say what each is for. Enter, or a
# click, flips one bit and sends the blob to KMS.
#
# > **Predict.** Which bytes may change without KMS noticing?

# %%
widgets.ByteInspector(blob, lab)

# %% [markdown]
# None. Some are refused because the blob can't be read any more, some because no such key is there, and the
# others by the tag.

# %% [markdown]
# We encrypt the same bytes twice, under the same key.


# %%
def twice():
    blobs = [kms.encrypt(KeyId=KEY_ID, Plaintext=b"yes")["CiphertextBlob"] for _ in range(2)]
    return "equal" if blobs[0] == blobs[1] else "different"


widgets.Predict(
    "04-twice", "Are the two blobs equal?", ["equal", "different"], twice, why="A new nonce each time."
)

# %%
one = kms.encrypt(KeyId=KEY_ID, Plaintext=b"yes")["CiphertextBlob"]
two = kms.encrypt(KeyId=KEY_ID, Plaintext=b"yes")["CiphertextBlob"]

print("equal:", one == two)

# %%
for each in (one, two):
    parts = lens.dissect(each)
    print(parts["nonce"].raw.hex(), parts["ciphertext"].raw.hex())

# %% [markdown]
# Never equal: new nonce, new ciphertext. Otherwise, whoever had once seen a `yes` would know every other
# `yes`.

# %% [markdown]
# ### Why `decrypt` needs no key id
#
# The key reference in the blob is the id of the *key material*, the bytes behind our key. KMS tells us that
# id:

# %%
current = kms.describe_key(KeyId=KEY_ID)["KeyMetadata"]["CurrentKeyMaterialId"]

print(current)
print(lens.dissect(blob)["key reference"].raw.hex())

# %% [markdown]
# The blob names its own key, so `decrypt` finds it. We can still insist on a key, and often should: then
# KMS refuses a ciphertext that somebody made under another one.

# %%
from botocore.exceptions import ClientError

other = kms.create_key(Description="another key")["KeyMetadata"]["KeyId"]
try:
    kms.decrypt(CiphertextBlob=blob, KeyId=other)
except ClientError as error:
    print(error)

# %% [markdown]
# Let us watch one that succeeds, from the wire to the key and back. Each line of the trace opens with a
# click. The **HSM** in it, the hardware security module, is the sealed machine in which AWS keeps the keys.
#
# > **Predict.** In which step do the key's bytes take part? Do they appear anywhere else?

# %%
kms.decrypt(CiphertextBlob=blob, KeyId=KEY_ID)

lab.trace

# %% [markdown]
# In step 5 alone, inside the HSM. All the others know the key by its name only.

# %% [markdown]
# ## 4. The encryption context
#
# We can tie a ciphertext to a purpose. The **encryption context** is a set of names and values that
# `encrypt` is given, and that `decrypt` must be given again, exactly.

# %%
letter = Path("data/letter.txt").read_bytes()
to_bank = kms.encrypt(KeyId=KEY_ID, Plaintext=letter, EncryptionContext={"to": "bank"})["CiphertextBlob"]

kms.decrypt(CiphertextBlob=to_bank, EncryptionContext={"to": "bank"})["Plaintext"][:42]

# %% [markdown]
# > **Predict.** The key is ours, and we may use it. Does it open with another context? With none?

# %%
for context in ({"to": "press"}, {}):
    try:
        kms.decrypt(CiphertextBlob=to_bank, EncryptionContext=context)
    except ClientError as error:
        print(context, error)

# %% [markdown]
# Refused, both times. The context goes into the computation of the tag (it is *authenticated*), so with
# another context the tag does not fit.
#
# > **Predict.** Is the context in the blob? Is it secret?

# %%
print("in the blob:", b"bank" in to_bank)

# %% [markdown]
# It is not in the blob; who decrypts must know it. But it is **not secret**: section 7 finds it in the
# audit log, in plain text. Never put a secret there.

# %% exercise="04-context"
check("04-context", globals())

# %% [markdown]
# ## 5. The wall at 4 KB
#
# `data/payroll.csv` is a file as every office has one.

# %%
payroll = Path("data/payroll.csv").read_bytes()

for line in payroll.splitlines()[:4]:
    print(line.decode())
print(len(payroll), "bytes")

# %% [markdown]
# > **Predict.** We ask KMS to encrypt the whole file. What happens?

# %%
# !aws kms encrypt --key-id $KEY_ID --plaintext fileb://data/payroll.csv --output text --query KeyId

# %% [markdown]
# KMS encrypts **at most 4096 bytes** in one call. Exactly?

# %%
for size in (4095, 4096, 4097):
    try:
        kms.encrypt(KeyId=KEY_ID, Plaintext=payroll[:size])
        print(size, "encrypted")
    except ClientError as error:
        print(size, error)

# %% [markdown]
# The last byte that fits is number 4096. As a picture, with the whole file:


# %%
def taken(size):
    try:
        return bool(kms.encrypt(KeyId=KEY_ID, Plaintext=payroll[:size])["CiphertextBlob"])
    except ClientError:
        return False


viz.sizes({size: taken(size) for size in (1, 1024, 4096, 4097, len(payroll))})

# %% [markdown]
# It is not meant for files, then. KMS is made to encrypt small things: a password, or **a key**. With that
# key we encrypt the file ourselves, and no byte of the file travels to KMS. This is *envelope encryption*,
# the subject of notebook 05.

# %% exercise="04-fits"
check("04-fits", globals())

# %% [markdown]
# ## 6. New material, old blobs
#
# *Rotation* gives our key new material. The KMS key, its id and its ARN stay.
#
# > **Predict.** Can we still open what we encrypted before?

# %%
kms.rotate_key_on_demand(KeyId=KEY_ID)

kms.decrypt(CiphertextBlob=blob)["Plaintext"]

# %% [markdown]
# We can. The blob names its material, and KMS keeps the old one to decrypt with. New messages get the new
# one:

# %%
new = kms.encrypt(KeyId=KEY_ID, Plaintext=b"after the rotation")["CiphertextBlob"]

for name, each in {"before": blob, "after": new}.items():
    print(name, lens.dissect(each)["key reference"].raw.hex())

# %% [markdown]
# The pieces of material behind a key are its *backing keys*. Notebook 06 is about them; here they are:

# %%
lab.backing_keys()[["KeyId", "KeyMaterialId", "Current", "RotationType"]]

# %% [markdown]
# ## 7. Who did what
#
# CloudTrail has written down every call. `lookup_events` searches that log, on AWS just as here.
#
# > **Predict.** Of a `Decrypt`, is the encryption context in the log? The plaintext? A decryption that
# > failed?

# %%
cloudtrail = boto3.client("cloudtrail")
decrypts = [{"AttributeKey": "EventName", "AttributeValue": "Decrypt"}]

events = cloudtrail.lookup_events(LookupAttributes=decrypts)["Events"]
len(events)

# %% [markdown]
# Each event holds its record as JSON. We print, of each decryption: who, with which parameters, which
# error.

# %%
import json

for event in events:
    record = json.loads(event["CloudTrailEvent"])
    print(event["Username"], record["requestParameters"], record.get("errorCode", ""))

# %% [markdown]
# The context is there for everybody who may read the log. Plaintext and ciphertext are not. The failures
# are there, too: a series of them is worth a question. The end of the same log as a table:

# %%
lab.audit()[["EventTime", "EventName", "Username", "ErrorCode"]].tail(12)

# %% [markdown]
# ## 8. What AWS never shows
#
# In a lab, we may break the glass once and look at the bytes behind our key.

# %%
lens.reveal(lab, KEY_ID)

# %% [markdown]
# > **Predict.** Somebody copied these bytes, and now we disable the key. Are our messages safe?
#
# No. Who has the bytes needs neither KMS nor its permission, leaves no event in the log, and can't be shut
# out. This is why the bytes never leave KMS, and why we bring the data to the key.

# %% [markdown]
# ## Exit ticket

# %% jupyter={"source_hidden": true}
widgets.Quiz("04-exit", [
    Q("A password is kept \"encrypted with base64\". Who can read it?", ["whoever has the key", "everybody"], 1, "Encrypt first, then spell it in base64.", "M1"),
    Q("Must we tell decrypt the key id?", ["yes, else it finds no key", "no, but it is wise to"], 1, "The blob names its key; naming it refuses others'.", "M16"),
    Q("Decrypt without the context that encrypt was given:", ["refused", "works, for the key's owner"], 0, "The tag covers it.", "M18"),
    Q("May a password stand in the encryption context?", ["yes, it is encrypted", "no, it stands in the log"], 1, "CloudTrail has it in plain text.", "M17"),
    Q("5000 bytes: cut them in two and call twice?", ["yes", "no"], 1, "Two blobs can be swapped or lost. Notebook 05 has the right way.", "M7"),
])  # fmt: skip

# %% [markdown]
# ## What this lab simplifies, compared with AWS
#
# - The HSMs, the machines which hold the keys at AWS, are a Python class here. `lens.reveal` would be
#   impossible with them.
# - `ByteInspector` and `dissect` say which check refused; AWS says InvalidCiphertextException to all of them.
# - AWS does not publish how it forms the key reference, the 11 bytes in front of the ciphertext, and what
#   exactly the tag covers. The lab's choices are its own, and `dissect` says so at each field. So AWS can't
#   open a blob made here, nor the lab one from AWS.
# - Rotation on demand is done at once. AWS takes a little while.
# - Every call is allowed here, since we are the administrator. Notebook 03 is about who may do what.
# - CloudTrail events show at once; on AWS some minutes later.
#
# Next: **05 Envelope encryption**.
