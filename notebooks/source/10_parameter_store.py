# %% [markdown]
# # 10 Parameter Store
#
# At the end of this notebook **you will be able to explain**
#
# 1. how a parameter is named, found by its path, and read in one version or another;
# 2. what a SecureString is, who decrypts it, and which permissions that takes;
# 3. what expires by itself, what never changes by itself, and how others hear of a change.
#
# It takes about an hour. Three questions from the notebooks before come first.

# %%
import base64
import json
from datetime import timedelta

import boto3
from botocore.exceptions import ClientError

from labkit import Lab, check, lens, widgets

# %% jupyter={"source_hidden": true}
Q = widgets.Question
widgets.Quiz("10-opening", [
    Q("Alice's IAM policy allows kms:*. The key policy names only Bob. May she decrypt?", ["yes", "no"], 1, "The key policy is the root.", "M20"),
    Q("Encrypted with a context. Decrypted without one?", ["it opens", "InvalidCiphertextException"], 1, "The context is authenticated.", "M18"),
    Q("How many bytes does KMS Encrypt take at most?", ["256", "4096", "any number"], 1, "Larger data goes under a data key.", "M7"),
])  # fmt: skip

# %%
lab = Lab().start()
lab.serve()
ssm, kms, iam = boto3.client("ssm"), boto3.client("kms"), boto3.client("iam")

# %% [markdown]
# ## 1. A value under a name
#
# **Parameter Store** is a part of AWS Systems Manager (`ssm`). It keeps short texts under names, so that a program
# need not bring its configuration along. There is no server of ours to start: we call an API, and that is all. A name is
# a **path**: `/shop/prod/db/host`.

# %%
ssm.put_parameter(Name="/shop/prod/db/host", Value="db1.example", Type="String")["Version"]

# %%
ssm.get_parameter(Name="/shop/prod/db/host")["Parameter"]

# %% [markdown]
# > **Predict.** We write to the same name once more. Is the old value replaced?

# %%
try:
    ssm.put_parameter(Name="/shop/prod/db/host", Value="db2.example", Type="String")
except ClientError as error:
    print(error)

# %% [markdown]
# Not by accident. With `Overwrite` there is a new **version**, and the old one is kept, up to a hundred of them.

# %%
ssm.put_parameter(Name="/shop/prod/db/host", Value="db2.example", Overwrite=True)
[(one["Version"], one["Value"]) for one in ssm.get_parameter_history(Name="/shop/prod/db/host")["Parameters"]]

# %% [markdown]
# A number behind a colon picks a version, and so does a **label**. A label is on one version at a time, and can be
# moved.

# %%
_ = ssm.label_parameter_version(Name="/shop/prod/db/host", ParameterVersion=1, Labels=["stable"])
for name in ("/shop/prod/db/host", "/shop/prod/db/host:1", "/shop/prod/db/host:stable"):
    print(name, "is", ssm.get_parameter(Name=name)["Parameter"]["Value"])

# %% exercise="10-pin"
check("10-pin", globals())

# %% [markdown]
# ## 2. A SecureString
#
# The password must not lie about in the clear. The type `SecureString` has it encrypted under a KMS key.

# %%
_ = ssm.put_parameter(Name="/shop/prod/db/password", Value="correct horse", Type="SecureString")

# %% [markdown]
# From the command line, several names at once:

# %%
# !aws ssm get-parameters --names /shop/prod/db/host /shop/prod/db/password --query Parameters[].[Name,Value] --output text

# %% [markdown]
# The password came as base64, and base64 of what? We know that beginning, `AQIC`, from notebook 04.

# %%
sealed = base64.b64decode(ssm.get_parameter(Name="/shop/prod/db/password")["Parameter"]["Value"])
lens.dissect(sealed)

# %% [markdown]
# A KMS ciphertext. Parameter Store has no cryptography of its own here; it asked KMS to encrypt. Whoever wants the
# plaintext says so:

