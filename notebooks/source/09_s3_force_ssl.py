# %% [markdown]
# # 09 S3 over TLS
#
# At the end of this notebook **you will be able to explain**
#
# 1. how to refuse every request to a bucket that comes without TLS, and why that lets nobody in;
# 2. how one condition lets the whole world read, over TLS, and what stands in front of it today;
# 3. what encryption at rest does, and that it is something else.
#
# It takes about 50 minutes. Three questions from the notebooks before come first.

# %%
import json

import boto3
from botocore.exceptions import ClientError

from labkit import Lab, check, lens, widgets

# %% jupyter={"source_hidden": true}
Q = widgets.Question
widgets.Quiz("09-opening", [
    Q("A file of 1 MB. Which call does KMS take part in?", ["Encrypt", "GenerateDataKey", "none"], 1, "4096 bytes is the limit of Encrypt.", "M7"),
    Q("An IAM policy allows, a resource's policy denies. Who wins?", ["the allow", "the deny"], 1, "An explicit deny ends it."),
    Q("We disable a KMS key. What was encrypted under it before ...", ["opens as ever", "opens no more, until the key is enabled"], 1, "Disabling works at once, for all of it.", "M15"),
])  # fmt: skip

# %%
lab = Lab().start()
DOORS = lab.serve()
s3, kms, iam = boto3.client("s3"), boto3.client("kms"), boto3.client("iam")

# %% [markdown]
# ## 1. An object, and two wires to it
#
# **S3** keeps **objects** (bytes under a **key**, which here means a name) in **buckets**. A bucket's name is one of a
# kind in the whole world, as it becomes part of an address.

# %%
BUCKET, KEY = "labkit-brochures", "hello.txt"
_ = s3.create_bucket(Bucket=BUCKET)
s3.put_object(Bucket=BUCKET, Key=KEY, Body=b"Hello, whoever you are.\n")["ServerSideEncryption"]

# %% [markdown]
# `AES256`: nobody asked for it, and it is encrypted. This is what lies on the disk:

# %%
lens.stored_object(lab, BUCKET, KEY).hex(" ")

# %% [markdown]
# The lab listens on two sockets, as S3 does. One speaks HTTP: everybody on the way can read along. The other speaks HTTPS,
# which is HTTP inside **TLS**.

# %%
print(DOORS.url, DOORS.tls_url)

# %% [markdown]
# `curl` sends a request and signs nothing. To S3 it is **anonymous**. (`--cacert` says whom to trust: the lab has a
# certificate authority of its own.)

# %%
HTTP, HTTPS = f"{DOORS.url}/{BUCKET}/{KEY}", f"{DOORS.tls_url}/{BUCKET}/{KEY}"
CA = DOORS.ca_bundle

# %%
# !curl -s -i {HTTP}

# %% [markdown]
# Refused, with 403: nobody gets in who is not let in. Ann is a user, and IAM lets her do everything in S3. She comes over
# plain HTTP:

# %%
iam.create_user(UserName="ann")
_ = iam.attach_user_policy(UserName="ann", PolicyArn="arn:aws:iam::aws:policy/AmazonS3FullAccess")
ANN = iam.create_access_key(UserName="ann")["AccessKey"]
lens.ask(DOORS, "http", BUCKET, KEY, ANN)

# %% [markdown]
# She got it, and so did everybody on the way who listened. Her secret key did not travel, only a signature did (notebook
# 03). The object did.
#
# ## 2. Deny if not TLS
#
# A **bucket policy** is a policy on the bucket itself. Its condition `aws:SecureTransport` is decided by the socket that a
# request came through, and by nothing that a sender can write.

