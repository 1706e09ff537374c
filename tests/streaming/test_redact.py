"""Stream keys never reach a reader."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streaming.redact import HIDDEN, hide, redact

KEY = "stream-77?expire=1793000000&sign=9f86d081884c7d65"


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (f"rtmp://push.example/live/{KEY}: Broken pipe", f"rtmp://push.example/live/{HIDDEN} Broken pipe"),
        ("rtmps://u:p@a.example:443/app/a/b/c", f"rtmps://{HIDDEN}@a.example:443/app/{HIDDEN}"),
        ("rtmp://a.example/app", "rtmp://a.example/app"),
        ("https://u:pw@a.example/x?token=abc", f"https://{HIDDEN}@a.example/x?{HIDDEN}"),
        ("turn:a.example:3478?transport=udp", f"turn:a.example:3478?{HIDDEN}"),
        ("stream_key: sesame, next", f"stream_key: {HIDDEN}, next"),
        ('{"key": "sesame"}', f'{{"key": "{HIDDEN}"}}'),
        ("Authorization: Bearer abc.def", f"Authorization: Bearer {HIDDEN}"),
        ("key frame every 2 s, monkey=5", "key frame every 2 s, monkey=5"),
    ],
)
def test_examples(said: str, shown: str) -> None:
    assert redact(said) == shown


@given(st.from_regex(r"[A-Za-z0-9_\-]{12,40}(\?sign=[a-f0-9]{16})?", fullmatch=True), st.text(max_size=30))
def test_a_known_secret_is_gone_wherever_it_stands(secret: str, around: str) -> None:
    hide(secret)
    for written in (secret, quote(secret), quote(secret, safe=""), f"rtmp://h/{secret}", f"'{secret}'"):
        assert secret not in redact(f"{around} {written} {around}")
        assert secret.split("?")[0] not in redact(f"{around} {written}")


def test_half_of_a_secret_is_a_secret() -> None:
    hide("streamname-77?sign=0123456789abcdef")
    assert redact("publish of streamname-77 refused") == f"publish of {HIDDEN} refused"


def test_a_word_is_not_a_secret() -> None:
    hide("a")
    assert redact("a banana") == "a banana"
