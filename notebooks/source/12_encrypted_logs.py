# %% [markdown]
# # 12 Encrypted log groups
#
# At the end of this notebook **you will be able to explain**
#
# 1. what a log group is, and under which key its events lie from the start;
# 2. what `associate-kms-key` changes, what it leaves as it is, and whom the key policy has to let in;
# 3. which events can be read when a key is disabled, and why.
#
# It takes about 45 minutes. Three questions from the notebooks before come first.

# %%
import json

import boto3
from botocore.exceptions import ClientError

from labkit import Lab, check, viz, widgets

# %% jupyter={"source_hidden": true}
Q = widgets.Question
widgets.Quiz("12-opening", [
    Q("A KMS key is rotated. What happens to old ciphertext?", ["it is encrypted again", "nothing: the old backing key opens it"], 1, "Rotation changes what comes, not what is there.", "M12"),
    Q("Is the encryption context secret?", ["yes", "no"], 1, "It stands in the audit log. It is authenticated, not hidden.", "M17"),
    Q("Ten gigabytes under a KMS key: how many of them are sent to KMS?", ["all", "none: a data key encrypts them"], 1, "An envelope.", "M7"),
])  # fmt: skip

# %%
lab = Lab().start()
lab.serve()
logs, kms = boto3.client("logs"), boto3.client("kms")

# %% [markdown]
# ## 1. A log group
#
# **CloudWatch Logs** (`logs`) keeps what programs have to say. An **event** is a time and a message. Events of one
# source, such as one server, make a **stream**; streams with the same rules make a **group**.

# %%
logs.create_log_group(logGroupName="my-group")
logs.create_log_stream(logGroupName="my-group", logStreamName="server-1")


# %%
def write(message, group="my-group"):
    """Let a minute pass, and have an event arrive."""
    now = lab.clock.advance(minutes=1)
    event = {"timestamp": int(now.timestamp() * 1000), "message": message}
    logs.put_log_events(logGroupName=group, logStreamName="server-1", logEvents=[event])


# %%
write("Ada has logged in")
write('{"level": "ERROR", "status": 503, "path": "/pay"}')
write("Ada's card number is 4111 1111 1111 1111")

# %% [markdown]
# The command line finds them again. A **filter pattern** looks for words, or into messages that are JSON:

# %%
# !aws logs filter-log-events --log-group-name my-group --query events[].message --output text

# %%
# !aws logs filter-log-events --log-group-name my-group --filter-pattern "{ $.status >= 500 }" --query events[].message

# %% [markdown]
# That last message should not be there. Programs write all sorts of things into logs, which is why we care who can read
# them.
#
# > **Predict.** We have named no key. Do the messages lie on AWS's disks in the clear?

# %%
lab.log_events()[["LogStreamName", "IngestionTime", "Events", "KmsKeyId", "SealedBytes"]]

# %% [markdown]
# They are sealed already, with AES-256-GCM, under a key of the service's **own**. There is no `KmsKeyId`. Such a key costs
# nothing and does its work, but we have no say in it: no policy, no switch, no audit log.
#
# ## 2. A key of our own
#
# We make a KMS key and put it on the group.

# %%
KEY_ARN = kms.create_key(Description="logs of my-group")["KeyMetadata"]["Arn"]


# %%
def put_the_key_on():
    try:
        logs.associate_kms_key(logGroupName="my-group", kmsKeyId=KEY_ARN)
    except ClientError as error:
        return error.response["Error"]["Code"]
    return "it works"


# %%
widgets.Predict(
    "12-default-policy",
    "We are the administrator, and the key has the default key policy. What happens?",
    ["it works", "AccessDeniedException"],
    put_the_key_on,
    why="We may. But it is not we who will use the key: CloudWatch Logs will, in its own name.",
)

# %%
try:
    logs.associate_kms_key(logGroupName="my-group", kmsKeyId=KEY_ARN)
except ClientError as error:
    print(error)

# %% [markdown]
# *Does not exist or is not allowed*: AWS does not say which. The trace does. Step 4 shows **two** questions, and who
# asked the second one.

# %%
lab.trace

# %% [markdown]
# A service asked, `logs.us-east-1.amazonaws.com`: a name with the region in it. And it brought an **encryption context**,
# `aws:logs:arn`, which says for which group. Write the policy that lets it in for one group.

# %% exercise="12-key-policy"
check("12-key-policy", globals())

# %%
GROUP_ARN = logs.describe_log_groups()["logGroups"][0]["logGroupArn"]
policy = logs_key_policy("us-east-1", "123456789012", GROUP_ARN)
_ = kms.put_key_policy(KeyId=KEY_ARN, Policy=json.dumps(policy))

# %% [markdown]
# Now the command. It prints nothing if it succeeds.

# %%
# !aws logs associate-kms-key --log-group-name my-group --kms-key-id $KEY_ARN

# %%
# !aws logs describe-log-groups --query logGroups[].[logGroupName,kmsKeyId] --output text

# %% [markdown]
# ## 3. What arrives, and what is there
#
# Two more events.

# %%
write("Bob has logged in")
write("Bob has logged out")

# %% [markdown]
# Who did what in KMS, and on whose behalf?

# %%
events = lab.audit()
by_logs = events[
    (events["EventSource"] == "kms.amazonaws.com") & (events["Username"] == "logs.us-east-1.amazonaws.com")
]
by_logs[["EventTime", "EventName", "ErrorCode"]]