# %%
# !aws ssm get-parameters --names /shop/prod/db/host /shop/prod/db/password --with-decryption --query Parameters[].[Name,Value] --output text

# %% [markdown]
# What did the last call do? Step 4 has **three** questions: one for each name, and one about the key. Step 5 shows
# who asked KMS, and with which encryption context.

# %%
lab.trace

# %% [markdown]
# The context is `PARAMETER_ARN`. So a ciphertext belongs to its parameter.
#
# > **Predict.** We are the administrator. May we take that ciphertext to KMS ourselves, with the right context?

# %%
context = {"PARAMETER_ARN": ssm.get_parameter(Name="/shop/prod/db/password")["Parameter"]["ARN"]}
try:
    print(kms.decrypt(CiphertextBlob=sealed, EncryptionContext=context)["Plaintext"])
except ClientError as error:
    print(error)

# %% [markdown]
# We named no key, so Parameter Store took `alias/aws/ssm`, an **AWS managed key**. Its key policy lets everybody of the
# account in, but only on the way through Parameter Store. The condition `kms:ViaService` says so:

# %%
MANAGED = kms.describe_key(KeyId="alias/aws/ssm")["KeyMetadata"]["KeyId"]
json.loads(kms.get_key_policy(KeyId=MANAGED)["Policy"])["Statement"][0]["Condition"]

# %% [markdown]
# ## 3. Two permissions
#
# A key of our own, and Alice, who may do everything in Parameter Store, and nothing in KMS.

# %%
KEY_ARN = kms.create_key(Description="shop secrets")["KeyMetadata"]["Arn"]
_ = ssm.put_parameter(Name="/shop/prod/api-key", Value="open sesame", Type="SecureString", KeyId=KEY_ARN)

all_of_ssm = {"Effect": "Allow", "Action": "ssm:*", "Resource": "*"}
iam.create_user(UserName="alice")
document = json.dumps({"Version": "2012-10-17", "Statement": [all_of_ssm]})
iam.put_user_policy(UserName="alice", PolicyName="AllOfSsm", PolicyDocument=document)
secret = iam.create_access_key(UserName="alice")["AccessKey"]
alice = boto3.client(
    "ssm", aws_access_key_id=secret["AccessKeyId"], aws_secret_access_key=secret["SecretAccessKey"]
)


# %%
def alice_reads(decrypted):
    try:
        return alice.get_parameter(Name="/shop/prod/api-key", WithDecryption=decrypted)["Parameter"]["Value"]
    except ClientError as error:
        return str(error)


# %%
widgets.Predict(
    "10-two-permissions",
    "What does Alice get, WithDecryption?",
    ["the value", "its ciphertext", "an error"],
    lambda: "the value" if alice_reads(True) == "open sesame" else "an error",
    why="KMS asks about the caller, who is still Alice, and she may do nothing with this key.",
)

# %%
print(alice_reads(True))

# %%
lab.explain()

# %% [markdown]
# The last line is about `kms:Decrypt`. One more statement in Alice's policy would do: that action on that key.
#
# ## 4. Everything under a path
#
# A program seldom wants one value. It wants all of `/shop/prod`:

# %%
for number in range(12):
    ssm.put_parameter(Name=f"/shop/prod/web/option{number:02}", Value=f"value {number}", Type="String")

# %% [markdown]
# Fifteen names now. Set **Path** to `/shop/prod` and predict how many come back; then tick **Recursive** and predict
# again. Then turn the page.

# %%
widgets.ParameterTree(lab, "/shop")

# %% [markdown]
# The command line turns the pages by itself:

# %%
# !aws ssm get-parameters-by-path --path /shop --recursive --query Parameters[].[Name] --output text

# %% [markdown]
# All of them. But the answer of one **call** has ten at most, and boto3 does only what it is told:

# %%
page = ssm.get_parameters_by_path(Path="/shop", Recursive=True)
len(page["Parameters"]), "NextToken" in page