# %%
both = [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"]
deny = {"Sid": "DenyIfNotTls", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": both}
deny["Condition"] = {"Bool": {"aws:SecureTransport": "false"}}
_ = s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps({"Version": "2012-10-17", "Statement": [deny]}))

# %%
lens.ask(DOORS, "http", BUCKET, KEY, ANN), lens.ask(DOORS, "https", BUCKET, KEY, ANN)

# %% [markdown]
# Ann needs TLS now. The two resources are the bucket (for its list) and all objects in it; with one of them missing, half
# of the calls would still pass.

# %%
widgets.Predict(
    "09-anonymous",
    "And curl, which is nobody, over HTTPS?",
    ["200, the object", "403"],
    lambda: {200: "200, the object"}.get(lens.ask(DOORS, "https", BUCKET, KEY).status, "403"),
    why="The Deny does not fit a request over TLS, so it says nothing about it. No Allow says yes.",
)

# %%
# !curl -s -i --cacert {CA} {HTTPS}

# %%
lab.explain("GetObject")

# %% [markdown]
# A `Deny` only takes away. With TLS it takes nothing, and gives nothing either.

# %% exercise="09-force-tls"
check("09-force-tls", globals())

# %% [markdown]
# ## 3. Allow if TLS
#
# Now the other way round: `Allow`, if `aws:SecureTransport` is `true`. It looks like the same thing said differently.

# %%
allow = {"Sid": "AllowIfTls", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject"}
allow["Resource"] = f"arn:aws:s3:::{BUCKET}/*"
allow["Condition"] = {"Bool": {"aws:SecureTransport": "true"}}
ALLOW_IF_TLS = json.dumps({"Version": "2012-10-17", "Statement": [allow]})

# %%
try:
    s3.put_bucket_policy(Bucket=BUCKET, Policy=ALLOW_IF_TLS)
except ClientError as error:
    print(error)

# %% [markdown]
# S3 calls this policy **public**: everybody can speak TLS, so the condition keeps nobody out. A new bucket has a **public
# access block**, which refuses such a policy. Whoever means it takes the block away first, in a call of its own.

# %%
s3.delete_public_access_block(Bucket=BUCKET)
s3.put_bucket_policy(Bucket=BUCKET, Policy=ALLOW_IF_TLS)
s3.get_bucket_policy_status(Bucket=BUCKET)["PolicyStatus"]

# %%
# !curl -s -i {HTTP}

# %%
# !curl -s -i --cacert {CA} {HTTPS}

# %% [markdown]
# There it is: 200 for a request that nobody has signed.
#
# > **Predict.** And Ann, over plain HTTP? The `Allow` does not fit her request.

# %%
lens.ask(DOORS, "http", BUCKET, KEY, ANN)

# %% [markdown]
# She gets it: her own IAM policy allows it, and nothing denies. So this policy forces nobody to use TLS: it only opens a
# door that has TLS. Four requests for each policy. Choose one, say what the four will get, put it on the bucket, and send them.

# %%
widgets.RequestMatrix(lab, BUCKET, KEY, ANN)

# %% [markdown]
# Only *both* lets the world read and makes everybody use TLS.

# %% exercise="09-publish"
check("09-publish", globals())

# %% [markdown]
# ## 4. At rest is not on the way
#
# S3 encrypts every object **at rest**. There are four ways, and they differ in whose key it is.
#
# | | key | who else must say yes |
# |---|---|---|
# | SSE-S3 (`AES256`) | S3's own | nobody |
# | SSE-KMS (`aws:kms`) | a KMS key | the key's policy |
# | DSSE-KMS (`aws:kms:dsse`) | a KMS key, and S3's own around it | the key's policy |
# | SSE-C | the caller's, in each request | nobody; off in new buckets |

# %%
PAYROLL = "labkit-payroll"
KEY_ARN = kms.create_key(Description="payroll")["KeyMetadata"]["Arn"]
_ = s3.create_bucket(Bucket=PAYROLL)


# %%
def by_default(**rule):
    rule["ApplyServerSideEncryptionByDefault"] = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": KEY_ARN}
    s3.put_bucket_encryption(Bucket=PAYROLL, ServerSideEncryptionConfiguration={"Rules": [rule]})


def put_five(prefix):
    before = len(lab.audit())
    for number in range(5):
        s3.put_object(Bucket=PAYROLL, Key=f"{prefix}{number}", Body=b"payslip")
    return list(lab.audit()["EventName"][before:])


# %%
by_default()
put_five("one")

# %% [markdown]
# One call of KMS for each object. (The calls of S3 themselves are *data events*; CloudTrail's history leaves them out.)
# With a **bucket key** S3 asks KMS once, and makes the objects' keys from the answer for a while.

# %%
by_default(BucketKeyEnabled=True)
widgets.Predict(
    "09-bucket-key",
    "Five objects more. How many GenerateDataKey are in the audit log?",
    ["0", "1", "5"],
    lambda: str(len(put_five("two"))),
    why="S3 keeps the bucket key for a few minutes, for the same caller.",
)

# %%
table = lab.objects()
table.loc[table["Bucket"] == PAYROLL, ["Key", "Size", "StoredBytes", "ServerSideEncryption", "BucketKey"]]

# %% [markdown]
# 7 bytes became 23: the tag of AES-GCM has 16. Now the question of this notebook.

# %%
widgets.Predict(
    "09-at-rest",
    "The bucket encrypts all that is in it. Does Ann need TLS to list it?",
    ["yes, 403 without", "no, 200 without"],
    lambda: (
        "no, 200 without" if lens.ask(DOORS, "http", PAYROLL, "", ANN).status == 200 else "yes, 403 without"
    ),
    why="Default encryption is about the disk. Only a policy is about the way.",
)

# %% [markdown]
# Objects under KMS are a case of their own: S3 hands them out over TLS alone. That comes from S3, and not from the
# bucket's encryption setting; an object under SSE-S3 travels as it is asked for.

# %%
_ = s3.put_object(Bucket=PAYROLL, Key="plain", Body=b"payslip", ServerSideEncryption="AES256")
lens.ask(DOORS, "http", PAYROLL, "one0", ANN), lens.ask(DOORS, "http", PAYROLL, "plain", ANN)

# %% exercise="09-both-ways"
check("09-both-ways", globals())

# %% [markdown]
# From the command line, as it is typed on AWS:

# %%
# !aws s3api put-bucket-encryption --bucket labkit-payroll --server-side-encryption-configuration "{\"Rules\":[{\"ApplyServerSideEncryptionByDefault\":{\"SSEAlgorithm\":\"AES256\"}}]}"

# %%
# !aws s3 ls s3://labkit-payroll

# %% [markdown]
# ## Exit ticket

# %% jupyter={"source_hidden": true}
widgets.Quiz("09-exit", [
    Q("A bucket policy has one statement: Deny, if not TLS. Who can read over TLS?", ["everybody", "whoever IAM lets, in the bucket's account"], 1, "A Deny grants nothing.", "M25"),
    Q("One statement: Allow GetObject, if TLS. Can Ann, whom IAM allows all of S3, read over HTTP?", ["yes", "no"], 0, "Nothing denies it."),
    Q("Default encryption is SSE-KMS with a bucket key. Is a list refused over HTTP?", ["yes", "no"], 1, "At rest is not on the way.", "M26"),
    Q("Why does a new bucket refuse the Allow policy?", ["it is malformed", "it is public, and the bucket has a public access block"], 1, "TLS keeps nobody out."),
])  # fmt: skip

# %% [markdown]
# ## To go further
#
# Make a presigned URL with `s3.generate_presigned_url("get_object", Params={"Bucket": BUCKET, "Key": KEY})` and open it with
# `curl`. Whose permissions does it carry? Take its `https` to the other port and see what the policy *both* says.

# %% [markdown]
# ## What this lab simplifies, compared with AWS
#
# - Access control lists are off, as in every new bucket, and cannot be turned on.
# - A policy and a block work at once; on AWS within seconds.
# - How long a bucket key serves is not public; here it is five minutes of the lab's clock.
# - The form of what lies on the disk, and S3's own key, are the lab's own.
# - Certificates come from an authority of the lab's, so that a client has to be told to trust it.
