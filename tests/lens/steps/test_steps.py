import json
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from labkit import Lab
from labkit.lens.steps import Step

WIRE, CALLER, PARAMETERS, DECISIONS, HSM, STATE, AUDIT, ANSWER = range(8)


def last(lab: Lab, place: int) -> Step:
    step: Step = lab.trace[-1].steps[place]
    return step


def values(step: Step) -> dict[str, str]:
    return {row.label: row.value for row in step.rows}


class TestWire:
    def test_the_body_is_shown_as_it_was_sent_and_called_base64_not_encryption(
        self, lab: Lab, kms: Any, key_id: str
    ) -> None:
        kms.encrypt(KeyId=key_id, Plaintext=b"salaries")
        shown = values(last(lab, WIRE))
        assert shown["request line"] == "POST https://kms.eu-west-1.amazonaws.com/"
        assert json.loads(shown["body"]) == {"KeyId": key_id, "Plaintext": "c2FsYXJpZXM="}
        assert shown["Plaintext"].startswith("base64 of 8 bytes. Base64 is not encryption")

    def test_the_signature_is_shortened(self, lab: Lab, kms: Any) -> None:
        kms.list_keys()
        whole = lab.trace[-1].call.request.headers["authorization"].rpartition("Signature=")[2]
        assert len(whole) == 64
        assert f"Signature={whole[:8]}..." in values(last(lab, WIRE))["authorization"]
        assert whole not in str(lab.trace) + lab.trace._repr_html_()

    def test_a_session_token_is_shortened(self, lab: Lab) -> None:
        token = "FwoGZXIvYXdzEXAMPLETOKEN"
        boto3.client(
            "kms",
            "eu-west-1",
            aws_access_key_id="ASIAEXAMPLE",
            aws_secret_access_key="x",
            aws_session_token=token,
        ).list_keys()
        assert token not in str(lab.trace) + lab.trace._repr_html_()

    def test_a_presigned_query_is_shortened_too(self, lab: Lab) -> None:
        from labkit.cloud.protocols.messages import HttpRequest

        query = f"X-Amz-Security-Token=SECRETTOKEN&X-Amz-Signature={'ab' * 32}&Action=GetCallerIdentity"
        lab.gateway.handle(HttpRequest("GET", "https", "sts.amazonaws.com", "/", query))
        line = values(last(lab, WIRE))["request line"]
        assert line.endswith("?X-Amz-Security-Token=...&X-Amz-Signature=abababab...&Action=GetCallerIdentity")

    def test_a_form_is_shown_a_line_each(self, lab: Lab) -> None:
        boto3.client("sts", region_name="eu-west-1").get_caller_identity()
        assert values(last(lab, WIRE))["body"] == "Action=GetCallerIdentity\nVersion=2011-06-15"

    def test_a_very_long_body_is_cut(self, lab: Lab, kms: Any) -> None:
        with pytest.raises(ClientError):
            kms.describe_key(KeyId="x" * 30_000)
        assert values(last(lab, WIRE))["body"].endswith(" more characters")

    def test_the_answer_holds_the_data_key_as_the_wire_does(self, lab: Lab, kms: Any, key_id: str) -> None:
        import base64

        data_key = kms.generate_data_key(KeyId=key_id, KeySpec="AES_256")["Plaintext"]
        shown = values(last(lab, ANSWER))
        assert json.loads(shown["body"])["Plaintext"] == base64.b64encode(data_key).decode()
        assert shown["Plaintext"] == "base64 of 32 bytes"

    def test_an_error_is_an_answer(self, lab: Lab, kms: Any) -> None:
        with pytest.raises(ClientError):
            kms.describe_key(KeyId="nobody")
        shown = values(last(lab, ANSWER))
        assert shown["status"] == "400 Bad Request"
        assert json.loads(shown["body"])["__type"] == "NotFoundException"


class TestCaller:
    def test_the_credential_gives_principal_region_and_service(self, lab: Lab) -> None:
        boto3.client(
            "kms", "eu-west-1", aws_access_key_id="111122223333", aws_secret_access_key="x"
        ).list_keys()
        shown = values(last(lab, CALLER))
        assert shown["access key"] == "111122223333"
        assert shown["principal"] == "arn:aws:iam::111122223333:user/Administrator"
        assert shown["account"] == "111122223333"
        assert shown["region"] == "eu-west-1"
        assert shown["service"] == "kms"
        assert shown["credential scope"].endswith("/eu-west-1/kms/aws4_request")


class TestParameters:
    def test_blobs_are_lengths_and_a_few_bytes(self, lab: Lab, kms: Any, key_id: str) -> None:
        kms.encrypt(KeyId=key_id, Plaintext=bytes(range(100)), EncryptionContext={"dept": "payroll"})
        shown = values(last(lab, PARAMETERS))
        assert shown["operation"] == "kms:Encrypt"
        assert shown["Plaintext"] == "100 bytes: 00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f ..."
        assert shown["EncryptionContext"] == '{"dept": "payroll"}'

    def test_a_policy_is_laid_out(self, lab: Lab, kms: Any, key_id: str) -> None:
        policy = json.loads(kms.get_key_policy(KeyId=key_id)["Policy"])
        kms.put_key_policy(KeyId=key_id, Policy=json.dumps(policy))
        assert values(last(lab, PARAMETERS))["Policy"] == json.dumps(policy, indent=2)


