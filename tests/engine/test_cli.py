"""The command line, as a person and as a program use it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from engine.cli import COMMANDS, _parsed, main
from engine.cli.terminal import coloured
from engine.plugins import ROOT


def nightmarket(*words: str, cwd: Path = ROOT, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "engine", *words],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT), **env},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_help_names_every_command() -> None:
    done = nightmarket("--help")
    assert done.returncode == 0
    assert [name for name in COMMANDS if f"\n    {name} " not in done.stdout] == []


@pytest.mark.parametrize("command", list(COMMANDS))
def test_every_command_has_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main([command, "--help"])
    assert stopped.value.code == 0
    assert f"nightmarket {command}" in capsys.readouterr().out


@pytest.mark.parametrize(
    "words",
    [[], ["fly"], ["render", "home"], ["render", "home", "o.mp4", "--seconds", "0"],
     ["script", "home", "--segments", "x"], ["run", "--rooms"], ["models"], ["init"], ["validate", "a", "b"]],
)  # fmt: skip
def test_wrong_usage_is_exit_code_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(words)
    assert stopped.value.code == 2
    assert capsys.readouterr().err.startswith("usage: nightmarket")


def test_an_operators_words_may_stand_around_an_option() -> None:
    args = _parsed(["ctl", "home", "say", "--now", "back in a minute", "--json"])
    assert (args.room, args.words, args.now, args.as_json) == ("home", ["say", "back in a minute"], True, True)
    args = _parsed(["ctl", "home", "stock", "flask", "-1"])
    assert args.words == ["stock", "flask", "-1"]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_new_starter_is_valid(tmp_path: Path, language: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", str(tmp_path / "shop"), "--language", language]) == 0
    capsys.readouterr()
    config = tmp_path / "shop" / "config.yaml"
    # Another room may be on air on this machine: any free port will do here.
    config.write_text(config.read_text(encoding="utf-8").replace("8080", "0"), encoding="utf-8")
    assert main(["validate", str(config), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"ok": True, "problems": []}


def test_init_overwrites_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "catalog.yaml").write_text("mine")
    assert main(["init", str(tmp_path)]) == 3
    assert (
        capsys.readouterr().err == f"error: {tmp_path / 'catalog.yaml'}: nothing is overwritten (name another folder)\n"
    )
    assert (tmp_path / "catalog.yaml").read_text() == "mine"
    assert [p.name for p in tmp_path.iterdir()] == ["catalog.yaml"]


def test_validate_shows_line_and_way_out_and_exits_with_1(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("web: {prot: 0}\nrooms:\n  茶: {}\n")
    done = nightmarket("validate", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stdout.startswith(
        "config.yaml:1:7: error: unknown key 'prot' (did you mean 'port'?)\n    web: {prot: 0}\n          ^\n"
    )
    assert done.stdout.rstrip().endswith("warnings)")
    assert "\x1b" not in done.stdout


def test_validate_as_json_is_data(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("web: {prot: 0}\n")
    done = nightmarket("validate", "--json", cwd=tmp_path)
    assert done.returncode == 1
    told = json.loads(done.stdout)
    assert told["ok"] is False
    assert told["problems"][0] == {
        "file": "config.yaml", "line": 1, "column": 1, "message": "'rooms' is missing", "text": "web: {prot: 0}",
        "allowed": [], "meant": None, "severity": "error",
    }  # fmt: skip


def test_a_config_that_cannot_be_run_is_one_sentence_and_exit_code_3(tmp_path: Path) -> None:
    done = nightmarket("script", "home", "--config", "no.yaml", cwd=tmp_path)
    assert done.returncode == 3
    assert done.stderr == "error: no.yaml: there is no such config; 'nightmarket init DIR' writes one\n"


def test_debug_shows_the_traceback(tmp_path: Path) -> None:
    done = nightmarket("script", "home", "--config", "no.yaml", "--debug", cwd=tmp_path)
    assert done.returncode == 1
    assert "Traceback" in done.stderr


def test_the_schema_describes_the_config_and_names_what_is_here(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) == 0
    schema = json.loads(capsys.readouterr().out)
    assert schema["required"] == ["rooms"]
    room = schema["$defs"]["Room"]["properties"]
    assert room["language"]["enum"] == ["zh", "en"]
    assert "rtmp" in room["outputs"]["items"]["propertyNames"]["enum"]


def test_models_are_listed_with_what_is_here(tmp_path: Path) -> None:
    done = nightmarket("models", "list", "--json", NIGHTMARKET_MODELS=str(tmp_path))
    told = json.loads(done.stdout)
    assert told["folder"] == str(tmp_path)
    assert {model["here"] for model in told["models"]} == {False}
    assert "kokoro-v1.0.int8.onnx" in [model["name"] for model in told["models"]]


def test_an_unknown_model_is_exit_code_3(tmp_path: Path) -> None:
    done = nightmarket("models", "pull", "nothing-like-it", NIGHTMARKET_MODELS=str(tmp_path))
    assert done.returncode == 3
    assert done.stderr.startswith("error: ")


def test_output_may_be_cut_off_by_its_reader() -> None:
    done = subprocess.run(
        f"{sys.executable} -m engine schema | head -c 10",
        shell=True, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert len(done.stdout) == 10
    assert done.stderr == ""


class Terminal:
    def isatty(self) -> bool:
        return True


def test_colour_is_for_terminals_that_want_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    terminal = Terminal()
    assert coloured("no", "red", terminal) == "\x1b[31mno\x1b[0m"  # type: ignore[arg-type]
    monkeypatch.setenv("NO_COLOR", "1")
    assert coloured("no", "red", terminal) == "no"  # type: ignore[arg-type]
