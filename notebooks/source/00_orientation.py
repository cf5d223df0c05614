# %% [markdown]
# # 00 Orientation
#
# At the end of this notebook **you will be able to explain**
#
# 1. who answers when we call AWS here, and why the same code works on AWS unchanged;
# 2. what a KMS key looks like from outside: an id, an ARN, a state, and never its bytes;
# 3. where to look when we wonder what a call did.
#
# It takes about 30 minutes. We run one cell after the other with **Shift+Enter**. Where it says *Predict*,
# we first say what we expect, aloud or on paper, and then run the cell. Nothing here can break, and a wrong
# guess costs nothing.
#
# ## What do we believe now?
#
# Twelve sentences; some are true. We say which, and how sure we are: 1 is a guess, 5 is certain. It counts
# for nothing. At the end of the last notebook the same twelve come again, and we compare. It can be left out.

# %%
from labkit import Lab, check, viz, widgets

before = widgets.Inventory("pre-test")
before

# %% [markdown]
# A wrong belief that we are sure of is the one to look out for. We come back to this cell whenever we like: it
# draws what is answered so far.

# %%
answers = before.model.results
viz.confidence(answers) if answers else "No sentence is answered yet."

# %% [markdown]
# ## 1. A cloud of our own
#
# **KMS**, the Key Management Service, is the part of AWS that keeps keys and encrypts with them. We don't
# call Amazon's. A *lab* is a program on this computer that answers in its place: no account, no bill, no
# network.
#
# `start()` answers the calls of this notebook. `serve()` opens a door for other programs of this computer.

# %%
lab = Lab().start()
lab.serve()
lab

# %% [markdown]
# `boto3` is AWS's own library for Python, as it comes from Amazon. A *client* talks to one service. The
# service **STS** tells us who we are.

# %%
import boto3

sts = boto3.client("sts")
sts.get_caller_identity()["Arn"]

# %% [markdown]
# This is an **ARN**, an Amazon Resource Name. From left to right: a thing of AWS, in the service `iam`, in
# the account `123456789012`, the user `Administrator`.
#
# A line that begins with `!` is not Python: it goes to the shell. Amazon's command line, `aws`, is a
# program of its own.
#
# > **Predict.** Do we see the same account from there?

# %%
# !aws sts get-caller-identity --output text --query Arn

# %% [markdown]
# The same. The notebook and the `aws` command talk to one lab. (`--query` picks one value of the answer,
# `--output text` prints it without quotes. On AWS both work just so.)

# %% [markdown]
# ## 2. A key
#
# We ask KMS to make a key.
#
# This time the notebook asks for the prediction itself. We choose, press the button, and see both side by side.

# %%
kms = boto3.client("kms")
answer = kms.create_key(Description="our first key")

widgets.Predict(
    "00-key-bytes",
    "KMS has made a key. What is in its answer?",
    ["a name", "the key's bytes", "both"],
    lambda: "a name" if "KeyId" in answer["KeyMetadata"] and "KeyMaterial" not in str(answer) else "both",
    why="We get the key's id and its full name. The bytes stay inside.",
)

# %%
answer["KeyMetadata"]

# %% [markdown]
# `KeyId` is the key's name, and `Arn` its full name: service, region (one of the places where AWS has its
# computers), account, key. `KeyState` says whether it works. The bytes are not there, and no other call hands them out: **the key of such a KMS key never
# leaves KMS**. We send data to the key, never the key to the data.

# %% [markdown]
# ## 3. Which state is it in?
#
# Answers grow old; to know how a key is *now*, we ask. `describe_key` returns the same `KeyMetadata`,
# fresh.

# %%
KEY_ID = answer["KeyMetadata"]["KeyId"]

kms.describe_key(KeyId=KEY_ID)["KeyMetadata"]["KeyState"]

# %% [markdown]
# And from the shell. `$KEY_ID` stands for our Python variable.

# %%
# !aws kms describe-key --key-id $KEY_ID --output text --query KeyMetadata.KeyState

# %% [markdown]
# > **Predict.** We disable the key. Is it still in the list of keys? In which state?

# %%
kms.disable_key(KeyId=KEY_ID)

print("keys:", len(kms.list_keys()["Keys"]))
print("state:", kms.describe_key(KeyId=KEY_ID)["KeyMetadata"]["KeyState"])

