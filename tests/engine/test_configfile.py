"""config.yaml: every mistake has a place and a way out, all of them at once."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import plugins
from engine.configfile import problems, read
from engine.errors import ConfigError
from engine.problem import Problem

GOOD = """\
version: 1
web: {{port: 0}}
rooms:
  home:
    title: Evening
    language: {language}
    shop: {{name: Shop}}
    catalog: catalog.yaml
    host: {host}
    theme: {theme}
    outputs:
      - 'null': {{}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "catalog.yaml").write_text("products: [{name: Mug, price: 3}]", encoding="utf-8")
    return tmp_path


def config(folder: Path, text: str | bytes) -> Path:
    path = folder / "config.yaml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def good(language: str = "en") -> str:
    """A config without a mistake."""
    hosts = [host for host in plugins.names("host") if language in plugins.languages_of(host)]
    return GOOD.format(language=language, host=hosts[0], theme=plugins.names("theme")[0])


def seen(found: list[Problem]) -> list[tuple[str, str]]:
    return [(f"{p.line}:{p.column}", p.message) for p in found]


def test_a_good_config_has_no_problem_and_absolute_paths(folder: Path) -> None:
    path = config(folder, good())
    assert problems(path) == []
    read_config = read(path)
    assert read_config.rooms["home"].catalog == folder / "catalog.yaml"
    assert read_config.state == folder / ".nightmarket"


def test_an_unknown_key_is_shown_with_its_line_and_what_was_meant(folder: Path) -> None:
    found = problems(config(folder, good().replace("title:", "titel:")))
    assert seen(found) == [("4:3", "'title' of 'home' is missing"), ("5:5", "unknown key 'titel'")]
    assert found[1].text == "    titel: Evening"
    assert found[1].meant == "title"
    assert found[1].fix == "did you mean 'title'?"
    assert "catalog" in found[1].allowed


def test_all_mistakes_are_told_at_once(folder: Path) -> None:
    text = good().replace("version: 1", "version: 2").replace("{port: 0}", "{port: 99999}")
    text = text.replace("catalog.yaml", "nowhere.yaml").replace("    outputs", "    picture: {fps: 26}\n    outputs")
    found = problems(config(folder, text))
    assert [message for _, message in seen(found)] == [
        "'2' is no value of 'version'",
        "'port' is 99999; it must be at most 65535",
        "the catalog is not there",
        "'26' is no value of 'fps'",
    ]
    assert found[3].allowed == ("20", "24", "25", "30")


def test_reading_stops_with_the_first_mistake_and_counts_the_others(folder: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        read(config(folder, good().replace("version: 1", "version: 2").replace("title:", "titel:")))
    assert caught.value.where == f"{folder / 'config.yaml'}:1:10"
    assert "2 more: nightmarket validate" in caught.value.message


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        (b"", "1:1", "the config is empty"),
        (b"# nothing\n", "1:1", "the config is empty"),
        (b"- a\n", "1:1", "a config is a mapping: 'rooms:' and what belongs to it"),
        (b"rooms:\n\thome: {}\n", "2:1", "a tab: YAML is indented with spaces"),
        (b"a: 1\na: 2\n", "2:1", "'a' is written twice (first in line 1)"),
        (b"rooms: \xff\n", "1:8", "not UTF-8: save the file as UTF-8"),
        (b"a: b: c\n", "1:5", "a colon where none can be: put quotes around text that holds ': ', "
                              "or check the indentation"),
        (b"a: &x\n  b: *x\n", "1:4", "refers to itself"),
        (b"a: !!python/object:os.system x\n", "1:4",
         "the tag tag:yaml.org,2002:python/object:os.system means nothing here"),
        (b"a: \x07\n", "1:4", "a control character does not belong in a text file"),
        (b"a: " + b"[" * 3000, "1:1", "nested deeper than 60 levels"),
    ],
)  # fmt: skip
def test_what_is_no_yaml_is_a_problem_with_a_place(folder: Path, text: bytes, place: str, message: str) -> None:
    assert (place, message) in seen(problems(config(folder, text)))


def test_a_yaml_bomb_is_refused(folder: Path) -> None:
    bomb = "a0: &a0 [1,1,1,1,1,1,1,1,1,1]\n"
    bomb += "".join(f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 12))
    assert [p.message for p in problems(config(folder, bomb))] == [
        "more than 200000 values (references repeat what they point at)"
    ]


def test_a_config_of_more_than_a_megabyte_is_not_read(folder: Path) -> None:
    assert [p.message for p in problems(config(folder, b"#" * 1_100_000))] == ["the config is larger than 1 MB"]


def test_a_missing_config_names_the_command_that_writes_one(folder: Path) -> None:
    assert problems(folder / "no.yaml")[0].message == "there is no such config; 'nightmarket init DIR' writes one"


def test_a_time_of_day_stays_text(folder: Path) -> None:
    path = config(folder, good().replace("title: Evening", "title: 12:30"))
    assert read(path).rooms["home"].title == "12:30"


def test_names_of_plug_ins_are_checked_against_their_folders(folder: Path) -> None:
    text = (
        good().replace("'null'", "rtpm") + "      - rtmp: {key_env: NIGHTMARKET_NO_SUCH_KEY}\n    chat: [{wbe: {}}]\n"
    )
    found = problems(config(folder, text))
    assert seen(found) == [
        ("12:9", "there is no publisher 'rtpm'"),
        ("13:25", "the environment variable NIGHTMARKET_NO_SUCH_KEY is not set"),
        ("14:13", "there is no chat 'wbe'"),
    ]
    assert (found[0].meant, found[2].meant) == ("rtmp", "web")