# %% exercise="10-load-config"
check("10-load-config", globals())

# %%
len(load_config(ssm, "/shop/prod"))

# %% [markdown]
# ### Three lines to take along
#
# Each works on AWS as it stands here. Which of them need `kms:Decrypt`? One of the names is a SecureString.

# %%
_ = ssm.put_parameter(Name="/path/name1", Value="open", Type="String")
_ = ssm.put_parameter(Name="/path/name2", Value="hidden", Type="SecureString")

# %%
# !aws ssm get-parameters --names /path/name1 /path/name2 --with-decryption

# %%
# !aws ssm get-parameters-by-path --path /path --recursive

# %%
ssm = boto3.client("ssm")
ssm.get_parameters(Names=["/path/name1"], WithDecryption=True)["Parameters"]

# %% [markdown]
# Only the first. The second did not ask for decryption, so `name2` came as base64. The third asked for it, but a `String`
# has nothing to decrypt. `WithDecryption` does no harm there.

# %% [markdown]
# ## 5. Gone by itself
#
# A parameter of the **Advanced** tier may be twice as long, costs money, and takes **policies**. One of them says when
# the parameter deletes itself.

# %%
expiration = {"Type": "Expiration", "Version": "1.0", "Attributes": {}}
expiration["Attributes"]["Timestamp"] = (lab.clock.now() + timedelta(days=30)).isoformat()
_ = ssm.put_parameter(
    Name="/shop/guest-wifi",
    Value="hello2you",
    Type="String",
    Tier="Advanced",
    Policies=json.dumps([expiration]),
)
lab.agenda()[["Due", "Service", "Method", "Arguments"]]


# %%
def a_month_later():
    lab.clock.advance(days=31)
    there = ssm.get_parameters(Names=["/shop/guest-wifi", "/shop/prod/db/password"])
    return " and ".join(one["Name"].rpartition("/")[2] for one in there["Parameters"])


# %%
widgets.Predict(
    "10-expired",
    "31 days later: which of guest-wifi and password are there, with the value they had?",
    ["guest-wifi and password", "password", "none of them"],
    a_month_later,
    why="An expiration deletes. And nothing here ever changes a password: Parameter Store does not rotate.",
)

# %% [markdown]
# ### A life
#
# One more parameter, and its whole life in a picture. Write a second version. Put the label *live* on version 1. Let 20
# days pass: does anything change? Then write a version that ends in 30 days, predict what *label live* reads, and
# let 40 days pass.

# %%
_ = ssm.put_parameter(Name="/shop/greeting", Value="value 1", Type="String")
widgets.ParameterTimeline(lab, "/shop/greeting")

# %% [markdown]
# A version that is not the newest is still there to be read. At the end all of them go at once, and the labels with them.

# %% exercise="10-until"
check("10-until", globals())

# %% [markdown]
# ## 6. Who hears of a change
#
# A program should not have to ask every minute whether a value is still the same. Parameter Store tells **EventBridge** of
# every change (its old name is CloudWatch Events). A **rule** says which events it is about, and its **targets** say
# where they go. Ours go to a queue.

# %%
events, sqs = boto3.client("events"), boto3.client("sqs")
inbox = sqs.create_queue(QueueName="inbox")["QueueUrl"]
QUEUE_ARN = sqs.get_queue_attributes(QueueUrl=inbox, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]

# %%
pattern = {"source": ["aws.ssm"], "detail-type": ["Parameter Store Change", "Parameter Store Policy Action"]}
RULE_ARN = events.put_rule(Name="parameters", EventPattern=json.dumps(pattern))["RuleArn"]
_ = events.put_targets(Rule="parameters", Targets=[{"Id": "inbox", "Arn": QUEUE_ARN}])


# %%
def arrived():
    messages = sqs.receive_message(QueueUrl=inbox, MaxNumberOfMessages=10).get("Messages", [])
    return [json.loads(one["Body"]) for one in messages]