# %% [markdown]
# It is there, and it is switched off. (The lab begins empty, so it is the only one.) What does a key that is switched off say when we use it? An error of
# AWS arrives in Python as a `ClientError`; we catch it and print what it says.

# %%
from botocore.exceptions import ClientError

try:
    kms.encrypt(KeyId=KEY_ID, Plaintext=b"hello")
except ClientError as error:
    print(error)

# %% [markdown]
# We switch it on again. Disabling loses nothing.

# %%
kms.enable_key(KeyId=KEY_ID)
kms.encrypt(KeyId=KEY_ID, Plaintext=b"hello")["KeyId"]

# %% [markdown]
# ## 4. With the lid off
#
# On AWS we see answers, and nothing else. A lab can be opened. These windows are not AWS calls, so they
# leave no trace themselves. First: **what is there at all?** *Look again* counts anew.

# %%
widgets.World(lab)

# %% [markdown]
# And **which keys are there?**

# %%
lab.keys()

# %% [markdown]
# **What did the last call do?** `lab.trace` shows it step by step: what arrived, who asked, who allowed it,
# what the key did, what changed.
#
# > **Predict.** Which call was the last one? Open its steps with a click.

# %%
lab.trace

# %% [markdown]
# **Who did what, and when?** This one exists on AWS, too: the service CloudTrail writes down every call,
# refused ones as well. `lab.audit()` is that log as a table.
#
# > **Predict.** Is the refused `Encrypt` in it? Are the bytes `hello`?

# %%
lab.audit()[["EventTime", "EventName", "Username", "ErrorCode"]]

# %% [markdown]
# ## 5. Your turn
#
# An exercise has three parts: what to do, a cell with three dots in it, and a check. The check makes a lab of
# its own, tries your answer there with keys that it has not seen, and says what it expected and what came.
# You may try as often as you like.

# %% exercise="00-key-state"
check("00-key-state", globals())

# %% [markdown]
# Somebody left a key here, and threw a coin to decide its state. Your function knows.

# %%
import secrets

mystery = kms.create_key(Description="mystery")["KeyMetadata"]["KeyId"]
if secrets.choice(["heads", "tails"]) == "tails":
    kms.disable_key(KeyId=mystery)

key_state(kms, mystery)

# %% [markdown]
# The name of a key says more than it seems to. The next one needs no call at all.

# %% exercise="00-arn"
check("00-arn", globals())

# %%
where(answer["KeyMetadata"]["Arn"])

# %% [markdown]
# The last one is nearer to a day's work: an account with many keys, and somebody asks which are switched off.

# %% exercise="00-find-disabled"
check("00-find-disabled", globals())

# %% [markdown]
# ## What we have done so far
#
# Exercises, predictions and questions of all notebooks are counted here. They are kept in a file of ours,
# `labkit-progress.json`, next to the notebooks.

# %%
widgets.ProgressPage()

# %% [markdown]
# ## Exit ticket
#
# Answer without scrolling up, then open the answer.
#
# <details><summary>1. What would we change in this notebook's boto3 lines to run them on AWS?</summary>
#
# Nothing. Without the two lines that start the lab, the same calls go to Amazon, and need an account there.
# </details>
#
# <details><summary>2. Which call returns the bytes of our key?</summary>
#
# None. Whoever wants to use the key sends the data to KMS.
# </details>
#
# <details><summary>3. After a week: where do we learn the key's state, and where who changed it?</summary>
#
# The state from <code>describe_key</code>; who changed it from CloudTrail's log, here
# <code>lab.audit()</code>.
# </details>

# %% [markdown]
# ## What this lab simplifies, compared with AWS
#
# - It lives as long as this notebook's kernel: after *Restart Kernel* it is empty. `Lab("class.lab")` keeps
#   a lab in a file.
# - We are the account's administrator and may do everything. On AWS a new user may do nothing until a
#   policy says so, and here too: notebook 03 makes one.
# - An access key that IAM did not make acts as the administrator, and its signature is not checked, unless the
#   lab is made with `Lab(identities="strict")`.
# - There is no bill and no limit on calls a second, and a change shows at once. On AWS it can take a moment
#   to be seen everywhere, and an event some minutes to reach CloudTrail's history.
# - KMS answers in full; of IAM, STS and CloudTrail, what these notebooks need. What is not emulated says so.
#
# Next: **01 Symmetric encryption**.
