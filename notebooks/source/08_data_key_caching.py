# %% [markdown]
# # 08 Data key caching
#
# At the end of this notebook **you will be able to explain**
#
# 1. what is in a message of the AWS Encryption SDK, and which check refuses a changed byte;
# 2. what a cache of data keys saves, and which three limits it has;
# 3. what it costs: what a stolen data key opens, and how long a disabled key goes on working.
#
# It takes about an hour. First the lab, then three questions from earlier notebooks.

# %%
import aws_encryption_sdk
import boto3
from aws_encryption_sdk import CachingCryptoMaterialsManager, LocalCryptoMaterialsCache
from aws_encryption_sdk.exceptions import GenerateKeyError

from labkit import Lab, check, esdk, lens, viz, widgets
from labkit.esdk import caching, tradeoffs

lab = Lab().start()
kms = boto3.client("kms")
KEY_ARN = kms.create_key(Description="notebook 08")["KeyMetadata"]["Arn"]

# %% jupyter={"source_hidden": true}
Q = widgets.Question
widgets.Quiz("08-opening", [
    Q("From 05: how many calls of KMS does it take to seal a file of 3 GB?", ["1", "3072", "0"], 0, "One GenerateDataKey. The data key does the rest, here.", "M7"),
    Q("From 04: who can read the encryption context?", ["nobody", "everybody who sees the log"], 1, "It stands in CloudTrail. It is no place for secrets.", "M17"),
    Q("From 05: the KMS key is disabled. What opens now?", ["nothing under it", "what is below 4 KB"], 0, "Without Decrypt no data key, and without a data key no data.", "M15"),
])  # fmt: skip

# %% [markdown]
# ## 1. An envelope that others can read
#
# In notebook 05 we made an envelope of our own, and only our own program could open it. Amazon has a library for
# it, the **AWS Encryption SDK**, in Python, Java, JavaScript, C and more. What one of them writes, all others read.

# %%
sdk = aws_encryption_sdk.EncryptionSDKClient()
keys = aws_encryption_sdk.StrictAwsKmsMasterKeyProvider(key_ids=[KEY_ARN])

message, header = sdk.encrypt(
    source=b"more butter", key_provider=keys, encryption_context={"purpose": "recipe"}
)
len(message)

# %% [markdown]
# Eleven bytes of butter have become some six hundred. We look inside, without any key:

# %%
lens.dissect(message)

# %% [markdown]
# From top to bottom: a **header** says which algorithms, in which context, and holds the encrypted data key; inside
# of that we find the KMS ciphertext of notebook 04. Then comes the content in **frames**, each with its own tag, and
# in the end a **signature** over all of it.
#
# > **Predict.** `purpose` and `recipe` are the encryption context. Can a thief who finds the message read them?

# %%
b"purpose" in message, b"recipe" in message, b"butter" in message

# %% [markdown]
# The context is authenticated, and not secret. Now we change bytes. There are seven checks, and each byte is covered
# by one of them.

# %%
widgets.ByteInspector(message, lab)

# %% [markdown]
# The real SDK has written this, and we have a second reader: `labkit.esdk`, a few hundred lines that you can read.

# %%
opened = esdk.decrypt(message, esdk.KmsKeyring(KEY_ARN))
print(opened.plaintext, opened.header.suite)

# %% [markdown]
# `COMMIT_KEY` in the name of the suite is **key commitment**. AES-GCM alone can be tricked: with some effort, one
# ciphertext can be made that opens under *two* keys, to two different texts. So the header holds 32 bytes that only
# the right data key gives. Here is a keyring that lies about the data key:


# %%
class Liar(esdk.KmsKeyring):
    def unwrap(self, wrapped, context):
        return bytes(32)


try:
    esdk.decrypt(message, Liar(KEY_ARN))
except esdk.EsdkError as error:
    print(type(error).__name__, error)

# %% [markdown]
# ## 2. A call for every message
#
# A data key encrypts any amount of data. But the SDK asks for a new one **for every message**. Small messages, many
# calls:


# %%
def data_keys():
    """How many data keys KMS has made so far."""
    return int((lab.audit()["EventName"] == "GenerateDataKey").sum())


before = data_keys()
for _ in range(10):
    sdk.encrypt(source=b"an order", key_provider=keys)
data_keys() - before

# %% [markdown]
# Each call costs money, takes some milliseconds, and counts against a quota. What do they cost?

# %%
tradeoffs.prices()

# %% [markdown]
# ## 3. A cache with three limits
#
# **Data key caching** uses a data key again for a while. It takes two objects: the cache, with room for so many data
# keys, and a **caching CMM** (cryptographic materials manager), which stands before it and knows the limits. Only
# `max_age` must be given.

# %%
cache = LocalCryptoMaterialsCache(capacity=10)
cmm = CachingCryptoMaterialsManager(
    master_key_provider=keys,
    cache=cache,
    max_age=600.0,  # seconds
    max_messages_encrypted=3,
    max_bytes_encrypted=10_000,
)


