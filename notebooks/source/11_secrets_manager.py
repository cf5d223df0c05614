# %% [markdown]
# # 11 Secrets Manager
#
# At the end of this notebook **you will be able to explain**
#
# 1. which version of a secret a program gets, and who may read it;
# 2. what the four steps of a rotation do, and what a program that logs in meets meanwhile;
# 3. why a rotation may crash at any moment, and nothing is lost.
#
# It takes about 55 minutes. Three questions from the notebooks before come first.

# %%
import json
import zipfile
from contextlib import closing
from pathlib import Path

import boto3
import pg8000.native
from botocore.exceptions import ClientError

from labkit import Lab, check, widgets

# %% jupyter={"source_hidden": true}
Q = widgets.Question
widgets.Quiz("11-opening", [
    Q("A parameter is overwritten. What becomes of the old value?", ["it is gone", "it stays, as an older version"], 1, "Up to a hundred versions are kept."),
    Q("A KMS key has rotated. What becomes of the old ciphertexts?", ["they are encrypted anew", "they stay as they are, and open"], 1, "The old backing key is kept for them.", "M12"),
    Q("A file of 1 MB is encrypted with KMS. What goes to KMS?", ["the file", "a data key"], 1, "The envelope of notebook 05.", "M7"),
])  # fmt: skip

# %%
lab = Lab().start()
lab.serve()
sm, iam, rds = boto3.client("secretsmanager"), boto3.client("iam"), boto3.client("rds")

# %% [markdown]
# ## 1. A password that nobody has made up
#
# Parameter Store keeps what we give it. **Secrets Manager** can make the password up as well:

# %%
# !aws secretsmanager get-random-password --password-length 20 --exclude-punctuation --output text

# %% [markdown]
# We put one into a secret, without looking at it. The value of a secret is a text; by custom it is JSON.

# %%
password = sm.get_random_password(PasswordLength=24, ExcludePunctuation=True)["RandomPassword"]
value = json.dumps({"username": "newsletter", "password": password})
sm.create_secret(Name="shop/newsletter", SecretString=value)["ARN"]

# %% [markdown]
# The ARN ends in six random letters. Delete the secret and make it anew, and it is another one: what was allowed on the
# old one is not allowed on the new one. A program needs only the name:

# %%
json.loads(sm.get_secret_value(SecretId="shop/newsletter")["SecretString"])["username"]

# %% [markdown]
# > **Predict.** That was one call of ours. Which services have been asked, and by whom?

# %%
lab.audit().tail(2)[["EventName", "EventSource", "Username"]]

# %% [markdown]
# KMS, in our name. Each value lies in an envelope: encrypted under a data key of its own, and that one under
# `alias/aws/secretsmanager`, as we named no key. What is stored has no password in it that could be read:

# %%
lab.secrets()[["Name", "VersionStages", "KmsKeyId", "SealedBytes"]]

# %% exercise="11-generate"
check("11-generate", globals())

# %% [markdown]
# ## 2. Versions, and labels that move
#
# The code of a door, and two changes of it:

# %%
_ = sm.create_secret(Name="shop/door", SecretString="code 1")
for code in ("code 2", "code 3"):
    sm.put_secret_value(SecretId="shop/door", SecretString=code)


# %%
def code_of(**which):
    return sm.get_secret_value(SecretId="shop/door", **which)["SecretString"]


# %%
widgets.Predict(
    "11-previous",
    'Three values were written. Which one is get_secret_value(VersionStage="AWSPREVIOUS")?',
    ["code 1", "code 2", "code 3", "none of them"],
    lambda: code_of(VersionStage="AWSPREVIOUS"),
    why="A new value is a new version. AWSCURRENT moves to it, and AWSPREVIOUS to the one that was current.",
)

# %%
for one in sm.list_secret_version_ids(SecretId="shop/door", IncludeDeprecated=True)["Versions"]:
    print(one["VersionId"][:8], code_of(VersionId=one["VersionId"]), one.get("VersionStages", "no label"))

