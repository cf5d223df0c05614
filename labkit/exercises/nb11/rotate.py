"""Exercise 11-rotate: two users take turns, no login is refused, and a crash after any step does no harm.

The answer is uploaded to the lab's Lambda and rotates the password of a real PostgreSQL, while programs log
in all the time. Source: Secrets Manager User Guide, "Lambda function rotation strategies".
"""

import ast
from functools import partial
from typing import Any

from labkit.cloud.audit.log import newest_events
from labkit.cloud.audit.record import event_record
from labkit.exercises.exercise import Exercise, NotYet, instead
from labkit.exercises.shop import Shop, shipped_function
from labkit.exercises.trial import Trial
from labkit.widgets.logins import Visitor, accepted

PROMPT = """With one user there is a moment in which programs are refused. Let two users take turns: the
secret names one of them, such as `app`, and the rotation gives the other, `app_clone`, a new password and
makes it current. The next rotation goes back to `app`, and so on.

Write the two functions that are different then. They stand in a text, as they are to be uploaded. The check
puts it at the end of `data/rotation/postgres_single_user.py`, where the later definition of a function is the
one that counts. So all of that file can be used: `read(arn, stage, token)`, `connect(secret)`, `secrets`
(which is `boto3.client("secretsmanager")`), `NOT_IN_PASSWORDS`, `json`, `native`.

- `create_secret` fills the pending version, unless an earlier attempt has filled it. How to find that out
  stands in the file.
- `set_secret` logs in with the secret at `secret["masterarn"]`, whose user may make users, and sets the
  password. The first time, the other user is not there yet.

The check rotates twice while programs log in all the time. The second time the function crashes once at the
end of **each** step, and is tried again. It takes some seconds.
"""

CELL = """ALTERNATING = '''
def create_secret(arn, token):
    ### BEGIN SOLUTION
    secret = read(arn, "AWSCURRENT")
    try:
        read(arn, "AWSPENDING", token)
    except secrets.exceptions.ResourceNotFoundException:
        name = secret["username"]
        secret["username"] = name[:-6] if name.endswith("_clone") else name + "_clone"
        made = secrets.get_random_password(ExcludeCharacters=NOT_IN_PASSWORDS)
        secret["password"] = made["RandomPassword"]
        secrets.put_secret_value(
            SecretId=arn,
            ClientRequestToken=token,
            SecretString=json.dumps(secret),
            VersionStages=["AWSPENDING"],
        )
    ### END SOLUTION


def set_secret(arn, token):
    ### BEGIN SOLUTION
    secret = read(arn, "AWSPENDING", token)
    user, password = native.identifier(secret["username"]), native.literal(secret["password"])
    database = connect(read(secret["masterarn"], "AWSCURRENT"))
    found = database.run("SELECT 1 FROM pg_roles WHERE rolname = :name", name=secret["username"])
    verb = "ALTER" if found else "CREATE"
    database.run(f"{verb} ROLE {user} WITH LOGIN PASSWORD {password}")
    database.close()
    ### END SOLUTION
'''
"""

NEWEST = 10_000
FUNCTIONS = ("create_secret", "set_secret")


def public(trial: Trial) -> None:
    """One rotation in which all goes well, and one with a crash after each step."""
    shop = Shop(trial, f"{shipped_function()}\n\n{_answer(trial)}")
    user = trial.word()
    arn = shop.user(user)
    _rotate(trial, shop, arn, f"{user}_clone", crashes=False)
    _rotate(trial, shop, arn, user, crashes=True)


def hidden(trial: Trial) -> None:
    """A user whose name needs quotes; a crash in the very first rotation."""
    shop = Shop(trial, f"{shipped_function()}\n\n{_answer(trial)}")
    user = f"{trial.word()}-{trial.word(3).upper()}"
    arn = shop.user(user)
    _rotate(trial, shop, arn, f"{user}_clone", crashes=True)
    _rotate(trial, shop, arn, user, crashes=False)


