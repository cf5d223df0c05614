"""Exercise 11-generate: a secret with a password that no person has made up, or seen.

Source: Secrets Manager API Reference, "GetRandomPassword", "CreateSecret"; RDS API Reference,
"CreateDBInstance" (MasterUserPassword).
"""

import json
from functools import partial
from typing import Any

from labkit.exercises.exercise import Exercise, instead
from labkit.exercises.trial import Trial

PROMPT = """A new database needs a user, and nobody is to know the password. Finish `new_login`: it makes a
secret called `name`, encrypted under the KMS key `key_id`, and returns the secret's ARN. Its value is JSON:

`{"username": the user name, "password": 32 characters}`

Let Secrets Manager make up the password. A database of RDS takes no `/`, `@`, `"`, `'` and no space in one:
`ExcludeCharacters` leaves them out.
"""

CELL = '''import json


def new_login(sm, name, username, key_id):
    """Make a secret with a password that is generated; return its ARN."""
    ### BEGIN SOLUTION
    made = sm.get_random_password(PasswordLength=32, ExcludeCharacters="/@\\"' ")
    value = json.dumps({"username": username, "password": made["RandomPassword"]})
    return sm.create_secret(Name=name, SecretString=value, KmsKeyId=key_id)["ARN"]
    ### END SOLUTION
'''

LENGTH, EXCLUDED = 32, "/@\"' "


def public(trial: Trial) -> None:
    """A few users, each with a password of their own."""
    _try(trial, 3)


def hidden(trial: Trial) -> None:
    """More of them, so that a character that is not allowed has to show."""
    _try(trial, 12)


def _try(trial: Trial, count: int) -> None:
    sm, kms = trial.client("secretsmanager"), trial.client("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    seen: set[str] = set()
    for _ in range(count):
        name, user = f"shop/{trial.word()}", trial.word()
        arn = trial.call("new_login", trial.student("secretsmanager"), name, user, key)
        called = [event["eventName"] for event in trial.events(last_call=True)]
        trial.expect("CreateSecret" in called, f"a secret called {name}", ", ".join(called) or "no call")
        held = sm.describe_secret(SecretId=name)
        trial.expect(trial.same(arn, held["ARN"]), "the secret's ARN", arn)
        key_used = held.get("KmsKeyId", "the AWS managed key")
        trial.expect(key_used == key, f"encrypted under the key {key}", key_used)
        value = _value(trial, sm.get_secret_value(SecretId=name))
        wanted = ["password", "username"]
        trial.expect(sorted(value) == wanted, "username and password, and nothing else", sorted(value))
        trial.expect(value["username"] == user, f"the username {user}", value["username"])
        _judge(trial, value["password"], called, seen)


def _value(trial: Trial, held: dict[str, Any]) -> dict[str, Any]:
    """The secret's value, read as JSON."""
    try:
        value = json.loads(held.get("SecretString", ""))
    except ValueError:
        value = None
    if not isinstance(value, dict):
        trial.miss("JSON in SecretString", "a value that json.loads does not read as a dictionary")
    return value


def _judge(trial: Trial, password: object, called: list[str], seen: set[str]) -> None:
    """The password, of which no message tells more than its length."""
    trial.expect(type(password) is str, "a password that is a text", type(password).__name__)
    assert isinstance(password, str)
    trial.expect(len(password) == LENGTH, f"{LENGTH} characters", f"{len(password)} characters")
    bad = sorted(set(password) & set(EXCLUDED))
    trial.expect(not bad, f"none of {EXCLUDED!r} in the password", f"{bad} in it")
    trial.expect("GetRandomPassword" in called, "a password that Secrets Manager has made", ", ".join(called))
    trial.expect(password not in seen, "another password for each secret", "the same one twice")
    trial.expect(password not in trial.printed, "a password that nobody has seen", "it was printed")
    seen.add(password)


_instead = partial(instead, CELL)

WRONG = (
    (_instead('made["RandomPassword"]', '"correct horse battery staple 1234"[:32]'), ""),
    (_instead('made["RandomPassword"]', '"correct-horse-battery-staple-1234"[:32]'), ""),
    (_instead(", KmsKeyId=key_id", ""), ""),
    (_instead("PasswordLength=32", "PasswordLength=16"), ""),
    (_instead(', ExcludeCharacters="/@\\"\' "', ""), ""),
    (_instead("SecretString=value", 'SecretString=made["RandomPassword"]'), ""),
    (_instead('"username": username, ', ""), ""),
    (_instead('["ARN"]', '["Name"]'), ""),
    (_instead("    value =", "    print(made)\n    value ="), ""),
    (
        "import json\nimport secrets\n\n\ndef new_login(sm, name, username, key_id):\n"
        "    value = json.dumps({'username': username, 'password': secrets.token_hex(16)})\n"
        "    return sm.create_secret(Name=name, SecretString=value, KmsKeyId=key_id)['ARN']",
        "",
    ),
)

EXERCISE = Exercise(
    "11-generate",
    title="A password that nobody has seen",
    points=2,
    prompt=PROMPT,
    cell=CELL,
    public=public,
    hidden=hidden,
    wrong=WRONG,
)
