"""``nightmarket doctor``: is this machine fit for a room, and which command mends what is not."""

from __future__ import annotations

import argparse
import importlib
import importlib.metadata
import importlib.util
import platform
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from engine.cli.arguments import add_config, add_json
from engine.cli.terminal import coloured, print_json

HELP = "check this machine: versions, codecs, fonts, voices, models, ports, disk, clock"

PACKAGES = (
    "nightmarket", "av", "aiortc", "aiohttp", "numpy", "opencv-contrib-python",
    "onnxruntime", "misaki", "pypinyin", "espeakng-loader", "pyttsx3",
    "pillow", "resvg-py", "rjieba", "pydantic", "ruamel.yaml", "jinja2", "openai",
)  # fmt: skip
CODECS = {"libx264": "the picture", "aac": "sound for RTMP and recordings", "libopus": "sound for browsers"}
FONTS = {
    "manimgx_fonts_cjk": ("NotoSansCJK-VF.otf.ttc", "春茶价格¥", "Chinese"),
    "fontpkg_inter": ("files/Inter[opsz,wght].ttf", "Price $24.00", "Latin"),
}
MIN_FREE_BYTES = 1 << 30
REINSTALL = "make setup   (or: pip install --force-reinstall nightmarket)"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at. ``fix`` is the command that mends it, empty where all is well."""

    name: str
    state: Literal["ok", "warning", "problem"]
    detail: str
    fix: str = ""


def arguments(parser: argparse.ArgumentParser) -> None:
    add_config(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    checks = list(examine(args.config))
    sick = any(check.state == "problem" for check in checks)
    if args.as_json:
        print_json({"ok": not sick, "checks": [asdict(check) for check in checks]})
        return int(sick)
    colours = {"ok": "green", "warning": "yellow", "problem": "red"}
    for check in checks:
        print(f"{coloured(f'{check.state:<8}', colours[check.state])} {check.name:<22} {check.detail}")
        if check.fix:
            print(f"{'':<31} → {check.fix}")
    return int(sick)


def examine(config: Path) -> Iterator[Check]:
    """Every check, one after the other; none raises."""
    parts: tuple[Callable[[], Iterator[Check]], ...] = (
        _python, _packages, _codecs, _fonts, _plugins, _models, lambda: _machine(config), _clock,
    )  # fmt: skip
    for part in parts:
        try:
            yield from part()
        except Exception as error:  # a sick machine must not stop the doctor
            yield Check(part.__name__.strip("_"), "problem", f"{type(error).__name__}: {error}", REINSTALL)


def _python() -> Iterator[Check]:
    fits = (3, 11) <= sys.version_info[:2] <= (3, 13)
    found = f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    yield Check("python", "ok" if fits else "problem", found, "" if fits else "install Python 3.11, 3.12 or 3.13")


def _packages() -> Iterator[Check]:
    for name in PACKAGES:
        try:
            yield Check(name, "ok", importlib.metadata.version(name))
        except importlib.metadata.PackageNotFoundError:
            if name == "nightmarket":
                yield Check(name, "warning", "runs from its folder, not installed", "make setup")
            else:
                yield Check(name, "problem", "not installed", f"pip install {name}")


def _codecs() -> Iterator[Check]:
    # By name: the engine has no codec of its own, it only looks whether streaming will have its.
    codec = importlib.import_module("av").codec.Codec
    for name, use in CODECS.items():
        try:
            codec(name, "w")
            yield Check(f"codec {name}", "ok", use)
        except Exception:
            fix = "pip install --force-reinstall --only-binary av av"
            yield Check(f"codec {name}", "problem", f"{use}: not in this build of av", fix)


def _fonts() -> Iterator[Check]:
    from PIL import ImageFont

    for package, (file, sample, script) in FONTS.items():
        name = f"font {script}"
        fix = f"pip install --force-reinstall {package.replace('_', '-')}"
        spec = importlib.util.find_spec(package)
        folders = list(spec.submodule_search_locations or ()) if spec else []
        path = Path(folders[0]) / file if folders else None
        if path is None or not path.is_file():
            yield Check(name, "problem", "missing", fix)
            continue
        font = ImageFont.truetype(str(path), 32, index=2 if path.suffix == ".ttc" else 0)
        drawn = all(font.getmask(char).getbbox() for char in sample if char != " ")
        detail = f"{font.getname()[0]}" if drawn else "does not draw its letters"
        yield Check(name, "ok" if drawn else "problem", detail, "" if drawn else fix)


def _plugins() -> Iterator[Check]:
    from engine import plugins

    for port in plugins.PORTS:
        names = plugins.names(port)
        yield Check(f"{port}s", "ok" if names else "problem", ", ".join(names) or "none", "" if names else REINSTALL)


def _models() -> Iterator[Check]:
    from engine import models

    for row in models.listing():
        if row["group"] != "voice":
            continue
        missing = "missing: the next voice down will speak"
        fix = "" if row["here"] else "nightmarket models pull"
        yield Check(row["name"], "ok" if row["here"] else "warning", row["about"] if row["here"] else missing, fix)


def _machine(config: Path) -> Iterator[Check]:
    from engine import configfile, preflight
    from engine.config import Config, Web
    from engine.errors import ConfigError

    read: Config | None = None
    try:
        read = configfile.read(config)
        yield Check("config", "ok", str(config))
    except ConfigError as error:
        yield Check("config", "warning", str(error), f"nightmarket validate {config}")
    web = read.web if read else Web()
    why = preflight.port_in_use(web.host, web.port)
    detail = f"{web.host}:{web.port} {why or 'is free'}"
    fix = f"stop what listens there (ss -ltnp | grep :{web.port}), or set web.port"
    yield Check("port", "warning" if why else "ok", detail, fix if why else "")
    state = read.state if read else Path(".nightmarket").absolute()
    if why := preflight.not_writable(state):
        yield Check("state directory", "problem", f"{state}: {why}", f"mkdir -p {state} && chmod u+rwx {state}")
    there = next((folder for folder in (state, *state.parents) if folder.exists()), Path("/"))
    free = shutil.disk_usage(there).free
    enough = free >= MIN_FREE_BYTES
    detail = f"{free / 1e9:.1f} GB free for {state}"
    yield Check("disk", "ok" if enough else "warning", detail, "" if enough else f"du -xh {there} | sort -h | tail")


def _clock() -> Iterator[Check]:
    # Pace comes from the monotonic clock; a wall clock that runs at another speed is being stepped.
    wall_s, steady_s = time.time(), time.monotonic()
    time.sleep(0.2)
    apart_s = abs((time.time() - wall_s) - (time.monotonic() - steady_s))
    year = time.gmtime().tm_year
    if year < 2025:
        yield Check("clock", "problem", f"the date says {year}", "timedatectl set-ntp true")
    elif apart_s > 0.05:
        detail = f"wall and monotonic clock drift {apart_s * 1000:.0f} ms in 200 ms"
        yield Check("clock", "warning", detail, "timedatectl status")
    else:
        yield Check("clock", "ok", time.strftime("%Y-%m-%d %H:%M:%S %Z"))
