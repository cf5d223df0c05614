# %% [markdown]
# # 03 A KMS key's life, and who may use it
#
# At the end of this notebook **you will be able to explain**
#
# 1. which states a KMS key goes through, and which of them can be undone;
# 2. why an IAM policy alone opens no key, and what the key policy has to say;
# 3. what conditions, explicit denials and grants add, and where to read who used a key.
#
# It takes about 60 minutes. Three questions from the notebooks before come first.

# %%
import json

import boto3
from botocore.exceptions import ClientError

from labkit import Lab, check, lens, viz, widgets

# %% jupyter={"source_hidden": true}
Q = widgets.Question
widgets.Quiz("03-opening", [
    Q("Does DescribeKey return the bytes of a KMS key?", ["yes", "no"], 1, "No call does.", "M8"),
    Q("What opens a message encrypted with Bob's public key?", ["Bob's public key", "Bob's private key"], 1, "The public half only locks.", "M2"),
    Q("ECB with AES-256: is a picture safe?", ["yes", "no"], 1, "Equal blocks stay equal.", "M4"),
])  # fmt: skip

# %%
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
# How soon is a key gone after `schedule_key_deletion`? The experiment tries it on a key that nobody needs.


# %%
def delete_one():
    spare = kms.create_key(Description="spare")["KeyMetadata"]["KeyId"]
    kms.schedule_key_deletion(KeyId=spare, PendingWindowInDays=7)
    state = kms.describe_key(KeyId=spare)["KeyMetadata"]["KeyState"]
    return "after 7 days" if state == "PendingDeletion" else "at once"


# %%
widgets.Predict(
    "03-deletion",
    "We ask KMS to delete a key as soon as it can. When is it gone?",
    ["at once", "after 7 days"],
    delete_one,
    why="A deletion cannot be undone, so KMS makes us wait.",
)

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

# %% [markdown]
# It came back disabled. Who has just called off a deletion thinks again before the key works.
#
# Here is a map of the states, with a key on it to play with. Each button is a call of KMS, and what the state
# forbids can be tried as well. *7 days later* turns the lab's clock.

# %%
kms.enable_key(KeyId=KEY_ID)
toy = kms.create_key(Description="to play with")["KeyMetadata"]["KeyId"]
widgets.KeyStateMachine(lab, toy)

# %% [markdown]
# The same as a table, and every state there is:

# %%
lens.key_states()

# %% exercise="03-come-back"
check("03-come-back", globals())

# %% [markdown]
# ### Ready for rotation
#
# KMS can give a key new material every year. Not every key: an RSA key refuses. (Between the brackets of the
# error stands its code; KMS sends no text with this one.) Notebook 06 tells why.

# %%
kms.enable_key_rotation(KeyId=KEY_ID)
kms.get_key_rotation_status(KeyId=KEY_ID)["RotationPeriodInDays"]