class TestDecisions:
    def test_every_statement_says_whether_it_matched_and_why(self, lab: Lab, kms: Any, key_id: str) -> None:
        kms.encrypt(KeyId=key_id, Plaintext=b"x")
        step = last(lab, DECISIONS)
        assert step.gist == "allowed"
        assert step.rows[0].label.startswith("kms:Encrypt on arn:aws:kms:eu-west-1:")
        assert [row.mark for row in step.rows] == ["heading", "allow", "allow", "allow"]
        assert values(step)["key policy, Enable IAM User Permissions"].startswith("Allow matches: ")
        assert step.rows[-1].value.startswith("allowed: ")

    def test_a_deny_that_matches_and_one_that_does_not_are_told_apart(
        self, lab: Lab, kms: Any, key_id: str
    ) -> None:
        policy = json.loads(kms.get_key_policy(KeyId=key_id)["Policy"])
        policy["Statement"] += [
            {"Sid": sid, "Effect": "Deny", "Principal": "*", "Action": action, "Resource": "*"}
            for sid, action in (("NoEncrypt", "kms:Encrypt"), ("NoSign", "kms:Sign"))
        ]
        kms.put_key_policy(KeyId=key_id, Policy=json.dumps(policy))
        with pytest.raises(ClientError, match="explicit deny"):
            kms.encrypt(KeyId=key_id, Plaintext=b"x")
        step = last(lab, DECISIONS)
        marks = {row.label: row.mark for row in step.rows}
        assert step.gist == "denied"
        assert marks["key policy, NoEncrypt"] == "deny"
        assert marks["key policy, NoSign"] == "unmatched"
        assert marks["decision"] == "deny"
        assert values(step)["key policy, NoSign"] == (
            "Deny does not match: Action does not cover kms:Encrypt: it lists kms:Sign"
        )

    def test_a_call_refused_before_anybody_asked_says_so(self, lab: Lab, kms: Any) -> None:
        with pytest.raises(ClientError):
            kms.describe_key(KeyId="nobody")
        assert last(lab, DECISIONS).gist == "never asked: the call was refused before"


class TestHsm:
    def test_what_was_noted_is_what_stands_in_the_blob(self, lab: Lab, kms: Any, key_id: str) -> None:
        from labkit.lens import dissect

        answer = kms.encrypt(KeyId=key_id, Plaintext=b"salaries", EncryptionContext={"dept": "payroll"})
        blob = dissect(answer["CiphertextBlob"])
        step = last(lab, HSM)
        shown = values(step)
        assert step.gist == "encrypt (AES-256-GCM)"
        assert shown["nonce of the key derivation"] == blob["nonce"].raw.hex(" ")
        assert shown["IV of AES-GCM"] == blob["iv"].raw.hex(" ")
        assert shown["authentication tag"] == blob["tag"].raw.hex(" ")
        assert shown["backing key"] == f"KeyMaterialId {blob['key reference'].raw.hex()[:12]}..."
        assert shown["AAD"].startswith(bytes(blob)[:54].hex(" "))
        assert shown["AAD, encryption context"] == '{"dept": "payroll"}'
        assert shown["plaintext"] == "8 bytes"

    def test_decrypting_counts_the_ciphertext(self, lab: Lab, kms: Any, key_id: str) -> None:
        kms.decrypt(CiphertextBlob=kms.encrypt(KeyId=key_id, Plaintext=b"salaries")["CiphertextBlob"])
        shown = values(last(lab, HSM))
        assert shown["ciphertext"] == "19 bytes (11 bytes of the lab's own and the plaintext)"
        assert shown["AAD, encryption context"] == "none was given"

    def test_a_data_key_is_two_operations(self, lab: Lab, kms: Any, key_id: str) -> None:
        kms.generate_data_key(KeyId=key_id, KeySpec="AES_256")
        step = last(lab, HSM)
        assert step.gist == "random (random bit generator), encrypt (AES-256-GCM)"
        assert values(step)["random bytes"] == "32 bytes"

    def test_a_signature_names_its_algorithm(self, lab: Lab, kms: Any) -> None:
        key = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
        kms.sign(KeyId=key, Message=b"m", SigningAlgorithm="ECDSA_SHA_256")
        step = last(lab, HSM)
        assert step.gist.endswith("sign (ECDSA_SHA_256)")
        assert values(step)["message type"] == "RAW"

    def test_no_key_no_hsm(self, lab: Lab, kms: Any) -> None:
        kms.list_keys()
        assert last(lab, HSM).gist == "nothing: no key was used"
        assert last(lab, HSM).rows == ()


