"""What an operator may send and gets back; the OpenAPI document is made from these."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

# Digits are [0-9]: \d would take those of every script.
ProductId = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=80),
    Field(description="a product's id, as the catalog has it"),
]


class Body(BaseModel):
    """The body of a command; unknown keys are mistakes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Nothing(Body):
    """A command without arguments."""


class Say(Body):
    """Words for the host; checked like any line before they get a voice."""

    text: Annotated[
        str,
        StringConstraints(strip_whitespace=True, min_length=1, max_length=400),
        Field(description="what to say, at most 400 characters"),
    ]
    now: bool = Field(False, description="true to go before answers that wait, at the next phrase")


class Pin(Body):
    """Keep a product on the card; an empty product unpins."""

    product: Annotated[
        str,
        StringConstraints(strip_whitespace=True, max_length=80),
        Field(description="a product's id, or nothing to unpin"),
    ] = ""


class Price(Body):
    """A product's new price in the room's currency. Text, because JSON's numbers are binary fractions."""

    product: ProductId
    value: Annotated[
        str,
        StringConstraints(strip_whitespace=True, pattern=r"^[0-9]{1,9}(\.[0-9]{1,2})?$"),
        Field(description='the price as text, such as "19.90"'),
    ]


class Stock(Body):
    """How many of a product are left."""

    product: ProductId
    value: Annotated[
        str,
        StringConstraints(strip_whitespace=True, pattern=r"^[0-9]{1,9}$"),
        Field(description='how many are left as text, such as "5"'),
    ]


class MuteChat(Body):
    """Whether chat is heard: ``on`` mutes, ``off`` listens again."""

    value: Literal["on", "off"] = Field("on", description="on or off")


class Failure(BaseModel):
    """What went wrong, in one sentence, and what to do about it."""

    error: str
    fix: str | None = None
    retryable: bool = False


COMMANDS: dict[str, tuple[type[Body], str]] = {
    "pause": (Nothing, "finish the sentence, then stand by"),
    "resume": (Nothing, "go on after pause or panic"),
    "skip": (Nothing, "end the running segment now"),
    "say": (Say, "say this, once it is checked"),
    "pin": (Pin, "keep a product on the card"),
    "price": (Price, "change a price; what was prepared with the old one is thrown away"),
    "stock": (Stock, "change a stock; sold-out products are replaced"),
    "mute-chat": (MuteChat, "stop hearing chat"),
    "reload": (Nothing, "read config and catalog again"),
    "panic": (Nothing, "safe slate and silence at once; the stream stays up"),
    "stop": (Nothing, "take the room off air"),
}
"""Command to (body, what it does)."""


def openapi(version: str) -> dict[str, Any]:
    """The OpenAPI 3.1 document of the control socket."""
    schemas: dict[str, Any] = {}
    models: list[type[BaseModel]] = [Failure, *dict.fromkeys(body for body, _ in COMMANDS.values())]
    for model in models:
        schema = model.model_json_schema(ref_template=_REFS + "{model}")
        schemas |= schema.pop("$defs", {})
        schemas[model.__name__] = schema
    # On the Unix socket the file's mode is the guard; on TCP a bearer token is.
    security = {"token": {"type": "http", "scheme": "bearer", "description": "on TCP only"}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Nightmarket control", "version": version},
        "security": [{}, {"token": []}],
        "paths": _readings() | {f"/v1/rooms/{{room}}/{command}": _command(command) for command in COMMANDS},
        "components": {"schemas": schemas, "securitySchemes": security},
    }


_REFS = "#/components/schemas/"
_WHY = {"application/json": {"schema": {"$ref": _REFS + "Failure"}}}
_FAILURE = {"description": "why not", "content": _WHY}
_ROOM = {"name": "room", "in": "path", "required": True, "schema": {"type": "string"}}
_ONE_ROOM = {"name": "room", "in": "query", "required": False, "schema": {"type": "string"},
             "description": "this room's events only"}


def _readings() -> dict[str, Any]:
    return {
        "/v1/rooms": _reading("rooms", "all rooms, in short"),
        "/v1/rooms/{room}": _reading("room", "one room, in full", parameters=[_ROOM]),
        "/v1/events": _reading("events", "events as server-sent events", "text/event-stream", [_ONE_ROOM]),
        "/v1/openapi.json": _reading("openapi", "this document"),
        "/healthz": _reading("healthz", "the process is alive"),
        "/readyz": _reading("readyz", "every room is on air; else the status is 503"),
        "/metrics": _reading("metrics", "figures for Prometheus", "text/plain"),
    }


def _reading(
    name: str, summary: str, kind: str = "application/json", parameters: list[dict[str, Any]] | None = None
) -> dict[str, Any]:
    content = {kind: {"schema": {"type": "object" if kind.endswith("json") else "string"}}}
    responses = {"200": {"description": summary, "content": content}, "default": _FAILURE}
    operation = {"operationId": name, "summary": summary, "parameters": parameters or []}
    return {"get": {**operation, "responses": responses}}


def _command(command: str) -> dict[str, Any]:
    body, summary = COMMANDS[command]
    needed = any(field.is_required() for field in body.model_fields.values())
    content = {"application/json": {"schema": {"$ref": _REFS + body.__name__}}}
    done = {"description": "done", "content": {"application/json": {"schema": {"type": "object"}}}}
    return {"post": {
        "operationId": command, "summary": summary, "parameters": [_ROOM],
        "requestBody": {"required": needed, "content": content},
        "responses": {"200": done, "default": _FAILURE},
    }}