def change(value):
    ssm.put_parameter(Name="/shop/prod/db/host", Value=value, Overwrite=True)
    return arrived()


# %%
widgets.Predict(
    "10-event",
    "We change /shop/prod/db/host. How many events are in the queue then?",
    ["0", "1", "2"],
    lambda: str(len(change("db3.example"))),
    why="The rule has fitted. But the queue belongs to SQS, and its policy lets nobody in, EventBridge neither.",
)

# %%
_ = change("db3.example")
lab.events()[["DetailType", "Detail", "Rule", "Status", "Error"]]

# %% [markdown]
# On AWS nobody tells us so much: a number called `FailedInvocations` goes up. The queue needs a policy that lets
# EventBridge in, for this rule alone.

# %%
sender = {"Service": "events.amazonaws.com"}
only = {"ArnEquals": {"aws:SourceArn": RULE_ARN}}
let_in = {
    "Effect": "Allow",
    "Principal": sender,
    "Action": "sqs:SendMessage",
    "Resource": QUEUE_ARN,
    "Condition": only,
}
policy = json.dumps({"Version": "2012-10-17", "Statement": [let_in]})
_ = sqs.set_queue_attributes(QueueUrl=inbox, Attributes={"Policy": policy})

# %%
change("db4.example")

# %% [markdown]
# Which parameter, and what was done. The value is not in it: whoever hears of the change asks for it, with permissions
# of their own.

# %% exercise="10-heard"
check("10-heard", globals())

# %% [markdown]
# A policy can remind us, too: of an end that comes near, or, as here, of a password that nobody has changed for 20 days.

# %%
unchanged = {"Type": "NoChangeNotification", "Version": "1.0", "Attributes": {"After": "20", "Unit": "Days"}}
_ = ssm.put_parameter(
    Name="/shop/door", Value="1234", Type="SecureString", Tier="Advanced", Policies=json.dumps([unchanged])
)
lab.clock.advance(days=21)
[(one["time"], one["detail-type"], one["detail"]) for one in arrived()]

# %% [markdown]
# The code for the door is as old as it was. Parameter Store reminds; somebody else has to change it, such as a Lambda
# function as the rule's target.

# %% [markdown]
# What is kept, as it is kept: no SecureString in the clear.

# %%
stored = lab.parameters()
stored.loc[stored["Name"] < "/shop/prod/web", ["Name", "Version", "Labels", "Type", "Value"]]

# %% [markdown]
# ## Exit ticket

# %% jupyter={"source_hidden": true}
widgets.Quiz("10-exit", [
    Q("Who decrypts a SecureString?", ["Parameter Store, with a key of its own", "KMS, asked in the caller's name"], 1, "So the caller needs kms:Decrypt, too."),
    Q("Forty parameters under a path: how many calls of GetParametersByPath?", ["1", "4", "40"], 1, "Ten a page."),
    Q("Does Parameter Store rotate a password?", ["yes", "no"], 1, "It keeps versions. Secrets Manager rotates.", "M27"),
    Q("On AWS, is a parameter gone at the second of its expiration?", ["yes", "no"], 1, "Some time after it.", "M28"),
])  # fmt: skip

# %% [markdown]
# ## To go further
#
# Alice may read `/shop/prod`, and a second statement denies her `ssm:GetParameter` on `/shop/prod/db/password`. Can she
# still get at it? Try `get_parameters_by_path`, and look at which resource `lab.explain` asked about.

# %% [markdown]
# ## What this lab simplifies, compared with AWS
#
# - An expiration is carried out at its moment here, and so are the two policies that remind; on AWS some time after it.
#   Events come at once and in order; on AWS within seconds, and rarely twice.
# - AWS writes an advanced SecureString as a message of the AWS Encryption SDK; the lab writes a shorter envelope of its
#   own around the same data key.
# - AWS's own parameters under `/aws/service` are not here.
# - Nothing is throttled, and the Advanced tier costs nothing.