# %%
def send(messages, size=100, **context):
    """Encrypt messages through the cache, and return how many data keys that took."""
    before = data_keys()
    with caching.on_clock(lab.clock):  # the cache goes by the lab's time
        for _ in range(messages):
            sdk.encrypt(source=bytes(size), materials_manager=cmm, encryption_context=context)
    return data_keys() - before


# %%
widgets.Predict(
    "08-messages",
    "max_messages_encrypted is 3. We send 7 messages. How many data keys?",
    ["1", "2", "3", "7"],
    lambda: send(7),
    why="The message for which it is made counts, too: 3 + 3 + 1.",
)

# %% [markdown]
# Here they are once more; before, eleven minutes pass, so that the cache holds nothing that is still good.

# %%
lab.clock.advance(minutes=11)
send(7)

# %% [markdown]
# The cache itself as a table. Of the data key we see only a mark, by which we can tell when it is exchanged.

# %%
caching.entries(cache, lab.clock)

# %% [markdown]
# Now the two other limits. First the **age**. The data key in the cache has served one message; then we let eleven
# minutes pass.

# %%
lab.clock.advance(minutes=11)
send(1)

# %% [markdown]
# And **bytes**. A data key is used as long as all its messages together, with the one at hand, have no more than
# 10,000 bytes.
#
# > **Predict.** We send messages of 5000, 5000 and 1 bytes. Which of them makes a new data key? And a message of
# > 10,000 bytes?

# %%
lab.clock.advance(minutes=11)
[send(1, size) for size in (5000, 5000, 1, 10_000, 1)]

# %% [markdown]
# Exactly 10,000 is allowed in sum. But a single message as long as the limit is never cached, and ends the data key
# that was there.
#
# ## 4. Who shares a data key
#
# > **Predict.** Two customers, and the context names them. Do their messages share a data key?

# %%
lab.clock.advance(minutes=11)
[send(1, customer=name) for name in ("ada", "alan", "ada", "alan")]

# %% [markdown]
# No: another context is another entry. That is good, as a stolen data key then opens the messages of one customer
# only. And it is a trap:

# %% exercise="08-thrash"
check("08-thrash", globals())

# %% [markdown]
# With more contexts than the cache has room for, entries are pushed out before they have served. Amazon's
# documentation says that the *least recently used* entry goes (LRU). We measure which one it is:


# %%
def who_is_pushed_out(cmm, ask):
    """Room for two: ada, alan, ada again, then grace. Does ada still find her data key?"""
    for name in ("ada", "alan", "ada", "grace"):
        ask(cmm, name)
    before = data_keys()
    ask(cmm, "ada")
    return "alan" if data_keys() == before else "ada"


def ask_theirs(cmm, name):
    sdk.encrypt(source=b"x", materials_manager=cmm, encryption_context={"customer": name})


# %%
theirs = CachingCryptoMaterialsManager(
    master_key_provider=keys, cache=LocalCryptoMaterialsCache(2), max_age=600.0
)
ours = caching.CachingManager(esdk.KmsKeyring(KEY_ARN), caching.LocalCache(2), max_age=600.0)

print("the real cache gives up", who_is_pushed_out(theirs, ask_theirs))
print(
    "our cache gives up     ",
    who_is_pushed_out(ours, lambda cmm, name: esdk.encrypt(b"x", cmm, {"customer": name})),
)

# %% [markdown]
# Ada's entry was used last, but made first. The real cache of this Python version gives up the **oldest** (FIFO); ours
# does what the documentation says. With contexts that are not all equally busy, one sees the difference:

# %%
viz.context_hits(tradeoffs.Workload(100, 1000, skew=0.8), tradeoffs.Limits(600, 1000, capacity=40))

# %% [markdown]
# One more difference. Sixteen threads want a data key, and the cache is empty. Whoever finds nothing goes to KMS:
# a **thundering herd**. Ours lets one go, and the others wait for it.

# %%
from concurrent.futures import ThreadPoolExecutor


def herd(encrypt):
    before = data_keys()
    with ThreadPoolExecutor(16) as threads:
        list(threads.map(lambda _: encrypt(), range(16)))
    return data_keys() - before


print("the real one:", herd(lambda: ask_theirs(theirs, "the herd")), "data keys")
print("ours:        ", herd(lambda: esdk.encrypt(b"x", ours, {"customer": "the herd"})), "data key")

# %% [markdown]
# ## 5. What it costs
#
# Something is wrong: a data key was stolen, or somebody must not encrypt any more. In notebook 03 we have learnt how to
# stop everything at once: `disable_key`.


# %%
def after_a_disable():
    kms.enable_key(KeyId=KEY_ARN)
    lab.clock.advance(minutes=11)
    send(1, customer="ada")
    kms.disable_key(KeyId=KEY_ARN)
    try:
        send(1, customer="ada")
        return "it is encrypted"
    except GenerateKeyError:
        return "GenerateKeyError"


# %%
widgets.Predict(
    "08-stale",
    "We send a message, disable the KMS key, and send another one. What happens?",
    ["it is encrypted", "GenerateKeyError"],
    after_a_disable,
    why="The data key is in the cache. Nobody asks KMS, so nobody hears of the disable.",
)

# %%
after_a_disable()

