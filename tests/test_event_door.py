"""The event door: who may knock, what is kept, and what everybody else is told."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.event_door import MOST_BYTES, Said, Senders, knock
from bot.event_signatures import github_signed, signature

NOW = 1_796_137_200.0  # 2026-12-01T15:00:00Z
SENDERS = Senders(events="for events", github="for github", servicenow="for servicenow")
ACCEPTED = ("accepted",)
TYPE = "dev.cdevents.approval.closed.0.1.0"


def cdevent(**subject: Any) -> dict[str, Any]:
    content = {"decision": "approved", "status": "closed"}
    context = {"version": "0.6.0-draft", "id": "e1", "source": "/change", "type": TYPE}
    return {"context": context, "subject": {"id": "CHG0031042", "content": content, **subject}}


def structured(**changes: Any) -> tuple[dict[str, str], bytes]:
    document = {"specversion": "1.0", "id": "e1", "source": "/change", "type": TYPE, "data": cdevent(), **changes}
    return {"content-type": "application/cloudevents+json; charset=utf-8"}, json.dumps(document).encode()


def binary(**changes: str) -> tuple[dict[str, str], bytes]:
    headers = {"ce-specversion": "1.0", "ce-id": "e1", "ce-source": "/change", "ce-type": TYPE, **changes}
    return {"content-type": "application/json", **headers}, json.dumps(cdevent()).encode()


def signed(headers: dict[str, str], body: bytes, stamp: int = int(NOW), secret: str = "for events") -> Said:
    own = {
        "webhook-id": "m1",
        "webhook-timestamp": str(stamp),
        "webhook-signature": signature(secret, "m1", stamp, body),
    }
    return knock({**headers, **own}, body, SENDERS, ACCEPTED, NOW)


def github(body: dict[str, Any], kind: str = "issues", secret: str = "for github") -> Said:
    text = json.dumps(body).encode()
    sign = "sha256=" + hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()
    return knock({"x-github-event": kind, "x-hub-signature-256": sign}, text, SENDERS, ACCEPTED, NOW)


def labeled(**changes: Any) -> dict[str, Any]:
    issue = {"number": 40, "updated_at": "2026-12-01T14:59:00Z"}
    return {"action": "labeled", "label": {"name": "accepted"}, "issue": issue, "repository": {"full_name": "example/identity"}, **changes}  # fmt: skip


def servicenow(body: dict[str, Any], stamp: int = int(NOW), secret: str = "for servicenow") -> Said:
    text = json.dumps(body).encode()
    sign = "sha256=" + hmac.new(secret.encode(), f"{stamp}.".encode() + text, hashlib.sha256).hexdigest()
    return knock({"x-signature": sign, "x-timestamp": str(stamp)}, text, SENDERS, ACCEPTED, NOW)


CHANGE = {"number": "CHG0031042", "sys_id": "a" * 32, "sys_mod_count": 12, "decision": "approved"}


class TestWhatIsKept:
    def test_a_structured_and_a_binary_event_of_the_same_name_are_the_same(self) -> None:
        said = signed(*structured())

        assert (said.status, said.event) == (202, signed(*binary()).event)
        assert said.event is not None
        assert said.event.model_dump() == {"source": "/change", "id": "e1", "type": TYPE, "record": "CHG0031042"}

    def test_a_label_and_an_approving_review_on_github(self) -> None:
        review = {"review": {"state": "approved"}, "pull_request": labeled()["issue"], "repository": labeled()["repository"]}  # fmt: skip
        for said in (github(labeled()), github(review, "pull_request_review")):
            assert said.status == 202 and said.event is not None
            assert (said.event.source, said.event.record) == ("github:example/identity", "example/identity#40")

    def test_the_same_github_body_is_the_same_event_whatever_its_delivery_is_called(self) -> None:
        assert github(labeled()).event == github(labeled()).event

    def test_an_approval_from_servicenow_is_named_by_its_record_and_version(self) -> None:
        said = servicenow(CHANGE)

        assert said.event is not None
        assert (said.event.record, said.event.id) == ("CHG0031042", f"{'a' * 32}:12")

    def test_secrets_written_as_standard_webhooks_writes_them(self) -> None:
        secret = "whsec_" + base64.b64encode(b"twenty-four bytes, or so").decode()
        body = structured()[1]
        expected = base64.b64encode(hmac.new(b"twenty-four bytes, or so", f"m1.{int(NOW)}.".encode() + body, hashlib.sha256).digest())  # fmt: skip

        assert signature(secret, "m1", int(NOW), body) == f"v1,{expected.decode()}"

    def test_github_s_own_example_of_a_signature(self) -> None:
        sign = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"

        assert github_signed("It's a Secret to Everybody", {"x-hub-signature-256": sign}, b"Hello, World!") is None


class TestWhatIsNotKept:
    @pytest.mark.parametrize(
        ("said", "status", "words"),
        [
            (signed(*structured(), stamp=int(NOW) - 301), 401, "more than five minutes ago"),
            (signed(*structured(), stamp=int(NOW) + 301), 401, "more than five minutes ago"),
            (signed(*structured(), secret="another"), 401, "signature is not ours"),
            (knock(*structured(), SENDERS, ACCEPTED, NOW), 401, "no timestamp"),
            (knock(*structured(), Senders(), ACCEPTED, NOW), 401, "READINESS_EVENTS_SECRET is not set"),
            (knock({}, b"x" * (MOST_BYTES + 1), SENDERS, ACCEPTED, NOW), 413, "larger than 256 KiB"),
            (signed({"content-type": "application/json"}, b"{}"), 415, "CloudEvents 1.0"),
            (signed(structured()[0], b"[]"), 400, "no JSON object"),
            (signed(structured()[0], b"\xff"), 400, "no JSON object"),
            (signed(*structured(specversion="0.3")), 422, "specversion 1.0"),
            (signed(*structured(id="")), 422, "its source, its id"),
            (signed(*structured(id="a\x00b")), 422, "plain words"),
            (signed(*structured(id="\ud800")), 422, "plain words"),
            (signed(*structured(source="/" * 501)), 422, "500 characters"),
            (signed(*structured(data=cdevent(id=""))), 422, "which record"),
            (signed(*structured(type="dev.cdevents.approval.created.0.1.0")), 200, "only events of type"),
            (signed(*structured(data=cdevent(content={"decision": "rejected"}))), 200, "not “approved”"),
            (signed(*structured(data="text")), 200, "not “approved”"),
            (signed(*binary(**{"ce-id": "another"})), 422, "differ"),
            (github(labeled(), secret="another"), 401, "signature is not ours"),
            (github(labeled(label={"name": "bug"})), 200, "only an accepted-label"),
            (github(labeled(action="unlabeled")), 200, "only an accepted-label"),
            (github(labeled(), kind="push"), 200, "only an accepted-label"),
            (github(labeled(issue={"number": 40, "updated_at": "2026-11-20T00:00:00Z"})), 401, "three days old"),
            (github(labeled(issue={"number": 40})), 401, "three days old"),
            (github(labeled(repository={})), 422, "which record"),
            (servicenow(CHANGE, stamp=int(NOW) - 301), 401, "more than five minutes ago"),
            (servicenow(CHANGE, secret="another"), 401, "signature is not ours"),
            (servicenow({**CHANGE, "decision": "rejected"}), 200, "not “approved”"),
            (servicenow({**CHANGE, "number": ""}), 422, "which record"),
        ],
        ids=lambda v: str(v)[:60],
    )  # fmt: skip
    def test_it_is_said_why_in_a_sentence(self, said: Said, status: int, words: str) -> None:
        assert (said.status, said.event) == (status, None)
        assert words in said.words

    def test_a_body_that_was_changed_on_the_way_is_not_ours(self) -> None:
        headers, body = structured()
        own = {"webhook-id": "m1", "webhook-timestamp": str(int(NOW)), "webhook-signature": signature("for events", "m1", int(NOW), body)}  # fmt: skip

        assert (
            knock({**headers, **own}, body.replace(b"CHG0031042", b"CHG0000001"), SENDERS, ACCEPTED, NOW).status == 401
        )
        assert knock({**headers, **own, "webhook-id": "m2"}, body, SENDERS, ACCEPTED, NOW).status == 401

    @given(st.binary(max_size=200), st.dictionaries(st.sampled_from(["webhook-id", "webhook-timestamp", "webhook-signature", "x-signature", "x-timestamp", "x-hub-signature-256", "x-github-event", "ce-specversion", "content-type"]), st.text(max_size=20)))  # fmt: skip
    def test_no_stranger_gets_anything_kept(self, body: bytes, headers: dict[str, str]) -> None:
        said = knock(headers, body, SENDERS, ACCEPTED, NOW)

        assert said.event is None and said.status in (400, 401, 413)

    @given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=5), lambda v: st.lists(v, max_size=3) | st.dictionaries(st.sampled_from(["data", "subject", "content", "context", "id", "source", "type", "decision", "specversion"]), v), max_leaves=12))  # fmt: skip
    def test_whatever_shape_a_signed_message_has_it_gets_an_answer(self, document: Any) -> None:
        body = json.dumps(document).encode()

        assert signed({"content-type": "application/cloudevents+json"}, body).words
        assert signed(binary()[0], body).words
        assert (github(document).words and servicenow(document).words) if isinstance(document, dict) else True