# %%
rsa = kms.create_key(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
try:
    kms.enable_key_rotation(KeyId=rsa)
except ClientError as error:
    print(error)

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
# How does KMS know that it was Alice? Her client has **signed** the request with her secret, which does not travel
# along. Here is the request, letter by letter; Enter, or a click, flips a bit of one. (`lab.gateway.calls` holds the
# last calls that have arrived.)
#
# > **Predict.** Which parts may somebody on the way change unnoticed?

# %%
widgets.ByteInspector(lab.gateway.calls[-1].request, lab)

# %% [markdown]
# Headers that are not among the signed ones, such as `user-agent`. All that says what is asked for is covered.
#
# Alice's call worked, but not because of her policy alone. The key was made without a key policy of ours, so
# it has the default one:

# %%
print(kms.get_key_policy(KeyId=KEY_ID)["Policy"])

# %% [markdown]
# It names the account (`:root`), and that means: *whom the account's own IAM policies allow*. Now we name
# one single user instead, the administrator.

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
def alice_tries():
    try:
        return "yes" if alice.encrypt(KeyId=KEY_ID, Plaintext=b"salaries") else ""
    except ClientError:
        return "no"


# %%
widgets.Predict(
    "03-iam-alone",
    "Alice's IAM policy still says kms:* on everything. May she encrypt with our key?",
    ["yes", "no"],
    alice_tries,
    why="The key policy does not name her, and does not leave it to IAM any more.",
)

# %%
try:
    alice.encrypt(KeyId=KEY_ID, Plaintext=b"salaries")
except ClientError as error:
    denied = error
print(denied)

# %% [markdown]
# AWS tells us no more than that. The lab has looked at every statement, and can tell which one did what:

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
# The desk below asks the same questions: choose who, what and which key, or look at all of them at once. *What
# if?* tries a changed key policy and changes nothing.
#
# Bob is new, and has no policy at all.
#
# > **Predict.** Bob may do nothing. In the key policy we make `"Allow"` of the word `"Deny"`, and set the context
# > to `{"app": "board"}`. What may Bob do then? And with the context `{}`?

# %%
BOB = iam.create_user(UserName="bob")["User"]["Arn"]
widgets.PolicyDesk(lab, KEY_ARN)

# %% [markdown]
# With that context he may decrypt: the statement says `"Principal": "*"`, and a key policy alone is enough to
# allow. With `{}` he may not, because the condition does not match.
#
# A policy that is wide open is quickly written. One that is just wide enough is work:

# %% exercise="03-least-privilege"
check("03-least-privilege", globals())

# %% [markdown]
# ## 4. A grant
#
# A **grant** on the key gives Bob one operation, and can be taken back without touching any policy.

# %%
grant = kms.create_grant(KeyId=KEY_ID, GranteePrincipal=BOB, Operations=["Encrypt"])
lens.decision(lab, BOB, "kms:Encrypt", KEY_ARN)

# %%
kms.revoke_grant(KeyId=KEY_ID, GrantId=grant["GrantId"])
lens.decision(lab, BOB, "kms:Encrypt", KEY_ARN).allowed

# %% [markdown]
# ## 5. Who used this key?
#
# Every call is on record, the refused ones too. As a picture, a line for each operation:

# %%
viz.api_timeline(lab)

# %% [markdown]
# A dot is a call that was answered, a cross one that was refused. Below, we choose an event and read its record, as
# CloudTrail keeps it. Two filters narrow the view.

# %%
widgets.AuditTimeline(lab)

# %% [markdown]
# And as a table:

# %%
audit = lab.audit()
audit.loc[audit["EventName"] == "Encrypt", ["EventTime", "Username", "EventName", "ErrorCode"]]

# %%
trail = boto3.client("cloudtrail")
wanted = {"AttributeKey": "Username", "AttributeValue": "alice"}
[event["EventName"] for event in trail.lookup_events(LookupAttributes=[wanted])["Events"]]

# %% [markdown]
# KMS itself remembers of each key what it was last used for, and when. Not by whom: that takes the log.

# %%
kms.get_key_last_usage(KeyId=KEY_ID)["KeyLastUsage"]["Operation"]

# %% [markdown]
# The auditor's question is the last exercise.

# %% exercise="03-who-used"
check("03-who-used", globals())

# %% [markdown]
# Have we decrypted anything with this key at all?

# %%
who_used(trail, KEY_ARN) or "nobody has decrypted with it"

# %% [markdown]
# ## Exit ticket

# %% jupyter={"source_hidden": true}
widgets.Quiz("03-exit", [
    Q("Alice's IAM policy allows kms:* on *. Which keys may she use?", ["all", "those whose key policy lets her"], 1, "By naming her, or by leaving it to IAM.", "M20"),
    Q("Which of them can come back?", ["a disabled key only", "a disabled key, and one that waits for deletion", "a deleted key too"], 1, "Deleted means: all under it is lost.", "M15"),
    Q("One statement allows, another denies. Who wins?", ["Allow", "Deny", "the first"], 1, "Wherever it stands, against the administrator too."),
    Q("Who tells us who used a key last month?", ["DescribeKey", "CloudTrail"], 1, "The refused calls are there, too."),
])  # fmt: skip

# %% [markdown]
# ## To go further
#
# Give Bob a grant for `Decrypt` with the constraint that the encryption context has `app: payroll`. Which of
# his calls work, and what does `lab.explain` say of the others?

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
