# %% [markdown]
# # 07 Regions and snapshots
#
# At the end of this notebook **you will be able to explain**
#
# 1. why a ciphertext of one region does not open in another, and which keys are the exception;
# 2. what happens to every byte when an encrypted snapshot is copied to another region;
# 3. which key must work before the copy, during it, and after it.
#
# It takes about 45 minutes. Three questions from the notebooks before come first.

# %%
import base64
import hashlib

import boto3
from botocore.exceptions import ClientError

from labkit import Lab, check, lens, viz, widgets

# %% jupyter={"source_hidden": true}
Q = widgets.Question
widgets.Quiz("07-opening", [
    Q("A key was rotated yesterday. Do last year's ciphertexts open?", ["yes", "no"], 0, "Old key material still decrypts.", "M13"),
    Q("What lies beside the data in an envelope?", ["the plaintext data key", "the encrypted data key"], 1, "The plaintext one is forgotten.", "M10"),
    Q("A key is disabled. Is it lost?", ["yes", "no"], 1, "Disabled is not deleted: it can be enabled again.", "M15"),
])  # fmt: skip

# %%
lab = Lab().start()
lab.serve()
A, B, C = "us-east-1", "eu-west-1", "ap-southeast-2"

# %% [markdown]
# ## 1. A key lives in one region
#
# AWS has many **regions**, and each has a KMS of its own, with HSMs of its own. A client is made for one of them. We make
# a key in each of three regions, and encrypt the same word everywhere.


# %%
def encrypted_in(region, **settings):
    kms = boto3.client("kms", region_name=region)
    key_id = kms.create_key(**settings)["KeyMetadata"]["KeyId"]
    return kms.encrypt(KeyId=key_id, Plaintext=b"bonjour")["CiphertextBlob"]


# %%
blobs = {region: encrypted_in(region) for region in (A, B, C)}
{region: f"{len(blob)} bytes" for region, blob in blobs.items()}

# %% [markdown]
# > **Predict.** Three blobs, three regions, nine attempts to decrypt. How many of them work?

# %%
widgets.Predict(
    "07-nine",
    "Nine attempts. How many work?",
    ["1", "3", "9"],
    lambda: str(int((lens.decrypt_matrix(blobs) == "opens").to_numpy().sum())),
    why="Only the HSMs of its own region have the key that a blob was made under.",
)

# %%
viz.decrypt_matrix(lens.decrypt_matrix(blobs))

# %% [markdown]
# `lens.decrypt_matrix` has really tried all nine. What is said to the six that fail?

# %%
try:
    boto3.client("kms", region_name=B).decrypt(CiphertextBlob=blobs[A])
except ClientError as error:
    print(error)

# %% [markdown]
# KMS does not say which of the three it is. Region B has no way to know.
#
# ### The exception: multi-Region keys
#
# A key can be made with `MultiRegion=True`. Then it may be **replicated**: another region gets the same key material, by
# a safe way between HSMs, and a key id that is the same.

# %%
kms_a = boto3.client("kms", region_name=A)
mrk = kms_a.create_key(MultiRegion=True)["KeyMetadata"]["KeyId"]
kms_a.replicate_key(KeyId=mrk, ReplicaRegion=B)["ReplicaKeyMetadata"]["Arn"]

# %%
blobs["multi-Region, us-east-1"] = kms_a.encrypt(KeyId=mrk, Plaintext=b"bonjour")["CiphertextBlob"]
viz.decrypt_matrix(lens.decrypt_matrix(blobs, (A, B, C)))

# %% [markdown]
# It opens in two regions. Each of the two is a key of its own, with its own policy, its own state, its own price.

# %% exercise="07-where"
check("07-where", globals())

# %% [markdown]
# For every other key there is one way: decrypt **here**, encrypt **there**. `ReEncrypt` does not help, as it works
# inside the HSMs of one region.

# %% exercise="07-move-blob"
check("07-move-blob", globals())

# %% [markdown]
# ## 2. A disk, block by block
#
# A few bytes are easily moved by hand. What of a disk? On AWS a disk is an **EBS volume**, and its backup is a
# **snapshot**. A snapshot is a list of **blocks** of 512 KiB. We write one through EBS's direct APIs, which need no
# machine: two blocks, under a key of our own.

# %%
BLOCK = 512 * 1024
ebs_a, ec2_a = boto3.client("ebs", region_name=A), boto3.client("ec2", region_name=A)
KEY_A = kms_a.create_key(Description="disks, region A")["KeyMetadata"]["Arn"]
kms_a.create_alias(AliasName="alias/disks", TargetKeyId=KEY_A)
SNAPSHOT = ebs_a.start_snapshot(VolumeSize=1, Encrypted=True, KmsKeyArn=KEY_A)["SnapshotId"]