# %% [markdown]
# Nothing was overwritten. Each version has an id, and **staging labels** say which of them is meant. A version without a
# label is *deprecated*: it can be read by its id for a while.
#
# ## 3. Who may read it
#
# A secret may have a policy of its own. Alice has no IAM policy at all; the secret's policy names her.

# %%
ALICE = iam.create_user(UserName="alice")["User"]["Arn"]
key = iam.create_access_key(UserName="alice")["AccessKey"]
alice = boto3.client(
    "secretsmanager", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"]
)

# %%
allow = {"Effect": "Allow", "Principal": {"AWS": ALICE}}
allow |= {"Action": "secretsmanager:GetSecretValue", "Resource": "*"}
document = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
_ = sm.put_resource_policy(SecretId="shop/door", ResourcePolicy=document, BlockPublicPolicy=True)


# %%
def alice_reads(name):
    try:
        return alice.get_secret_value(SecretId=name)["SecretString"]
    except ClientError as error:
        return str(error)


# %%
widgets.Predict(
    "11-resource-policy",
    "What does Alice get from shop/door?",
    ["the code", "an error"],
    lambda: "the code" if alice_reads("shop/door") == "code 3" else "an error",
    why="Within an account, the secret's policy is enough. And alias/aws/secretsmanager lets everybody of the "
    "account in who comes by way of Secrets Manager.",
)

# %%
print(alice_reads("shop/newsletter"))

# %%
lab.explain()

# %% [markdown]
# `BlockPublicPolicy` refuses a policy that would let everybody in. With a KMS key of our own, Alice would need
# `kms:Decrypt` as well, as with a SecureString in notebook 10.
#
# ## 4. A real database
#
# RDS makes a database. Behind it a real PostgreSQL starts, on this computer. What it refuses is really refused.

# %%
password = sm.get_random_password(PasswordLength=24, ExcludePunctuation=True)["RandomPassword"]
_ = rds.create_db_instance(
    DBInstanceIdentifier="shop",
    DBInstanceClass="db.t4g.micro",
    Engine="postgres",
    AllocatedStorage=20,
    MasterUsername="master",
    MasterUserPassword=password,
)
rds.get_waiter("db_instance_available").wait(DBInstanceIdentifier="shop")

# %% [markdown]
# A secret for a database has these fields; rotation functions look for them.

# %%
place = rds.describe_db_instances(DBInstanceIdentifier="shop")["DBInstances"][0]["Endpoint"]


def keep(user, password, **more):
    """Put a login into a secret; return its ARN."""
    login = {"engine": "postgres", "host": place["Address"], "port": place["Port"], "dbname": "postgres"}
    login |= {"username": user, "password": password, **more}
    return sm.create_secret(Name=f"shop/db/{user}", SecretString=json.dumps(login))["ARN"]


# %%
def log_in(name):
    """Read a secret, and log in with what it says."""
    told = json.loads(sm.get_secret_value(SecretId=name)["SecretString"])
    return pg8000.native.Connection(
        told["username"],
        host=told["host"],
        port=told["port"],
        password=told["password"],
        database=told["dbname"],
    )


# %% [markdown]
# Three users for three programs. `orders` gets a field more, which we need in section 7.

# %%
MASTER = keep("master", password)
with closing(log_in("shop/db/master")) as database:
    for user in ("app", "web", "orders"):
        database.run(f"CREATE ROLE {user} LOGIN PASSWORD 'first'")
for user, more in (("app", {}), ("web", {}), ("orders", {"masterarn": MASTER})):
    keep(user, "first", **more)

# %%
with closing(log_in("shop/db/app")) as database:
    print(database.run("SELECT current_user, version()"))

# %% [markdown]
# ## 5. Four steps
#
# To **rotate** a secret is to change the password at two places, here and in the database, while programs use it. Four
# steps do it, and a label marks what is not done yet: `AWSPENDING`. Predict before each step. Then rotate once more, and
# let it crash after `setSecret`.

