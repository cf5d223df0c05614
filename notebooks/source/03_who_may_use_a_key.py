# %% [markdown]
# # 03 A key's life, and who may use it
#
# At the end of this notebook **you will be able to explain**
#
# 1. which states a KMS key goes through, and which of them can be undone;
# 2. why an IAM policy alone opens no key, and what the key policy has to say;
# 3. what conditions, explicit denials and grants add, and where to read who used a key.
#
# It takes about 45 minutes. First, from notebook 00:
#
# <details><summary>Which window shows the steps of the last call?</summary><code>lab.trace</code></details>
# <details><summary>Does DescribeKey show the bytes of the key?</summary>No. Nothing does, on AWS.</details>

# %%
import json

import boto3
from botocore.exceptions import ClientError

from labkit import Lab, lens

lab = Lab().start()
kms, iam = boto3.client("kms"), boto3.client("iam")

# %% [markdown]
# ## 1. The states of a key

# %%
key = kms.create_key(Description="payroll")["KeyMetadata"]
KEY_ID, KEY_ARN = key["KeyId"], key["Arn"]
key["KeyState"]

# %% [markdown]
# > **Predict.** We switch the key off and ask it to encrypt. Is the error an AccessDenied, or another one?

# %%
kms.disable_key(KeyId=KEY_ID)
try:
    kms.encrypt(KeyId=KEY_ID, Plaintext=b"salaries")
except ClientError as error:
    print(error)

# %% [markdown]
# We are allowed to; the key is not able to. The two are looked at one after the other: first **may you**,
# then **can it**. Disabling is not deleting, and enabling brings everything back.
#
# > **Predict.** How soon is a key gone after `schedule_key_deletion`?

# %%
kms.enable_key(KeyId=KEY_ID)
answer = kms.schedule_key_deletion(KeyId=KEY_ID, PendingWindowInDays=7)
answer["KeyState"], answer["DeletionDate"]

# %% [markdown]
# A deletion cannot be undone, so it waits, 7 days at least, and can be called off. The lab keeps an agenda of
# what is going to happen:

# %%
lab.agenda()

# %%
kms.cancel_key_deletion(KeyId=KEY_ID)
kms.describe_key(KeyId=KEY_ID)["KeyMetadata"]["KeyState"]

# %%
kms.enable_key(KeyId=KEY_ID)
lens.key_states()

# %% [markdown]
# ## 2. The key policy is the root
#
# Until now we were the administrator. Alice is new here: a user with an access key of her own, and with a
# policy that allows everything in KMS. (The secret stays in a variable; it is never printed.)

# %%
ALICE = iam.create_user(UserName="alice")["User"]["Arn"]
secret = iam.create_access_key(UserName="alice")["AccessKey"]
alice = boto3.client(
    "kms", aws_access_key_id=secret["AccessKeyId"], aws_secret_access_key=secret["SecretAccessKey"]
)

# %%
all_of_kms = {"Effect": "Allow", "Action": "kms:*", "Resource": "*"}
document = json.dumps({"Version": "2012-10-17", "Statement": [all_of_kms]})
iam.put_user_policy(UserName="alice", PolicyName="AllOfKms", PolicyDocument=document)
len(alice.encrypt(KeyId=KEY_ID, Plaintext=b"salaries")["CiphertextBlob"])

# %% [markdown]
# That worked, but not because of Alice's policy alone. The key was made without a key policy of ours, so
# it has the default one:

# %%
print(kms.get_key_policy(KeyId=KEY_ID)["Policy"])

# %% [markdown]
# It names the account (`:root`), and that means: *whom the account's own IAM policies allow*. Now we name
# one single user instead, the administrator.
#
# > **Predict.** Alice's IAM policy still says `kms:*` on everything. May she encrypt?

# %%
ADMIN = boto3.client("sts").get_caller_identity()["Arn"]
only_us = {
    "Sid": "OnlyUs",
    "Effect": "Allow",
    "Principal": {"AWS": ADMIN},
    "Action": "kms:*",
    "Resource": "*",
}
_ = kms.put_key_policy(KeyId=KEY_ID, Policy=json.dumps({"Version": "2012-10-17", "Statement": [only_us]}))

# %%
try:
    alice.encrypt(KeyId=KEY_ID, Plaintext=b"salaries")
except ClientError as error:
    denied = error
print(denied)

# %% [markdown]
# AWS tells us the last line. The lab has looked at every statement, and can tell which one did what:

# %%
lab.explain(denied)

