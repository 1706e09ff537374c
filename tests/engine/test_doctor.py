"""The doctor names what is sick and the command that mends it."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from engine.cli import doctor, main
from engine.cli.doctor import Check, examine

CONFIG = "web: {{port: {port}}}\nrooms: {{home: {{title: T, language: en, shop: {{name: S}}, catalog: c, host: h}}}}\n"


def seen(path: Path) -> dict[str, Check]:
    return {check.name: check for check in examine(path)}


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.yaml"
    path.write_text(CONFIG.format(port=0))
    return path


def test_a_fit_machine_is_told_to_be_fit(config: Path) -> None:
    checks = seen(config)
    assert [check for check in checks.values() if check.state == "problem"] == []
    for name in ("python", "av", "codec libx264", "codec aac", "codec libopus", "font Chinese", "font Latin", "config",
                 "port", "disk", "clock"):  # fmt: skip
        assert checks[name].state == "ok", checks[name]


def test_a_missing_voice_model_is_mended_by_pulling_it(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NIGHTMARKET_MODELS", str(tmp_path / "none"))
    check = seen(config)["kokoro-v1.0.int8.onnx"]
    assert (check.state, check.fix) == ("warning", "nightmarket models pull")


def test_a_port_in_use_is_named(config: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        config.write_text(CONFIG.format(port=taken.getsockname()[1]))
        check = seen(config)["port"]
    assert check.state == "warning"
    assert check.detail.endswith("address already in use")


def test_a_full_disk_is_named(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "MIN_FREE_BYTES", 1 << 60)
    check = seen(config)["disk"]
    assert check.state == "warning"
    assert check.fix.startswith("du ")


def test_a_broken_config_does_not_stop_the_doctor(config: Path) -> None:
    config.write_text("rooms: [")
    checks = seen(config)
    assert checks["config"].state == "warning"
    assert checks["config"].fix == f"nightmarket validate {config}"
    assert "clock" in checks


def test_the_doctor_speaks_json(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["doctor", "--config", str(config), "--json"])
    told = json.loads(capsys.readouterr().out)
    assert told["ok"] is (code == 0)
    assert set(told["checks"][0]) == {"name", "state", "detail", "fix"}