def test_a_host_must_speak_the_rooms_language(folder: Path) -> None:
    chinese = good("zh").replace("language: zh", "language: en")
    (found,) = problems(config(folder, chinese))
    assert "does not speak the room's language 'en'" in found.message
    assert found.allowed


def test_a_port_in_use_is_found_before_the_air_is(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        (found,) = problems(config(folder, good().replace("port: 0", f"port: {port}")))
    assert found.message == f"the page cannot listen on 127.0.0.1:{port}: address already in use"


def test_what_bites_on_air_is_found_at_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NIGHTMARKET_TOKEN", raising=False)
    (folder / "state").write_text("a file, not a folder")
    text = good().replace("version: 1", "version: 1\nstate: state\ncontrol: {tcp: '127.0.0.1:0'}")
    text = text.replace("{name: Shop}", "{name: Shop, mark: mark.svg}")
    text += "    show: {timezone: Asia/Shangai}\n    writer: {kind: llm}\n"
    found = problems(config(folder, text))
    assert [p.message for p in found] == [
        f"the state directory {folder / 'state'} cannot be written: not a directory",
        "control over TCP needs a token: the variable NIGHTMARKET_TOKEN is not set",
        "the shop's mark cannot be shown: mark.svg is not there",
        "there is no time zone 'Asia/Shangai'",
        "a writer of kind 'llm' needs 'base_url'",
        "a writer of kind 'llm' needs 'model'",
    ]
    assert found[3].meant == "Asia/Shanghai"


@pytest.mark.parametrize(
    ("size", "sentence"),
    [
        ("720*1280", "'size' is written like 720x1280, not '720*1280'"),
        ("721x1281", "'size' is '721x1281': width and height must be even"),
        ("4000x9000", "'size' is '4000x9000': width and height must be 240 to 1920"),
    ],
)
def test_a_size_that_cannot_be_encoded_is_refused(folder: Path, size: str, sentence: str) -> None:
    (found,) = problems(config(folder, good() + f"    picture: {{size: {size}}}\n"))
    assert found.message == sentence


def test_a_room_without_outputs_is_warned_of(folder: Path) -> None:
    (found,) = problems(config(folder, good().replace("outputs:\n      - 'null': {}", "outputs: []")))
    assert (found.severity, found.message) == ("warning", "no output: nobody will see this room")


def test_two_rooms_do_not_record_the_same_files(folder: Path) -> None:
    room = good().partition("rooms:\n")[2].replace("'null': {}", "recording: {folder: tapes, pattern: show}")
    found = problems(config(folder, "web: {port: 0}\nrooms:\n" + room + room.replace("home:", "tea:")))
    assert [p.message for p in found] == ["records the same files as 'home': give it another folder or pattern"]


def test_a_room_that_stays_off_the_air_only_warns(folder: Path) -> None:
    text = good().replace("    title:", "    enabled: false\n    title:").replace("catalog.yaml", "nowhere.yaml")
    path = config(folder, text)
    assert [p.severity for p in problems(path)] == ["warning"]
    assert [p.severity for p in problems(path, ["home"])] == ["error"]


def test_a_room_that_is_asked_for_must_exist(folder: Path) -> None:
    (found,) = problems(config(folder, good()), ["hone"])
    assert (found.message, found.meant) == ("there is no room 'hone'", "home")


def test_broken_rows_of_a_catalog_warn_and_a_catalog_without_goods_stops(folder: Path) -> None:
    path = config(folder, good())
    (folder / "catalog.yaml").write_text("products:\n  - {name: Mug, price: 3}\n  - {name: Cup}\n")
    (found,) = problems(path)
    assert (found.severity, found.where, found.message) == (
        "warning",
        f"{folder / 'catalog.yaml'}:3:5",
        "left out 'Cup': the price is missing",
    )
    (folder / "catalog.yaml").write_text("products:\n  - {name: Cup}\n")
    errors = [p for p in problems(path) if p.severity == "error"]
    assert seen(errors) == [("8:14", "nothing to sell: all 1 rows are left out")]


def test_a_damaged_picture_is_found(folder: Path) -> None:
    (folder / "mug.png").write_bytes(b"\x89PNG\r\n\x1a\nnothing")
    (folder / "catalog.yaml").write_text("products: [{name: Mug, price: 3, picture: mug.png}]")
    (found,) = problems(config(folder, good()))
    assert found.severity == "warning"
    assert found.message.startswith("'mug' goes without a picture: mug.png")


def test_a_secret_in_the_file_is_answered_with_the_key_that_names_a_variable(folder: Path) -> None:
    (found,) = problems(config(folder, good().replace("'null': {}", "rtmp: {key: '${STREAM_KEY}'}")))
    assert found.message == "${STREAM_KEY} is not replaced in this file"
    assert found.meant == "key_env: STREAM_KEY"


def test_the_label_cannot_be_switched_off(folder: Path) -> None:
    (found,) = problems(config(folder, good() + "    show: {label: false}\n"))
    assert found.message == "unknown key 'label'"


@given(st.binary(max_size=300))
def test_no_bytes_make_the_reader_fail(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    found = problems(config(tmp_path_factory.mktemp("any"), data))
    assert any(p.severity == "error" for p in found)


@given(st.text(alphabet="ab:-[]{}&*!|>'\"#%@ \n,?1.~", max_size=120))
def test_no_yaml_makes_the_reader_fail(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    found = problems(config(tmp_path_factory.mktemp("any"), "rooms:\n  home:\n    " + text))
    assert any(p.severity == "error" for p in found)
