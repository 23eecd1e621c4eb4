from __future__ import annotations

import base64

import pytest

from alerts import signing
from alerts.errors import UserError
from alerts.idents import plain

# The example that the libraries of Standard Webhooks test themselves with.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ID, AT_S, BODY = "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
KEY = signing.key_of(SECRET, "secret")
OTHER = bytes(range(32))


def test_a_signature_is_the_one_the_specification_shows() -> None:
    assert signing.sign(KEY, ID, AT_S, BODY) == SIGNATURE


def test_what_is_signed_is_known_again_also_while_the_secret_is_changed() -> None:
    given = signing.headers(KEY, ID, AT_S, BODY)
    assert signing.verified([OTHER, KEY], given, BODY, AT_S + 299) == (ID, AT_S)
    both = f"{signing.sign(OTHER, ID, AT_S, BODY)} {SIGNATURE}"
    two = given | {signing.SIGNATURE: both}
    assert signing.verified([KEY], two, BODY, AT_S - 299) == (ID, AT_S)


@pytest.mark.parametrize(
    ("changed", "now_s", "words"),
    [
        ({}, AT_S + 301, "too old"),
        ({}, AT_S - 301, "clocks"),
        ({signing.ID: "another"}, AT_S, "another secret"),
        ({signing.TIMESTAMP: str(AT_S + 1)}, AT_S, "another secret"),
        ({signing.SIGNATURE: "v1,AAAA"}, AT_S, "another secret"),
        ({signing.SIGNATURE: SIGNATURE.replace("v1", "v2")}, AT_S, "another secret"),
        ({signing.SIGNATURE: "é " * 9}, AT_S, "another secret"),
        ({signing.SIGNATURE: ""}, AT_S, "needs the headers"),
        ({signing.ID: ""}, AT_S, "needs the headers"),
        ({signing.ID: "x" * 129}, AT_S, "makes no sense"),
        ({signing.TIMESTAMP: "-1"}, AT_S, "makes no sense"),
        ({signing.TIMESTAMP: "9" * 400}, AT_S, "makes no sense"),
        ({signing.TIMESTAMP: "١٢٣"}, AT_S, "makes no sense"),
    ],
)
def test_anything_else_is_not_signed(changed: dict[str, str], now_s: float, words: str) -> None:
    given = signing.headers(KEY, ID, AT_S, BODY) | changed
    with pytest.raises(signing.NotSigned, match=words):
        signing.verified([KEY], given, BODY, now_s)


def test_a_changed_body_and_no_keys_at_all_are_not_signed() -> None:
    given = signing.headers(KEY, ID, AT_S, BODY)
    for keys, body in (([KEY], BODY + b" "), ([], BODY)):
        with pytest.raises(signing.NotSigned):
            signing.verified(keys, given, body, AT_S)


@pytest.mark.parametrize("size", [24, 64])
def test_secrets_of_any_allowed_length(size: int) -> None:
    key = bytes(range(size))
    assert signing.key_of(f" whsec_{base64.b64encode(key).decode()}\n", "file") == key


@pytest.mark.parametrize(
    "secret",
    ["", "hunter2hunter2", "whsec_", "whsec_%%%", f"whsec_{base64.b64encode(bytes(65)).decode()}"],
)
def test_a_secret_that_is_none_is_told_without_repeating_it(secret: str) -> None:
    with pytest.raises(UserError, match=r"--secret-file: .*openssl rand") as told:
        signing.key_of(secret, "--secret-file")
    assert "hunter2" not in str(told.value)
    assert "%%%" not in str(told.value)


def test_ids_become_plain_words_and_stay_apart() -> None:
    assert plain("20261120T174512345Z-1f2e3d4c5b-s1-2") == "20261120T174512345Z-1f2e3d4c5b-s1-2"
    odd = ["camera-Halle 3", "camera-Halle.3", "é", "", "x" * 129, "a\r\nBcc: b", "\ud800"]
    made = [plain(one) for one in odd]
    assert len(set(made)) == len(odd)
    assert made == [plain(one) for one in odd]
    assert all(one.isascii() and one.replace("-", "").isalnum() for one in made)
