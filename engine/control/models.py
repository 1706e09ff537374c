"""What an operator may send and gets back; the OpenAPI document is made from these."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

ProductId = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]


class Body(BaseModel):
    """The body of a command; unknown keys are mistakes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Nothing(Body):
    """A command without arguments."""


class Say(Body):
    """Words for the host; checked like any line before they get a voice."""

    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=400)]
    now: bool = Field(False, description="go before answers that wait, at the next phrase")


class Pin(Body):
    """Keep a product on the card; an empty product unpins."""

    product: Annotated[str, StringConstraints(strip_whitespace=True, max_length=80)] = ""


class Price(Body):
    """A product's new price, as a number in the room's currency."""

    product: ProductId
    value: Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^\d{1,9}(\.\d{1,2})?$")]


class Stock(Body):
    """How many of a product are left."""

    product: ProductId
    value: Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^\d{1,9}$")]


class MuteChat(Body):
    """Whether chat is heard: ``on`` mutes, ``off`` listens again."""

    value: Literal["on", "off"] = "on"


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
    refs = "#/components/schemas/"
    schemas: dict[str, Any] = {}
    for model in {*(body for body, _ in COMMANDS.values()), Failure}:
        schema = model.model_json_schema(ref_template=refs + "{model}")
        schemas |= schema.pop("$defs", {})
        schemas[model.__name__] = schema
    room = {"name": "room", "in": "path", "required": True, "schema": {"type": "string"}}
    failure = {"description": "why not", "content": {"application/json": {"schema": {"$ref": refs + "Failure"}}}}
    answer = {"description": "done", "content": {"application/json": {"schema": {"type": "object"}}}}

    def reading(summary: str, *, with_room: bool = False, kind: str = "application/json") -> dict[str, Any]:
        content = {kind: {"schema": {"type": "object" if kind.endswith("json") else "string"}}}
        operation: dict[str, Any] = {"summary": summary,
                                     "responses": {"200": {"description": summary, "content": content},
                                                   "default": failure}}
        if with_room:
            operation["parameters"] = [room]
        return {"get": operation}

    paths: dict[str, Any] = {
        "/v1/rooms": reading("all rooms, in short"),
        "/v1/rooms/{room}": reading("one room, in full", with_room=True),
        "/v1/events": reading("events of all rooms as server-sent events", kind="text/event-stream"),
        "/healthz": reading("the process is alive"),
        "/readyz": reading("every room is on air"),
        "/metrics": reading("figures for Prometheus", kind="text/plain"),
    }
    for command, (body, summary) in COMMANDS.items():
        paths[f"/v1/rooms/{{room}}/{command}"] = {"post": {
            "summary": summary, "parameters": [room],
            "requestBody": {"required": body is not Nothing,
                            "content": {"application/json": {"schema": {"$ref": refs + body.__name__}}}},
            "responses": {"200": answer, "default": failure},
        }}
    return {"openapi": "3.1.0", "info": {"title": "Nightmarket control", "version": version},
            "paths": paths, "components": {"schemas": schemas}}