def _answer(trial: Trial) -> str:
    """The text, if it is Python and both functions are in it."""
    text = trial.value("ALTERNATING")
    trial.expect(type(text) is str, "a text with two functions", text)
    assert isinstance(text, str)
    try:
        module = ast.parse(text)
    except SyntaxError as error:
        trial.miss("a text that is Python", f"{error.msg} (line {error.lineno} of the text)")
    bodies = {one.name: one.body for one in module.body if isinstance(one, ast.FunctionDef)}
    for name in FUNCTIONS:
        trial.expect(name in bodies, f"a function called {name} in the text", ", ".join(bodies))
        match bodies[name]:
            case [ast.Expr(value=ast.Constant(value=v))] if v is ...:
                raise NotYet(f"{name}() is still to be written.")
    return text


def _rotate(trial: Trial, shop: Shop, arn: str, user: str, *, crashes: bool) -> None:
    """Rotate while programs log in, and judge by the logins, the labels and the audit log."""
    before = len(_new_versions(trial))
    with Visitor(shop.sm, arn) as visitor:
        ended = shop.rotate(arn, crashes=crashes)
    when = "with a crash after each step" if crashes else "without a crash"
    put = _new_versions(trial)[: -before or None]
    at_once = [one for one in put if one.get("versionStages") != ["AWSPENDING"]]
    trial.expect(not at_once, "a new version that is AWSPENDING at first", "AWSCURRENT at once", "M29")
    if not ended:
        trial.miss(f"{when}: in the end AWSCURRENT is on the new version", shop.last_error() or "it is not")
    refused, count = sum(not one.accepted for one in visitor.logins), len(visitor.logins)
    trial.expect(refused == 0, f"{when}: no login is refused", f"{refused} of {count} were refused")
    found = shop.read(arn, "AWSCURRENT")["username"]
    trial.expect(found == user, f"{when}: the current user is {user} now", found)
    for stage in ("AWSCURRENT", "AWSPREVIOUS"):
        trial.expect(accepted(shop.read(arn, stage)), f"{when}: the user of {stage} can log in", "refused")
    trial.expect(len(put) == 1, f"{when}: one new version", f"{len(put)} calls of PutSecretValue")


def _new_versions(trial: Trial) -> list[Any]:
    """What every PutSecretValue that was answered has asked for."""
    with trial.lab.gateway.lock:
        events = [event_record(one.event, *one.scope) for one in newest_events(trial.lab.cloud.store, NEWEST)]
    return [
        event["requestParameters"]
        for event in events
        if event["eventName"] == "PutSecretValue" and "errorCode" not in event
    ]


_instead = partial(instead, CELL)

CHECKED = """    try:
        read(arn, "AWSPENDING", token)
    except secrets.exceptions.ResourceNotFoundException:
"""

WRONG = (
    (_instead(CHECKED, "    if True:\n"), ""),
    (_instead('"ALTER" if found else "CREATE"', '"CREATE"'), ""),
    (_instead('            VersionStages=["AWSPENDING"],\n', ""), "M29"),
    (_instead('name[:-6] if name.endswith("_clone") else name + "_clone"', "name"), ""),
    (_instead('name[:-6] if name.endswith("_clone") else name + "_clone"', 'name + "_clone"'), ""),
    (_instead('native.identifier(secret["username"])', 'secret["username"]'), ""),
    (_instead('read(secret["masterarn"], "AWSCURRENT")', 'read(arn, "AWSCURRENT")'), ""),
    (_instead("    user, password =", "    user, password :="), ""),
    ("ALTERNATING = len", ""),
)

EXERCISE = Exercise(
    "11-rotate",
    title="Two users take turns",
    points=6,
    prompt=PROMPT,
    cell=CELL,
    public=public,
    hidden=hidden,
    misconceptions=("M29",),
    wrong=WRONG,
)