class TestState:
    def test_a_new_key_is_two_records_and_its_bytes_are_a_length(
        self, lab: Lab, kms: Any, key_id: str
    ) -> None:
        step = last(lab, STATE)
        headings = [row.label for row in step.rows if row.mark == "heading"]
        assert any(heading == f"kms keys, {key_id}: added" for heading in headings)
        assert values(step)["Token"] == "(absent) -> wrapped, 40 bytes"
        assert values(step)["KeyState"] == "(absent) -> Enabled"

    def test_a_changed_field_has_a_before_and_an_after(self, lab: Lab, kms: Any, key_id: str) -> None:
        kms.disable_key(KeyId=key_id)
        step = last(lab, STATE)
        assert step.gist == "kms keys: changed"
        assert values(step) == {f"kms keys, {key_id}: changed": "", "KeyState": "Enabled -> Disabled"}

    def test_a_removed_record_is_shown_as_it_was(self, lab: Lab, kms: Any, key_id: str) -> None:
        kms.create_alias(AliasName="alias/x", TargetKeyId=key_id)
        kms.delete_alias(AliasName="alias/x")
        assert last(lab, STATE).gist == "kms aliases: removed"
        assert values(last(lab, STATE))["TargetKeyId"] == f"{key_id} -> (absent)"

    def test_documents_are_compared_line_by_line(self, lab: Lab, kms: Any, key_id: str) -> None:
        policy = json.loads(kms.get_key_policy(KeyId=key_id)["Policy"])
        policy["Id"] = "mine"
        kms.put_key_policy(KeyId=key_id, Policy=json.dumps(policy))
        lines = values(last(lab, STATE))["Policy"].splitlines()
        assert [line for line in lines if line[0] != " "] == [
            '-   "Id": "key-default-1",',
            '+   "Id": "mine",',
        ]

    def test_two_changes_of_a_record_are_one(self, lab: Lab, kms: Any, key_id: str) -> None:
        from labkit.cloud.services.kms.model import KmsTables
        from labkit.lens.steps.state import net_changes
        from labkit.records import replace

        with lab.cloud.store.transaction as changes:
            keys = lab.cloud.store.tables(KmsTables, "123456789012", "eu-west-1").keys
            key = keys.get(key_id)
            assert key is not None
            keys.put(replace(key, Description="a"))
            keys.put(replace(key, Description="b"))
            (net,) = net_changes(changes)
            keys.put(key)
            assert net_changes(changes) == []
        assert (net.before.Description, net.after.Description) == (key.Description, "b")

    def test_a_failed_call_changed_nothing(self, lab: Lab, kms: Any, key_id: str) -> None:
        with pytest.raises(ClientError):
            kms.create_alias(AliasName="alias/aws/mine", TargetKeyId=key_id)
        assert last(lab, STATE).gist == "nothing"


class TestAudit:
    def test_the_record_is_what_cloudtrail_hands_out(self, lab: Lab, kms: Any, key_id: str) -> None:
        traced = lab.trace[-1]
        trail = boto3.client("cloudtrail", region_name="eu-west-1")
        (event,) = trail.lookup_events(
            LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "CreateKey"}]
        )["Events"]
        assert json.loads(values(traced.steps[AUDIT])["record"]) == json.loads(event["CloudTrailEvent"])

    def test_it_holds_the_context_and_not_the_plaintext(self, lab: Lab, kms: Any, key_id: str) -> None:
        kms.encrypt(KeyId=key_id, Plaintext=b"salaries", EncryptionContext={"dept": "payroll"})
        record = values(last(lab, AUDIT))["record"]
        assert "payroll" in record
        assert "c2FsYXJpZXM=" not in record

    def test_an_event_gone_from_the_history_is_gone_here(self, lab: Lab) -> None:
        from labkit.lens.steps import audit

        assert audit.step(None).rows == ()
        assert audit.step(None).gist == "no record is kept in its history"


class TestCallsWithinCalls:
    def test_what_kms_was_asked_for_is_decided_and_done_in_the_same_steps(self, lab: Lab) -> None:
        ssm = boto3.client("ssm", region_name="eu-west-1")
        ssm.put_parameter(Name="/a", Value="sesame", Type="SecureString")
        ssm.get_parameter(Name="/a", WithDecryption=True)
        headings = [row.label for row in last(lab, DECISIONS).rows if row.mark == "heading"]
        assert [heading.partition(" ")[0] for heading in headings] == ["ssm:GetParameter", "kms:Decrypt"]
        done = values(last(lab, HSM))
        assert done["asked for by"] == "ssm.amazonaws.com: kms:Decrypt"
        assert json.loads(done["AAD, encryption context"]) == {
            "PARAMETER_ARN": "arn:aws:ssm:eu-west-1:123456789012:parameter/a"
        }
        assert last(lab, HSM).gist == "decrypt (AES-256-GCM)"