# %% [markdown]
# `GenerateDataKey`: an **envelope**, as in notebook 05. The messages never go to KMS. What lies under the KMS key is a
# data key, and it is kept, wrapped, beside the events. It was made when we put the key on the group; for each event that
# arrives, CloudWatch Logs has KMS open it again.
#
# What was refused above is on record, too.


# %%
def readable_after_disabling():
    """Disable the key, try each event by itself, and enable the key again."""
    kms.disable_key(KeyId=KEY_ARN)
    readable = viz.log_keys(lab, "my-group").table["readable"].sum()
    kms.enable_key(KeyId=KEY_ARN)
    return str(readable)


# %%
widgets.Predict(
    "12-disabled",
    "The group has 5 events; 2 came after the key. We disable the key. How many can be read?",
    ["none", "2", "3", "5"],
    readable_after_disabling,
    why="An event stays under the key of its arrival. The three from before never were under this key.",
)

# %%
kms.disable_key(KeyId=KEY_ARN)
viz.log_keys(lab, "my-group")

# %% [markdown]
# The key is disabled, so two events are out of reach; the card number from before is as readable as ever.
# **`associate-kms-key` encrypts nothing that is there.** And a program that asks for everything at once gets an error:

# %%
try:
    logs.get_log_events(logGroupName="my-group", logStreamName="server-1")
except ClientError as error:
    print(error)

# %%
kms.enable_key(KeyId=KEY_ARN)
len(logs.get_log_events(logGroupName="my-group", logStreamName="server-1")["events"])

# %% [markdown]
# ## 4. Two keys, on and off
#
# A second group, and two keys that it may have. Write events, change the key, write more, switch a key off. Each time,
# say how many events you expect to be readable, and then read.

# %%
kms_policy = logs_key_policy("us-east-1", "123456789012", GROUP_ARN.replace("my-group", "two-keys"))
keys = [kms.create_key(Policy=json.dumps(kms_policy))["KeyMetadata"]["Arn"] for _ in range(2)]
logs.create_log_group(logGroupName="two-keys", kmsKeyId=keys[0])
timeline = widgets.IngestTimeline(lab, "two-keys", keys)
timeline

# %% [markdown]
# Every button is a method, so a cell can do the same:

# %%
for key in (keys[0], keys[1], ""):
    timeline.model.associate(key)
    timeline.model.write()
timeline.model.disable(keys[0])
timeline.model.read()

# %% [markdown]
# One of the three is out of reach. While a key is disabled, a group that has it takes no new events either: there is
# nothing to encrypt them with. And two more things that do not work:

# %%
pair = kms.create_key(KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT", Policy=json.dumps(kms_policy))
for wrong in (pair["KeyMetadata"]["Arn"], keys[1].rpartition("/")[2]):
    try:
        logs.associate_kms_key(logGroupName="two-keys", kmsKeyId=wrong)
    except ClientError as error:
        print(error)

# %% [markdown]
# An asymmetric key, since data keys are made under symmetric ones; and a key id, since this parameter wants the ARN,
# whatever its name says.

# %% exercise="12-commands"
check("12-commands", globals())

# %% [markdown]
# ## 5. The card number
#
# It still lies under the service's own key. How do old events get under ours? Only by arriving once more.

# %% exercise="12-all-under"
check("12-all-under", globals())

# %%
copy_policy = logs_key_policy("us-east-1", "123456789012", GROUP_ARN.replace("my-group", "my-copy"))
COPY_KEY = kms.create_key(Policy=json.dumps(copy_policy))["KeyMetadata"]["Arn"]
all_under(logs, "my-group", "my-copy", "server-1", COPY_KEY)
viz.log_keys(lab, "my-copy")

# %% [markdown]
# And the original goes away. By hand, or by itself: a **retention** in days.

# %%
# !aws logs put-retention-policy --log-group-name my-group --retention-in-days 3

# %%
lab.clock.advance(days=4)
len(logs.get_log_events(logGroupName="my-group", logStreamName="server-1")["events"])

# %% [markdown]
# ## Exit ticket

# %% jupyter={"source_hidden": true}
widgets.Quiz("12-exit", [
    Q("A log group without a KMS key: are its events encrypted at rest?", ["no", "yes, under a key of the service"], 1, "A key of one's own brings control, not the first encryption."),
    Q("associate-kms-key on a group with a year of events. What of them?", ["encrypted again", "as they were"], 1, "Only what arrives from now on goes under the key.", "M30"),
    Q("Whom must the key policy let in?", ["the readers of the logs", "logs.<region>.amazonaws.com"], 1, "Readers need logs:GetLogEvents; the service asks KMS in its own name.", "M20"),
    Q("disassociate-kms-key, and then the key is deleted. What of the events from in between?", ["readable", "lost"], 1, "They stay under their key. Without it nobody opens them."),
])  # fmt: skip

# %% [markdown]
# ## To go further
#
# Who reads the logs needs no permission in KMS at all. Prove it: make a user who may only `logs:GetLogEvents` on
# `my-group`, and read an event that lies under your key. Then look at step 4 of `lab.trace`.

# %% [markdown]
# ## What this lab simplifies, compared with AWS
#
# - On AWS it can take five minutes until a new key, or a disabled one, counts. Here it does at once.
# - How often CloudWatch Logs makes a data key is not published. Here it does so once an hour, and asks KMS to open it for
#   every arrival and every reading.
# - The service's own key: nobody outside AWS knows how it is kept. The lab derives one for each group from the secret of
#   its security module.
# - AWS does not say what it answers to a batch that arrives while the key is disabled; the lab refuses it with the
#   sentence that we have seen.
# - Metric filters, subscriptions and CloudWatch Logs Insights are not here.
