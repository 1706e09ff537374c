"""Which way arrows point, and what the tree may hold."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from engine import plugins
from engine.plugins import ROOT

HEAVY = {
    "numpy",
    "av",
    "aiohttp",
    "aiortc",
    "cv2",
    "PIL",
    "pydantic",
    "ruamel",
    "openai",
    "onnxruntime",
    "asyncio",
    "jinja2",
}


def tracked() -> list[str]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git work tree")
    return [name for name in listed.stdout.split("\0") if name]


def test_imports_point_the_way_the_architecture_says() -> None:
    # Beside this interpreter: `make test` does not put the environment's programs on the path.
    program = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [str(program), "--no-cache"], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("port", ["voice", "face", "publisher", "chat"])
def test_every_plug_in_of_a_folder_can_be_created(port: str) -> None:
    assert plugins.names(port)
    for name in plugins.names(port):
        assert callable(plugins.load(port, name).create), name


def test_every_host_says_what_it_speaks() -> None:
    assert {
        name: sorted(plugins.languages_of(name)) for name in plugins.names("host") if not plugins.languages_of(name)
    } == {}


def test_help_imports_nothing_heavy() -> None:
    code = "import sys; sys.argv = ['nightmarket', '--help']\nfrom engine.cli import main\ntry: main()\n"
    code += "except SystemExit: pass\nprint('\\nmodules:', *sorted({name.partition('.')[0] for name in sys.modules}))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    modules = set(done.stdout.rpartition("modules:")[2].split())
    assert modules & HEAVY == set()


def test_no_file_names_the_host_of_a_package_registry() -> None:
    # Mirrors and proxies are the user's: packages are asked for by name, with the ordinary clients.
    hosts = ["pypi" + ".org", "python" + "hosted", "registry.npm" + "js", "npm" + "js.com", "deb.debian" + ".org"]
    found = []
    for name in tracked():
        path = ROOT / name
        if path.is_file() and path.stat().st_size < 2_000_000:
            text = path.read_bytes().decode("utf-8", errors="ignore")
            found += [f"{name}: {host}" for host in hosts if host in text]
    assert found == []


def test_every_top_level_folder_is_known() -> None:
    tops = {name.split("/")[0] for name in tracked() if "/" in name}
    assert tops - {"engine", "avatars", "streaming", "scripts_templates", "tests", "examples", "docs", ".ci"} == set()
