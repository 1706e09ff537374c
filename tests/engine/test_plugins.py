"""The folder is the registry."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine import plugins
from engine.errors import ConfigError


def test_the_names_are_the_files_that_offer_something_to_create(tmp_path: Path) -> None:
    folder = tmp_path / "streaming" / "chat"
    folder.mkdir(parents=True)
    for name in ("web.py", "some_site.py", "_shared.py", "__init__.py"):
        (folder / name).write_text("def create(settings): ...")
    (folder / "words.py").write_text("SHARED = 1")
    (folder / "notes.txt").write_text("create")
    (folder / "big").mkdir()
    (folder / "big" / "__init__.py").write_text("from .inside import create")
    assert plugins.names("chat", root=tmp_path) == ("big", "some-site", "web")


def test_a_host_is_a_folder_and_a_theme_a_yaml_file(tmp_path: Path) -> None:
    (tmp_path / "avatars/hosts/mei").mkdir(parents=True)
    (tmp_path / "avatars/hosts/mei/host.yaml").write_text("languages: [zh, en]")
    (tmp_path / "avatars/hosts/__init__.py").touch()
    (tmp_path / "avatars/stage/themes/clean").mkdir(parents=True)
    (tmp_path / "avatars/stage/themes/clean.yaml").touch()
    assert plugins.names("host", root=tmp_path) == ("mei",)
    assert plugins.names("theme", root=tmp_path) == ("clean",)
    assert plugins.languages_of("mei", root=tmp_path) == {"zh", "en"}


def test_a_missing_folder_offers_nothing(tmp_path: Path) -> None:
    assert plugins.names("voice", root=tmp_path) == ()


def test_a_name_gives_its_module() -> None:
    assert plugins.load("publisher", "null").__name__ == "streaming.publishers.null"


def test_an_unknown_name_says_what_was_meant() -> None:
    with pytest.raises(ConfigError) as caught:
        plugins.load("publisher", "rtpm")
    assert caught.value.message == "no publisher is called 'rtpm'"
    assert caught.value.fix == "did you mean 'rtmp'?"


def test_a_name_like_none_lists_what_is_allowed() -> None:
    with pytest.raises(ConfigError) as caught:
        plugins.load("publisher", "zzz")
    assert caught.value.fix is not None
    assert caught.value.fix.startswith("allowed: ")


@pytest.mark.parametrize("name", ["", ".", "../../os", "__init__", "os.path"])
def test_a_name_never_leaves_its_folder(name: str) -> None:
    with pytest.raises(ConfigError):
        plugins.load("chat", name)
