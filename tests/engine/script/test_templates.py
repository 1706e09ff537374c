"""Templates: what may be written, and how mistakes in them are told."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path

import pytest

from engine.errors import TemplateError
from engine.script import templates
from engine.script.segment import Segment, SegmentKind
from engine.script.vocabulary import FACTS, VARIABLES
from engine.script.writer import TemplateWriter, WriterContext
from tests.engine.script.goods import pair

TEMPLATES = Path(__file__).parents[3] / "scripts_templates"


def problem_of(tmp_path: Path, text: str) -> str:
    path = tmp_path / "pitch.j2"
    path.write_text(text, encoding="utf-8")
    try:
        found = templates.read(path, VARIABLES, FACTS).problems
    except TemplateError as error:
        return str(error).replace(str(path), "pitch.j2")
    return str(found[0]).replace(str(path), "pitch.j2") if found else ""


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{# c #}\n== hook\nHello {{ host }.\n", "pitch.j2:3: does not parse"),
        ("{# c #}\n== hook\nFine.\n--\n{{ hots }}\n", "pitch.j2:5: there is no variable 'hots'"),
        ("== hook\nIt is {{ product.prise }}.\n", "pitch.j2:2: there is no fact product.prise"),
        ("== hook\n[jump] Hello.\n", "pitch.j2:2: 'jump' is no gesture, look or mood"),
        ("== Hook!\nHello.\n", "pitch.j2:1: not a part"),
        ("== hook if prodct\nHello.\n", "pitch.j2:1: there is no variable 'prodct'"),
        ("", "pitch.j2: holds no phrasing"),
    ],
)
def test_a_mistake_is_told_with_file_and_line(tmp_path: Path, text: str, message: str) -> None:
    assert problem_of(tmp_path, text).startswith(message)


def test_the_room_goes_on_with_the_other_phrasings(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    shutil.copytree(TEMPLATES / "en", tmp_path / "en")
    (tmp_path / "en" / "pitch.j2").write_text(
        "== hook\n{{ 1 // 0 }}\n--\n{{ broken\n--\n[present] This is the {{ product.name }}.\n", encoding="utf-8"
    )
    with caplog.at_level(logging.WARNING):
        writer = TemplateWriter(tmp_path, "en")
        scripts = [
            writer.write(Segment(f"s{i:04d}", SegmentKind.PITCH, "", "flask"), pair("en"), WriterContext())
            for i in range(9)
        ]
    assert {line.text for s in scripts for line in s.lines} == {"This is the Juniper flask."}
    told = [r.getMessage() for r in caplog.records]
    assert len(told) == 2
    assert "pitch.j2:4: does not parse" in told[0]
    assert "pitch.j2:2: cannot be rendered" in told[1]


def test_a_template_cannot_leave_its_sandbox(tmp_path: Path) -> None:
    path = tmp_path / "pitch.j2"
    path.write_text("== hook\n{{ host.__class__.__mro__[1].__subclasses__() }}\n", encoding="utf-8")
    phrasing = templates.read(path, VARIABLES, FACTS).parts[0].phrasings[0]
    with pytest.raises(TemplateError, match="unsafe"):
        phrasing.render({"host": "Lin"})


def test_catalog_text_is_never_template_source_nor_acting() -> None:
    from dataclasses import replace

    catalog = pair("en")
    odd = replace(catalog.products[1], name="{{ 7*7 }} [thumb] {% raw %} \ue100mug\ue000")
    script = TemplateWriter(TEMPLATES, "en").write(
        Segment("s0002", SegmentKind.PITCH, "", "mug"), catalog.with_product(odd), WriterContext()
    )
    said = " ".join(line.text for line in script.lines)
    assert "{{ 7*7 }} [thumb] {% raw %} mug" in said
    assert all(line.gesture != "thumb" for line in script.lines)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_file_lists_its_variables_and_has_no_mistake(language: str) -> None:
    names = {p.stem for p in (TEMPLATES / language).glob("*.j2")}
    assert names == {k.value for k in SegmentKind if k is not SegmentKind.INTERLUDE} | {"notice"}
    for path in (TEMPLATES / language).glob("*.j2"):
        assert path.read_text(encoding="utf-8").startswith("{#")
        assert templates.read(path, VARIABLES, FACTS).problems == ()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_pitch_can_be_said_in_six_ways_and_everything_else_in_four(language: str) -> None:
    for path in (TEMPLATES / language).glob("*.j2"):
        parts = templates.read(path, VARIABLES, FACTS).parts
        ways = 1
        for part in parts:
            ways *= len(part.phrasings)
        assert len(parts[0].phrasings) >= (6 if path.stem == "pitch" else 4), path.stem
        assert ways >= (6 if path.stem == "pitch" else 4)
