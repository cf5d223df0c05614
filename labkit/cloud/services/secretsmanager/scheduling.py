"""When a secret rotates next, and what becomes of that when somebody changes its value by hand.

A value that is put in by hand counts as a rotation: the next one is reckoned from it. If a rotation is under
way, it is abandoned, and its version loses AWSPENDING.
Source: Secrets Manager User Guide, "Rotation by Lambda function"; "AWS CloudTrail entries for Secrets
Manager" (RotationAbandoned).
"""

from datetime import timedelta

from labkit.cloud.services.secretsmanager.model import CURRENT, PENDING, RotationState, Secret, SecretVersion
from labkit.cloud.services.secretsmanager.replicas import Replicas
from labkit.cloud.services.secretsmanager.windows import in_hours, next_window
from labkit.records import replace

WINDOW, START, RETRY = "rotate", "begin to rotate", "try again to rotate"
A_SECOND = timedelta(seconds=1)


class Scheduling(Replicas):
    """Plans of rotations."""

    def as_it_is(self, secret: Secret) -> Secret:
        """A secret as it is kept now, which may be another than the one that was read before."""
        now = self.tables_of(secret).secrets.get(secret.Name)
        assert now is not None
        return now

    def unfinished(self, secret: Secret) -> SecretVersion | None:
        """The version that a rotation is making, or has left behind: AWSPENDING without AWSCURRENT."""
        pending = self.labelled(secret, PENDING)
        return None if pending is None or CURRENT in pending.Stages else pending

    def schedule(self, secret: Secret, rotation: RotationState, *, rotated: bool = False) -> None:
        """Keep how a secret rotates, and plan the next window; `rotated` if it has a new value just now."""
        if rotated and not in_hours(rotation.Rules):
            rotation = replace(rotation, CountedFrom=self.now)
        window = next_window(rotation.Rules, rotation.CountedFrom, self.now) if rotation.Enabled else None
        if window is None:
            self.cancel_for(secret, WINDOW)
            rotation = replace(rotation, NextDate=None)
        else:
            self.plan_for(secret, WINDOW, window.Opens, "_window_opens")
            rotation = replace(rotation, NextDate=window.Closes - A_SECOND)
            if rotated:
                days = (window.Opens.date() - self.now.date()).days
                rotation = replace(rotation, EveryDays=max(1, days))
        self.put(replace(secret, Rotation=rotation))

    def stop(self, secret: Secret) -> None:
        """Drop everything that is planned for the rotation of a secret."""
        for plan in (WINDOW, START, RETRY):
            self.cancel_for(secret, plan)

    def complete(self, secret: Secret) -> None:
        """A rotation has come to its end: its version is current. Plan the next, and tell."""
        rotation = secret.Rotation
        assert rotation is not None
        done = replace(rotation, LastDate=self.now, Pending="", Token="", Attempts=0)
        self.cancel_for(secret, START)
        self.cancel_for(secret, RETRY)
        self.schedule(secret, done, rotated=True)
        self.tell("rotation_succeeded", secret, rotation.Pending)

    def note_new_value(self, secret: Secret, version_id: str) -> None:
        """A value has become current that somebody has put in by hand, unless a rotation has made it."""
        secret = self.as_it_is(secret)
        if secret.Rotation is None or not secret.Rotation.Enabled or secret.Rotation.Pending == version_id:
            return
        rotation = secret.Rotation
        if rotation.Pending:
            self._abandon(secret, rotation.Pending)
            rotation = replace(rotation, Pending="", Token="", Attempts=0)
        self.schedule(secret, rotation, rotated=True)

    def _abandon(self, secret: Secret, version_id: str) -> None:
        pending = self.version(secret, version_id)
        if pending is not None and PENDING in pending.Stages:
            kept = tuple(stage for stage in pending.Stages if stage != PENDING)
            self.tables_of(secret).versions.put(replace(pending, Stages=kept))
        self.cancel_for(secret, START)
        self.cancel_for(secret, RETRY)
        self.tell("rotation_abandoned", secret, version_id)