# %% [markdown]
# The cache knows nothing of it, until the data key is too old. **`max_age` is how long a decision of ours goes
# unheard.** In this picture each bar is the life of a data key, and the hatched ones cross the line:

# %%
few = tradeoffs.simulate(tradeoffs.Workload(rate=20, size=1000), tradeoffs.Limits(max_age=10), 4000)
viz.data_key_lifetimes(few, disabled_at=95)

# %%
kms.enable_key(KeyId=KEY_ARN)
lab.clock.advance(minutes=11)
send(1, customer="ada")

# %% [markdown]
# The second price: **what one stolen data key opens.** Without a cache, one message. With a cache, all that were
# encrypted under it. So there is a choice to make between money and exposure:

# %%
widgets.CacheExplorer(lab)

# %% [markdown]
# Try it: where does the point have to be, so that more messages a data key save nothing any more? In the curve that is
# the knee.

# %%
workload = tradeoffs.Workload(rate=100, size=1000, contexts=5)
viz.cache_pareto(workload, tradeoffs.Limits(max_age=60, max_messages=1000))

# %% exercise="08-limits"
check("08-limits", globals())

# %% [markdown]
# Time is a price, too. A message whose data key is cached waits for nothing. The way to KMS is modelled here: 8 ms as
# often as not, and sometimes much more.

# %%
viz.latency_cdf(
    {
        name: tradeoffs.latencies(tradeoffs.simulate(workload, tradeoffs.Limits(60, most), 20_000))
        for name, most in {"no cache": 1, "10 messages a key": 10, "1000 a key": 1000}.items()
    }
)

# %% [markdown]
# ## 6. Can we believe the numbers?
#
# Three ways lead to them. A formula; a simulator, which sends a million messages in about a second; and the real SDK
# itself, with its clock turned by us. On the same messages they must agree.

# %%
limits = tradeoffs.Limits(max_age=5, max_messages=200, capacity=10)
real = tradeoffs.replay(workload, limits, 5000)
same = tradeoffs.simulate(workload, limits, given=real.trace)
many = tradeoffs.simulate(workload, limits, 1_000_000)

print("calls on 5000 messages: the real SDK", real.calls, "and the simulator", same.calls)
print(f"calls a second: the formula {tradeoffs.estimate(workload, limits).calls_per_second:.3f}", end=" ")
print(f"and a million messages {many.calls_per_second:.3f}")

# %% [markdown]
# The formula says how many messages come under one data key on average: the one it is made for, and those that arrive
# before it is too old, as long as there are not too many. While the age grows, one limit takes over from the other:

# %%
viz.cache_ages(workload, tradeoffs.Limits(max_age=60, max_messages=2000))

# %% [markdown]
# ## 7. The neighbours
#
# There are other answers to "fewer calls". The **hierarchical keyring** of newer SDKs caches a *branch key*, and makes
# a data key from it for each message, without KMS. An **S3 bucket key** does nearly the same inside S3.

# %%
tradeoffs.alternatives(workload, tradeoffs.Limits(max_age=60, max_messages=1000))

# %% [markdown]
# The reading side has a cache, too. There only the age counts: the limits of messages and bytes are about
# *encrypting*.

# %%
reader = caching.CachingManager(
    esdk.KmsKeyring(KEY_ARN), caching.LocalCache(10, lab.clock), max_age=600.0, max_messages=1
)
for _ in range(5):
    esdk.decrypt(message, reader)
reader.misses, reader.hits

# %% exercise="08-review"
check("08-review", globals())

# %% [markdown]
# ## Exit ticket

# %% jupyter={"source_hidden": true}
widgets.Quiz("08-exit", [
    Q("A cache saves 99.9 % of the calls. What do we pay?", ["nothing", "one stolen data key opens a thousand messages"], 1, "And a disabled key goes on working for max_age.", "M22"),
    Q("max_messages is 1. A reader opens 5 messages under one data key. How many calls of Decrypt?", ["1", "5"], 0, "To decrypt, age alone counts.", "M23"),
    Q("Two messages, two contexts, one cache. How many data keys?", ["1", "2"], 1, "Another context is another entry.", "M24"),
    Q("Where does the encryption context of a message stand?", ["in its header, readable", "nowhere, it is only authenticated"], 0, "So it is no place for secrets.", "M17"),
])  # fmt: skip

# %% [markdown]
# ## To go further
#
# `aws_encryption_sdk` refuses to cache some suites at all. Which ones, and why would it be dangerous? The answer is in
# `labkit/esdk/body.py`: look at how an IV is made.

# %% [markdown]
# ## What this lab simplifies, compared with AWS
#
# - The way to KMS and back is a model with numbers of our own; so is the queue where the quota is exceeded.
# - `labkit.esdk` leaves out RSA with PKCS #1 v1.5, multi-Region awareness, and unframed content above 2 GB.
# - For the hierarchical keyring and S3 bucket keys only calls are counted. How long a bucket key lives, AWS does not
#   publish; we take `max_age`.
# - Ten minutes pass in an instant here. On AWS a disable takes a few seconds to reach all of KMS.
#
# Next: **09 S3: force SSL**.