# %% [markdown]
# Alice's own policy **matches**, and it does not help: nothing in KMS counts unless the key policy lets it.
#
# ## 3. Conditions, and a Deny that wins
#
# We let the account decide again, and add a statement with a condition: what was encrypted for the board,
# nobody decrypts with this key.

# %%
account = {"Effect": "Allow", "Principal": {"AWS": ADMIN.replace("user/Administrator", "root")}}
board = {"StringEquals": {"kms:EncryptionContext:app": "board"}}
statements = [
    account | {"Sid": "Account", "Action": "kms:*", "Resource": "*"},
    {"Sid": "Board", "Effect": "Deny", "Principal": "*", "Action": "kms:Decrypt", "Resource": "*"},
]
statements[1]["Condition"] = board
_ = kms.put_key_policy(KeyId=KEY_ID, Policy=json.dumps({"Version": "2012-10-17", "Statement": statements}))

# %% [markdown]
# > **Predict.** Nobody has to call KMS to find out: `lens.decision` asks the same policies about a call that
# > nobody makes. Will each of these be allowed?

# %%
payroll = {"EncryptionContext": {"app": "payroll"}}
lens.decision(lab, ALICE, "kms:Decrypt", KEY_ARN, parameters=payroll)

# %%
lens.decision(lab, ALICE, "kms:Decrypt", KEY_ARN, parameters={"EncryptionContext": {"app": "board"}})

# %% [markdown]
# An explicit `Deny` that matches ends the question. Even the administrator is denied:

# %%
lens.decision(lab, ADMIN, "kms:Decrypt", KEY_ARN, parameters={"EncryptionContext": {"app": "board"}}).allowed

# %% [markdown]
# ## 4. A grant
#
# Bob has no policy at all. A **grant** on the key gives him one operation, and can be taken back without
# touching any policy.

# %%
BOB = iam.create_user(UserName="bob")["User"]["Arn"]
grant = kms.create_grant(KeyId=KEY_ID, GranteePrincipal=BOB, Operations=["Encrypt"])
lens.decision(lab, BOB, "kms:Encrypt", KEY_ARN)

# %%
kms.revoke_grant(KeyId=KEY_ID, GrantId=grant["GrantId"])
lens.decision(lab, BOB, "kms:Encrypt", KEY_ARN).allowed

# %% [markdown]
# ## 5. Who used this key?
#
# Every call is on record, the refused ones too.

# %%
audit = lab.audit()
audit.loc[audit["EventName"] == "Encrypt", ["EventTime", "Username", "EventName", "ErrorCode"]]

# %%
trail = boto3.client("cloudtrail")
wanted = {"AttributeKey": "Username", "AttributeValue": "alice"}
[event["EventName"] for event in trail.lookup_events(LookupAttributes=[wanted])["Events"]]

# %%
kms.get_key_last_usage(KeyId=KEY_ID)["KeyLastUsage"]["Operation"]

# %% [markdown]
# ## Exit ticket
#
# Answer first, then open.
#
# <details><summary>1. Alice's IAM policy allows <code>kms:*</code> on <code>*</code>. May she use every key of the account?</summary>
#
# Only those whose key policy lets her: by naming her, or by naming the account, which leaves it to IAM.
# </details>
#
# <details><summary>2. A disabled key, a key pending deletion, a deleted key: which of them come back?</summary>
#
# The first by EnableKey; the second by CancelKeyDeletion, disabled; the third never, and with it all that was
# encrypted under it.
# </details>
#
# <details><summary>3. One statement allows, another denies. Who wins?</summary>
#
# The explicit Deny, wherever it stands, also against the administrator.
# </details>

# %% [markdown]
# ## Try it
#
# 1. Write a policy for Alice that allows `kms:Encrypt` on this one key only, and nothing else. Prove with
#    `lens.decision` that she may not decrypt.
# 2. Give Bob a grant for `Decrypt` with the constraint that the encryption context has `app: payroll`.
#    Which of his calls work, and what does `lab.explain` say of the others?

# %% [markdown]
# ## What this lab simplifies, compared with AWS
#
# - A grant takes effect at once here. On AWS it may take up to five minutes, and the grant token bridges them.
# - An access key that IAM did not make acts as the administrator here, and signatures are not checked, unless
#   the lab is made with `Lab(identities="strict")`.
# - Service and resource control policies of AWS Organizations are not emulated.
# - CloudTrail events show at once; on AWS some minutes later.
#
# Next: **04 Encrypt and decrypt**.