# %%
widgets.StagingLabels(lab, "shop/db/app")

# %% [markdown]
# Two things to remember:
#
# - Between `setSecret` and `finishSecret` the database takes the new password, and everybody still reads the old one.
# - After a crash `AWSPENDING` stays where it is. The next attempt goes on with **the same** password. If it made up another
#   one, nobody would know which of them the database has.
#
# ## 6. A function takes the steps
#
# Secrets Manager does not know our database. It calls a **Lambda function** of ours four times, once for each step. Ours
# is in `data/rotation/postgres_single_user.py`: open it, and look for the four steps. We put it into a zip. (On AWS the
# driver, pg8000, goes in as well.)

# %%
with zipfile.ZipFile("rotate.zip", "w") as package:
    package.write("data/rotation/postgres_single_user.py", "rotate.py")

# %% [markdown]
# A function runs as a **role**. Lambda may take it on; it may work with our secrets, and write a log.

# %%
trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
work = {"Effect": "Allow", "Action": ["secretsmanager:*", "logs:*"], "Resource": "*"}
trust, work = (json.dumps({"Version": "2012-10-17", "Statement": [one]}) for one in (trust, work))
ROLE = iam.create_role(RoleName="rotation", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
_ = iam.put_role_policy(RoleName="rotation", PolicyName="work", PolicyDocument=work)

# %% [markdown]
# The last call lets Secrets Manager invoke the function. Without it `RotateSecret` is refused.

# %%
functions = boto3.client("lambda")


def upload(name, file):
    code = {"ZipFile": Path(file).read_bytes()}
    how = {"Role": ROLE, "Runtime": "python3.13", "Handler": "rotate.lambda_handler", "Timeout": 30}
    made = functions.create_function(FunctionName=name, Code=code, **how)
    who = {"Principal": "secretsmanager.amazonaws.com", "Action": "lambda:InvokeFunction"}
    functions.add_permission(FunctionName=name, StatementId="rotation", **who)
    return made["FunctionArn"]


# %%
session = log_in("shop/db/web")
_ = sm.rotate_secret(
    SecretId="shop/db/web",
    RotationLambdaARN=upload("rotate-web", "rotate.zip"),
    RotationRules={"AutomaticallyAfterDays": 30},
)
sm.describe_secret(SecretId="shop/db/web")["VersionIdsToStages"]

# %% [markdown]
# One version is current, and the other is previous. What has the function called? In the audit log its calls go by its
# name.

# %%
log = lab.audit()
log[log["Username"] == "rotate-web"]["EventName"].value_counts(sort=False)

# %%
widgets.Predict(
    "11-open-session",
    "We had a session open when the password changed. What of it?",
    ["it goes on", "it is closed"],
    lambda: "it goes on" if session.run("SELECT 1") == [[1]] else "it is closed",
    why="A database asks for the password at the login, and never again.",
)

# %% [markdown]
# Now two programs log in all the time, while the secret rotates again. One reads the secret each time, the other keeps what
# it read first.

# %%
widgets.Availability(lab, {"one user": "shop/db/web"})

# %% [markdown]
# Some logins are refused, for a moment. Who keeps the old password is refused for good. There are two cures. The first is
# in the program:

# %% exercise="11-reader"
check("11-reader", globals())

# %% [markdown]
# ## 7. Two users take turns
#
# The second cure is in the rotation. It changes the password of a user whom **nobody uses now**, and only then do programs
# get that user. The old one goes on working until the next rotation.

# %% exercise="11-rotate"
check("11-rotate", globals())

# %% [markdown]
# We upload what you wrote, and compare.

# %%
with zipfile.ZipFile("turns.zip", "w") as package:
    source = Path("data/rotation/postgres_single_user.py").read_text(encoding="utf-8")
    package.writestr("rotate.py", source + ALTERNATING)
_ = sm.rotate_secret(SecretId="shop/db/orders", RotationLambdaARN=upload("rotate-orders", "turns.zip"))
json.loads(sm.get_secret_value(SecretId="shop/db/orders")["SecretString"])["username"]

# %%
widgets.Availability(lab, {"two users": "shop/db/orders", "one user": "shop/db/web"})

# %% [markdown]
# ## 8. By itself
#
# A secret with `RotationRules` rotates by itself. Beside it we put a parameter into Parameter Store, and wait.

# %%
ssm = boto3.client("ssm")
_ = ssm.put_parameter(Name="/shop/db/web", Value="first", Type="SecureString")
sm.describe_secret(SecretId="shop/db/web")["NextRotationDate"]


# %%
def versions():
    secret, parameter = sm.get_secret_value(SecretId="shop/db/web"), ssm.get_parameter(Name="/shop/db/web")
    return {"the secret": secret["VersionId"], "the parameter": parameter["Parameter"]["Version"]}


def changed_in_a_month():
    before = versions()
    lab.clock.advance(days=31)
    return " and ".join(name for name, now in versions().items() if now != before[name]) or "none of them"


# %%
widgets.Predict(
    "11-by-itself",
    "31 days later: which of them has another value?",
    ["the secret and the parameter", "the secret", "the parameter", "none of them"],
    changed_in_a_month,
    why="Parameter Store keeps versions, and never makes one by itself.",
)

# %% [markdown]
# And there is a way without a function of ours. RDS can keep the master's password itself, in a secret of its own, and
# rotate it every seven days.

# %%
_ = rds.create_db_instance(
    DBInstanceIdentifier="books",
    DBInstanceClass="db.t4g.micro",
    Engine="postgres",
    AllocatedStorage=20,
    MasterUsername="master",
    ManageMasterUserPassword=True,
)
rds.describe_db_instances(DBInstanceIdentifier="books")["DBInstances"][0]["MasterUserSecret"]["SecretArn"]

# %% [markdown]
# In a CloudFormation template, `{{resolve:secretsmanager:shop/db/web:SecretString:password}}` stands for the password, so
# that no template has it in it. `AWS::SecretsManager::Secret` makes one from a generated password, and
# `AWS::SecretsManager::RotationSchedule` has it rotate.

# %% [markdown]
# ## Exit ticket

# %% jupyter={"source_hidden": true}
widgets.Quiz("11-exit", [
    Q("A rotation with one user, between setSecret and finishSecret. What does GetSecretValue return?", ["the old password", "the new password", "an error"], 0, "AWSCURRENT has not moved yet. That is the moment in which logins are refused."),
    Q("A rotation crashed after setSecret. What does the next attempt set?", ["a new password", "the password that is AWSPENDING"], 1, "Else nobody would know what the database has."),
    Q("After a rotation, what became of the old value?", ["it is overwritten", "it is in the version AWSPREVIOUS"], 1, "Labels move, values stay.", "M29"),
    Q("Which of them can change a database's password by itself?", ["Parameter Store", "Secrets Manager", "both"], 1, "With a function of ours, or for RDS itself.", "M27"),
])  # fmt: skip

# %% [markdown]
# ## To go further
#
# Take the permission away that lets Secrets Manager invoke the function (`remove_permission`), and call `rotate_secret`.
# Then give it back, break the function (`raise` in `set_secret`), rotate, and look at the secret's labels and at
# `lab.agenda()`: when is the next attempt?

# %% [markdown]
# ## What this lab simplifies, compared with AWS
#
# - A rotation is done when `rotate_secret` returns; on AWS it begins then. AWS does not say how often it tries again; here
#   it is five times, with longer and longer waits.
# - A window of a schedule opens and the lab rotates at once; AWS does so at some time within it.
# - The address of a database is 127.0.0.1, without TLS. A Redshift cluster is a PostgreSQL, too.
# - No server of DocumentDB's can be had here: there a rotation is **emulated**, and nobody is really refused.
# - There is no CloudFormation in this lab yet. Nothing is throttled, and secrets cost nothing.
