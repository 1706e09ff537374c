"""What an operator may send, and the document that says so."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from engine.control.models import COMMANDS, Price, Say, Stock, openapi

DOCUMENT = openapi("1.2.3")
METHODS = {"get", "put", "post", "delete", "options", "head", "patch", "trace"}


def parts(node: Any) -> Iterator[dict[str, Any]]:
    """Every object of the document."""
    if isinstance(node, dict):
        yield node
        for value in node.values():
            yield from parts(value)
    elif isinstance(node, list):
        for value in node:
            yield from parts(value)


def at(pointer: str) -> Any:
    """What a reference points at."""
    node: Any = DOCUMENT
    assert pointer.startswith("#/")
    for step in pointer[2:].split("/"):
        node = node[step.replace("~1", "/").replace("~0", "~")]
    return node


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in DOCUMENT["paths"].items():
        for method, operation in item.items():
            yield path, method, operation


# --- the document ------------------------------------------------------------------------------


def test_the_document_is_openapi_3_1() -> None:
    assert DOCUMENT["openapi"] == "3.1.0"
    assert DOCUMENT["info"] == {"title": "Nightmarket control", "version": "1.2.3"}
    assert set(DOCUMENT) == {"openapi", "info", "security", "paths", "components"}


def test_the_document_is_json_and_the_same_every_time() -> None:
    assert json.dumps(DOCUMENT) == json.dumps(openapi("1.2.3"))


def test_every_reference_points_at_something() -> None:
    pointers = [part["$ref"] for part in parts(DOCUMENT) if "$ref" in part]
    assert pointers
    assert all(isinstance(at(pointer), dict) for pointer in pointers)


def test_every_schema_is_referred_to() -> None:
    used = {part["$ref"].rpartition("/")[2] for part in parts(DOCUMENT) if "$ref" in part}
    assert used == set(DOCUMENT["components"]["schemas"])


def test_every_command_is_listed_with_its_body() -> None:
    listed = {
        path.removeprefix("/v1/rooms/{room}/"): operation["requestBody"]["content"]
        for path, method, operation in operations()
        if method == "post"
    }
    assert listed == {
        name: {"application/json": {"schema": {"$ref": f"#/components/schemas/{body.__name__}"}}}
        for name, (body, _) in COMMANDS.items()
    }


@pytest.mark.parametrize(
    ("command", "required"), [("pause", False), ("pin", False), ("say", True), ("price", True)]
)
def test_a_body_is_required_where_a_field_is(command: str, required: bool) -> None:
    post = DOCUMENT["paths"][f"/v1/rooms/{{room}}/{command}"]["post"]
    assert post["requestBody"]["required"] is required


def test_every_operation_has_a_name_of_its_own_a_summary_and_what_a_failure_looks_like() -> None:
    names = [operation["operationId"] for _, _, operation in operations()]
    assert len(set(names)) == len(names)
    for _, method, operation in operations():
        assert method in METHODS
        assert operation["summary"]
        failure = operation["responses"]["default"]
        assert failure["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Failure"}
        assert all(response["description"] for response in operation["responses"].values())


def test_every_variable_of_a_path_is_a_required_parameter() -> None:
    for path, _, operation in operations():
        declared = {p["name"] for p in operation["parameters"] if p["in"] == "path" and p["required"]}
        assert declared == set(re.findall(r"\{(\w+)\}", path))


def test_every_security_scheme_asked_for_is_defined() -> None:
    asked = {name for choice in DOCUMENT["security"] for name in choice}
    assert asked == set(DOCUMENT["components"]["securitySchemes"])


def test_every_field_says_what_it_is() -> None:
    for name, (body, summary) in COMMANDS.items():
        assert summary, name
        for field, about in body.model_fields.items():
            assert about.description, (name, field)


# --- the bodies --------------------------------------------------------------------------------


@given(st.decimals(0, 999_999_999, places=2))
def test_any_price_with_cents_is_taken_as_written(value: Decimal) -> None:
    assert Price(product="flask", value=str(value)).value == str(value)


@given(st.integers(0, 999_999_999))
def test_any_count_is_taken_as_written(value: int) -> None:
    assert Stock(product="flask", value=str(value)).value == str(value)


@given(st.text())
def test_a_price_that_is_taken_is_a_number_in_ascii_digits(value: str) -> None:
    try:
        taken = Price(product="flask", value=value).value
    except ValidationError:
        return
    assert taken.isascii()
    assert Decimal(taken) >= 0


@pytest.mark.parametrize(
    "value", ["", "-1", "1.", ".5", "1.234", "1e3", "1,5", "¥5", "１２", "٣", "1\n2", "1234567890"]
)
def test_what_is_no_price_is_refused(value: str) -> None:
    with pytest.raises(ValidationError):
        Price(product="flask", value=value)


@given(st.text(max_size=500))
def test_words_to_say_are_trimmed_bounded_and_otherwise_untouched(text: str) -> None:
    try:
        taken = Say(text=text, now=False).text
    except ValidationError:
        assert not text.strip() or len(text.strip()) > 400
    else:
        assert taken in text
        assert taken == taken.strip(" \t\r\n\u3000")
        assert 1 <= len(taken) <= 400


@given(st.sampled_from(sorted(COMMANDS)), st.text(min_size=1))
def test_an_unknown_field_is_a_mistake_in_every_command(command: str, field: str) -> None:
    body = COMMANDS[command][0]
    if field in body.model_fields:
        return
    with pytest.raises(ValidationError) as refused:
        body.model_validate({field: "x"})
    assert "extra_forbidden" in [error["type"] for error in refused.value.errors()]
