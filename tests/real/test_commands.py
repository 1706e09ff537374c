"""The commands of README.md as a new user types them, one process each; and a shop that nobody prepared."""

from __future__ import annotations

import json
import os
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from engine import models
from engine.script.money import money
from tests.real import studio
from tests.real.conftest import free_port, missing, need

pytestmark = [pytest.mark.real, pytest.mark.slow]


def said(*words: str | Path, cwd: Path, code: int = 0) -> Any:
    """Run a command that ends with ``code`` and prints JSON."""
    done = studio.nightmarket(*words, cwd=cwd)
    assert done.returncode == code, done.stderr or done.stdout
    return json.loads(done.stdout)


# --- a new shop ----------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=["en", "zh"])
def shop(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """What ``nightmarket init`` writes, and its room; the page's port is made free, whatever runs here."""
    folder = tmp_path_factory.mktemp("shop") / "mine"
    made = studio.nightmarket("init", folder, "--language", request.param, cwd=folder.parent)
    assert made.returncode == 0, made.stderr
    assert f"nightmarket run {folder / 'config.yaml'}" in made.stdout
    config = folder / "config.yaml"
    settings = yaml.safe_load(config.read_text("utf-8"))
    settings["web"] = {**settings.get("web", {}), "port": free_port()}
    config.write_text(yaml.safe_dump(settings, allow_unicode=True, sort_keys=False), "utf-8")
    (room,) = settings["rooms"]
    assert settings["rooms"][room]["language"] == request.param
    return folder, room


def test_init_does_not_overwrite(shop: tuple[Path, str]) -> None:
    folder, _ = shop
    before = (folder / "config.yaml").read_bytes()
    again = studio.nightmarket("init", folder, cwd=folder)
    assert again.returncode == 3
    assert len(again.stderr.strip().splitlines()) == 1
    assert (folder / "config.yaml").read_bytes() == before


def test_the_starter_is_valid(shop: tuple[Path, str]) -> None:
    folder, _ = shop
    assert said("validate", "--json", cwd=folder) == {"ok": True, "problems": []}


def test_its_script_has_reasons_and_facts(shop: tuple[Path, str]) -> None:
    folder, room = shop
    segments = said("script", room, "--segments", "4", "--json", cwd=folder)["segments"]
    assert len(segments) == 4
    assert segments[0]["kind"] == "opening"
    assert all(segment["reason"] and segment["lines"] for segment in segments)
    assert any(line["facts"] for segment in segments for line in segment["lines"])


def test_a_question_is_answered_from_facts(shop: tuple[Path, str]) -> None:
    folder, room = shop
    catalog = yaml.safe_load(next(folder.glob("catalog.y*ml")).read_text("utf-8"))
    product = catalog["products"][0]
    zh = "多少钱？" if _language(folder) == "zh" else None
    text = f"{product['name']}{zh}" if zh else f"How much is the {product['name']}?"
    answer = said("ask", room, text, "--json", cwd=folder)
    assert answer["answered"] is True
    assert answer["intent"] == "price"
    assert float(answer["facts"][f"{product['id']}.price"]) == float(product["price"])
    assert money(Decimal(str(product["price"])), catalog["currency"]) in answer["text"]


def test_what_the_catalog_does_not_hold_is_not_known(shop: tuple[Path, str]) -> None:
    folder, room = shop
    text = "能在火星上用吗？" if _language(folder) == "zh" else "Does it work on Mars?"
    answer = said("ask", room, text, "--json", cwd=folder)
    assert not any(character.isdigit() for character in answer["text"])


def _language(folder: Path) -> str:
    (room,) = yaml.safe_load((folder / "config.yaml").read_text("utf-8"))["rooms"].values()
    return str(room["language"])


# --- somebody else's shop ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def apparel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Shopify export as it comes, as the catalog of a third room beside the two of config.yaml."""
    shared = Path(os.environ.get("NIGHTMARKET_SHARED", studio.ROOT.parent / "shared"))
    export = shared / "data" / "shopify-apparel.csv"
    if not export.is_file():
        pytest.skip(f"no Shopify export at {export} (NIGHTMARKET_SHARED)")
    folder = tmp_path_factory.mktemp("apparel")
    settings = yaml.safe_load((studio.ROOT / "config.yaml").read_text("utf-8"))
    for room in settings["rooms"].values():
        room["catalog"] = str(studio.ROOT / room["catalog"])
        room["shop"]["mark"] = str(studio.ROOT / room["shop"]["mark"])
    settings["web"]["port"] = free_port()
    settings["rooms"]["apparel"] = {
        "title": "Third room", "language": "en", "shop": {"name": "Apparel"}, "catalog": str(export), "host": "owen",
        "currency": "USD", "outputs": [{"webrtc": {}}],
    }  # fmt: skip
    (folder / "config.yaml").write_text(yaml.safe_dump(settings, allow_unicode=True, sort_keys=False), "utf-8")
    return folder


def test_a_shopify_export_is_a_valid_catalog(apparel: Path) -> None:
    checked = said("validate", "--json", cwd=apparel)
    assert checked["ok"] is True
    assert [p for p in checked["problems"] if p["severity"] == "error"] == []


def test_a_shopify_export_has_something_to_say(apparel: Path) -> None:
    segments = said("script", "apparel", "--segments", "6", "--json", cwd=apparel)["segments"]
    assert len(segments) == 6
    products = {segment["product"] for segment in segments if segment["product"]}
    assert len(products) >= 2
    assert any(address.endswith(".price") for s in segments for line in s["lines"] for address in line["facts"])


def test_a_shopify_export_goes_on_air(apparel: Path) -> None:
    need("ffprobe")
    if not all(models.has(name) for name, model in models.table().items() if model.group == "voice"):
        missing("no voice here: nightmarket models pull voice")
    report = said("render", "apparel", "out.mp4", "--seconds", "10", "--seed", "3", "--json", cwd=apparel)
    assert report["lines"] >= 2
    assert len(studio.watch(apparel / "out.mp4").luma) == 250


# --- the machine ---------------------------------------------------------------------------------


def test_doctor_names_what_it_looked_at_and_how_to_mend_it(tmp_path: Path) -> None:
    done = studio.nightmarket("doctor", "--json", cwd=tmp_path)
    told = json.loads(done.stdout)
    assert done.returncode == (0 if told["ok"] else 1)
    names = {check["name"] for check in told["checks"]}
    assert {"python", "av", "codec libx264", "codec aac", "codec libopus", "font Chinese", "disk", "clock"} <= names
    assert all(check["fix"] for check in told["checks"] if check["state"] != "ok")


def test_schema_knows_the_config_of_this_repository(tmp_path: Path) -> None:
    schema = said("schema", cwd=tmp_path)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert set(yaml.safe_load((studio.ROOT / "config.yaml").read_text("utf-8"))) <= set(schema["properties"])
    room = schema["$defs"]["Room"]["properties"]
    assert {"title", "language", "shop", "catalog", "host", "outputs", "chat"} <= set(room)
    assert {"owen", "mei"} <= set(room["host"]["examples"])


def test_models_are_listed_with_their_size_and_place(tmp_path: Path) -> None:
    told = said("models", "list", "--json", cwd=tmp_path)
    voice = {row["name"]: row for row in told["models"] if row["group"] == "voice"}
    assert voice["kokoro-v1.0.int8.onnx"]["bytes"] == 92_361_271
    assert all(isinstance(row["here"], bool) for row in told["models"])


# --- when it goes wrong --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--help"], 0),
        (["--version"], 0),
        (["validate"], 1),  # problems found: there is no config here
        (["fly"], 2),
        (["render", "home-en"], 2),
        (["ctl", "home-en", "dance", "--config", str(studio.ROOT / "config.yaml")], 2),
        (["script", "home-fr", "--config", str(studio.ROOT / "config.yaml")], 3),
        (["run", "nowhere.yaml"], 3),
    ],
)
def test_exit_codes_are_as_documented(words: list[str], code: int, tmp_path: Path) -> None:
    done = studio.nightmarket(*words, cwd=tmp_path)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    if code in (1, 3):
        assert (done.stderr or done.stdout).strip()


def test_a_mistyped_room_gets_a_suggestion(tmp_path: Path) -> None:
    done = studio.nightmarket("ask", "home-em", "hello", "--config", studio.ROOT / "config.yaml", cwd=tmp_path)
    assert done.returncode == 3
    assert "home-en" in done.stderr


def test_nobody_on_air_is_said_in_one_sentence(shop: tuple[Path, str]) -> None:
    folder, room = shop
    done = studio.nightmarket("ctl", room, "state", cwd=folder)
    assert done.returncode == 3
    assert len(done.stderr.strip().splitlines()) == 1
    assert "on air" in done.stderr