# %%
def write(index, content):
    checksum = base64.b64encode(hashlib.sha256(content).digest()).decode()
    about = {"DataLength": BLOCK, "Checksum": checksum, "ChecksumAlgorithm": "SHA256"}
    ebs_a.put_snapshot_block(SnapshotId=SNAPSHOT, BlockIndex=index, BlockData=content, **about)


# %%
write(0, b"customer" * (BLOCK // 8))
write(9, b"invoices" * (BLOCK // 8))
_ = ebs_a.complete_snapshot(SnapshotId=SNAPSHOT, ChangedBlocksCount=2)
lab.clock.advance(seconds=10)
ec2_a.describe_snapshots(SnapshotIds=[SNAPSHOT])["Snapshots"][0]

# %% [markdown]
# We wrote plain text. What lies on the disk?

# %%
lens.disk_block(lab, 0, SNAPSHOT)

# %% [markdown]
# This is envelope encryption again (notebook 05). The block is under a **data key**. The data key is stored too,
# encrypted under `KEY_A`, and bound to its disk by the encryption context `aws:ebs:id`. Who asked KMS for it?

# %%
audit = lab.audit()
audit.loc[audit["EventSource"] == "kms.amazonaws.com", ["EventName", "Username", "ReadOnly"]].tail(3)

# %% [markdown]
# `GenerateDataKeyWithoutPlaintext`: EC2 stores a data key that it has not seen. `Decrypt`, once a block that was written:
# in **our** name, on the way through EC2.
#
# ## 3. The copy
#
# The snapshot shall go to region B. A copy is asked for in the region where it **shall be**, and named there is a key of
# that region. From the command line:

# %%
kms_b, ec2_b = boto3.client("kms", region_name=B), boto3.client("ec2", region_name=B)
KEY_B = kms_b.create_key(Description="disks, region B")["KeyMetadata"]["Arn"]
_ = kms_b.create_alias(AliasName="alias/disks", TargetKeyId=KEY_B)

# %%
# !aws ec2 copy-snapshot --region eu-west-1 --source-region us-east-1 --source-snapshot-id {SNAPSHOT} --kms-key-id {KEY_B} --description backup

# %%
COPY = ec2_b.describe_snapshots(OwnerIds=["self"])["Snapshots"][0]["SnapshotId"]
ec2_b.describe_snapshots(SnapshotIds=[COPY])["Snapshots"][0]["State"]

# %% [markdown]
# It takes its time: `pending`. Until it is done EC2 needs both keys, and we may be gone by then. So it has asked for a
# **grant** on each:

# %%
for kms, key in ((kms_a, KEY_A), (kms_b, KEY_B)):
    for grant in kms.list_grants(KeyId=key)["Grants"]:
        print(grant["GranteePrincipal"], grant["Operations"], grant["Constraints"])

# %% [markdown]
# On AWS we would let a **waiter** of boto3 ask every fifteen seconds: `waiter.wait(SnapshotIds=[COPY])`. The lab has the
# same waiter turn its clock instead.

# %%
waiter = ec2_b.get_waiter("snapshot_completed")
lab.wait(waiter, SnapshotIds=[COPY])
ec2_b.describe_snapshots(SnapshotIds=[COPY])["Snapshots"][0]["State"]

# %% [markdown]
# > **Predict.** The same block, in both regions, as it lies on disk. Is it the same there?

# %%
lens.disk_block(lab, 0, SNAPSHOT, COPY)

# %% [markdown]
# Another data key, under another KMS key, and other bytes: the block was decrypted and **encrypted again**. It is not
# the key that travels, and not the ciphertext. The plaintext is the same:

# %%
ebs_b = boto3.client("ebs", region_name=B)
block = ebs_b.list_snapshot_blocks(SnapshotId=COPY)["Blocks"][0]
ebs_b.get_snapshot_block(SnapshotId=COPY, **block)["BlockData"].read()[:30]

# %% [markdown]
# And what EC2 did by itself, by its grants, which it has given back:

# %%
audit = lab.audit()
audit.loc[audit["Username"] == "ec2.amazonaws.com", ["region", "EventName", "Username"]]

# %% [markdown]
# ## 4. Which key must work, and when?
#
# Here are both regions. Choose `alias/disks in us-east-1`, predict how many of the two snapshots open without it, and
# switch it off.

# %%
widgets.RegionMap(lab, A, B)

# %% [markdown]
# We do the same in a cell, so that what follows does not depend on what was clicked. Then we make a volume of the copy.

# %%
if kms_a.describe_key(KeyId=KEY_A)["KeyMetadata"]["Enabled"]:
    kms_a.disable_key(KeyId=KEY_A)
volume = ec2_b.create_volume(AvailabilityZone="eu-west-1a", SnapshotId=COPY)["VolumeId"]
ec2_b.describe_volumes(VolumeIds=[volume])["Volumes"][0]["State"]


# %%
def late_copy():
    asked = {"SourceRegion": A, "SourceSnapshotId": SNAPSHOT, "KmsKeyId": KEY_B}
    late = ec2_b.copy_snapshot(**asked)["SnapshotId"]
    lab.clock.advance(seconds=10)
    return ec2_b.describe_snapshots(SnapshotIds=[late])["Snapshots"][0]


# %%
widgets.Predict(
    "07-late",
    "Key A is disabled. We ask for one more copy of the old snapshot. How does it end?",
    ["completed", "error", "pending"],
    lambda: late_copy()["State"],
    why="To copy is to decrypt first, and that takes the old region's key.",
)

# %%
late_copy()["StateMessage"]

# %% [markdown]
# So a backup in another region is worth something on a bad day only if it was made **before** it.

# %% exercise="07-copy-snapshot"
check("07-copy-snapshot", globals())

# %% [markdown]
# ## 5. Three rules
#
# **Encrypted stays encrypted.** A copy can add encryption, and never take it away:

# %%
kms_a.enable_key(KeyId=KEY_A)
try:
    ec2_b.copy_snapshot(SourceRegion=A, SourceSnapshotId=SNAPSHOT, Encrypted=False)
except ClientError as error:
    print(error)

# %% [markdown]
# **The AWS managed key can't be shared**, and neither can what is under it:

# %%
managed = ebs_a.start_snapshot(VolumeSize=1, Encrypted=True)["SnapshotId"]
_ = ebs_a.complete_snapshot(SnapshotId=managed, ChangedBlocksCount=0)
try:
    ec2_a.modify_snapshot_attribute(SnapshotId=managed, OperationType="add", UserIds=["444455556666"])
except ClientError as error:
    print(error)

# %% [markdown]
# **Sharing a snapshot does not share its key.** With a key of our own the call works, and the other account sees the
# snapshot. It can read nothing until the key's policy, too, lets it in.

# %%
ec2_a.modify_snapshot_attribute(SnapshotId=SNAPSHOT, OperationType="add", UserIds=["444455556666"])
other = boto3.client("ebs", region_name=A, **lab.credentials("444455556666"))
block = other.list_snapshot_blocks(SnapshotId=SNAPSHOT)["Blocks"][0]
try:
    other.get_snapshot_block(SnapshotId=SNAPSHOT, **block)
except ClientError as error:
    print(error.response["Reason"])

# %%
lab.snapshots()[["region", "SnapshotId", "State", "Blocks", "Encrypted", "SharedWith"]]

# %% [markdown]
# ## Exit ticket

# %% jupyter={"source_hidden": true}
widgets.Quiz("07-exit", [
    Q("A blob was made under a single-Region key of us-east-1. Where does it open?", ["us-east-1", "everywhere", "where its policy says"], 0, "The key does not leave its region.", "M19"),
    Q("A snapshot is copied to another region. What happens to its data?", ["it is encrypted anew", "it stays as it is, and its key is wrapped anew"], 0, "Other data key, other bytes."),
    Q("After the copy, region A's key is deleted. Does the copy open?", ["yes", "no"], 0, "It needs the key of region B alone."),
    Q("A snapshot is shared with another account. What else does that account need?", ["nothing", "the KMS key", "the data key"], 1, "By the key's policy, or a grant."),
])  # fmt: skip

# %% [markdown]
# ## To go further
#
# Make `KEY_B` a replica of a multi-Region key of region A, and copy once more. Is the block on disk the same in both
# regions now? Look with `lens.disk_block`, and explain it by the data key.

# %% [markdown]
# ## What this lab simplifies, compared with AWS
#
# - EBS encrypts with AES-256-XTS. The lab takes AES-GCM, which also tells when a bit on disk was changed.
# - AWS's grantee is a role of EC2's infrastructure. Here it is `ec2.amazonaws.com`.
# - A copy takes minutes to hours on AWS. Here it goes on every five seconds of the lab's clock.
# - There are no instances to attach a volume to. What is on it is read by way of a snapshot.
