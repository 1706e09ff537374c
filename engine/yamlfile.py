"""YAML to plain data, remembering where every key and value stands.

YAML 1.2 as ruamel.yaml reads it, so ``12:30``, ``yes`` and ``off`` stay text. Refused, each with its
place: a key written twice, a file that refers to itself or grows by references ("YAML bomb"), tags.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from engine.problem import Problem, shown

Path = tuple[str | int, ...]
"""Keys and indexes from the root: ``("rooms", "home-en", "outputs", 0)``."""
Place = tuple[int, int]
"""Line and column, from 1."""

MAX_NODES = 200_000
MAX_DEPTH = 60


@dataclass
class Tree:
    """A YAML file as data, and the places of its parts."""

    file: str
    lines: list[str]
    data: Any = None
    keys: dict[Path, Place] = field(default_factory=dict)
    values: dict[Path, Place] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def place(self, path: Path, *, key: bool = False) -> Place:
        """Where a value (or its key) stands; of a thing that is not there, where its parent stands."""
        while path:
            first, second = (self.keys, self.values) if key else (self.values, self.keys)
            if found := first.get(path) or second.get(path):
                return found
            path = path[:-1]
        return self.values.get((), (1, 1))

    def problem(self, path: Path, message: str, *, key: bool = False, **more: Any) -> Problem:
        """A problem at the place of ``path``."""
        return self._problem_at(self.place(path, key=key), message, **more)

    def _problem_at(self, place: Place, message: str, **more: Any) -> Problem:
        line, column = place
        text = shown(self.lines[line - 1]) if 0 < line <= len(self.lines) else ""
        return Problem(self.file, line, column, message, text, **more)


class _Refused(Exception):
    """Reading stops: the problem is in the tree."""


def parse(text: str, file: str) -> Tree:
    """Read YAML text; ``file`` is the name that problems show.

    What is wrong is in ``problems``; ``data`` is None when nothing could be read (or the file is empty).
    """
    tree = Tree(file, text.splitlines())
    try:
        root = YAML(typ="safe", pure=True).compose(text)
        if root is not None:
            tree.data = _Builder(tree).build(root, (), ())
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        tree.problems.append(tree._problem_at(place, _in_plain_words(error, tree, place)))
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        column = error.position - text.rfind("\n", 0, error.position)
        said = "a control character does not belong in a text file"
        tree.problems.append(tree._problem_at((line, column), said))
    except RecursionError:
        tree.problems.append(Problem(file, 1, 1, f"nested deeper than {MAX_DEPTH} levels"))
    except (YAMLError, ValueError) as error:
        tree.problems.append(Problem(file, 1, 1, f"not YAML: {str(error).splitlines()[0]}"))
    except _Refused:
        pass
    if tree.problems:
        tree.data = None if not isinstance(tree.data, (dict, list)) else tree.data
    return tree


def _in_plain_words(error: MarkedYAMLError, tree: Tree, place: Place) -> str:
    said = str(error.problem or error.context or "cannot be read")
    line = tree.lines[place[0] - 1] if place[0] <= len(tree.lines) else ""
    if "'\\t'" in said or line.startswith("\t"):
        return "a tab: YAML is indented with spaces"
    if "mapping values are not allowed" in said:
        return "a colon where none can be: put quotes around text that holds ': ', or check the indentation"
    if "single document" in said:
        return "a second document ('---') in one file"
    if "could not find expected ':'" in said:
        return "a key without ':'"
    return f"not YAML: {said}"


class _Builder:
    """Nodes to dicts, lists and scalars, counting as it goes."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._count = 0

    def build(self, node: Node, path: Path, above: tuple[int, ...]) -> Any:
        place = (node.start_mark.line + 1, node.start_mark.column + 1)
        self._tree.values[path] = place
        self._count += 1
        if self._count > MAX_NODES:
            self._refuse(place, f"more than {MAX_NODES} values (references repeat what they point at)")
        if id(node) in above:
            self._refuse(place, "refers to itself")
        if len(above) > MAX_DEPTH:
            self._refuse(place, f"nested deeper than {MAX_DEPTH} levels")
        inside = (*above, id(node))
        if isinstance(node, MappingNode):
            return self._mapping(node, path, inside)
        if isinstance(node, SequenceNode):
            return [self.build(item, (*path, i), inside) for i, item in enumerate(node.value)]
        return self._scalar(node, place)

    def _mapping(self, node: MappingNode, path: Path, above: tuple[int, ...]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        merged: dict[str, Any] = {}
        for key_node, value_node in node.value:
            place = (key_node.start_mark.line + 1, key_node.start_mark.column + 1)
            if not isinstance(key_node, ScalarNode):
                self._refuse(place, "a key is one word, not a list or a mapping")
            key = str(key_node.value)
            if str(key_node.tag).endswith(":merge"):
                for part in value_node.value if isinstance(value_node, SequenceNode) else [value_node]:
                    more = self.build(part, path, above)
                    if not isinstance(more, dict):
                        self._refuse(place, "'<<' takes a mapping")
                    merged = {**more, **merged}
                continue
            if key in found:
                first = self._tree.keys[(*path, key)][0]
                self._tree.problems.append(
                    self._tree._problem_at(place, f"{key!r} is written twice (first in line {first})")
                )
                continue
            found[key] = self.build(value_node, (*path, key), above)
            self._tree.keys[(*path, key)] = place
        return {**merged, **found}

    def _scalar(self, node: Node, place: Place) -> Any:
        text = str(node.value)
        match str(node.tag).rpartition(":")[2]:
            case "null":
                return None
            case "bool":
                return text.lower() == "true"
            case "int":
                return self._number(text, place)
            case "float":
                return float(text.replace("_", "").lower().replace(".inf", "inf").replace(".nan", "nan"))
            case "str" | "timestamp":
                return text
        self._refuse(place, f"the tag {node.tag} means nothing here")
        return None

    def _number(self, text: str, place: Place) -> int:
        if len(text) > 30:
            self._refuse(place, "a number of more than 30 digits")
        plain = text.replace("_", "")
        try:
            return int(plain, 0)
        except ValueError:
            return int(plain)  # 007: Python refuses leading zeros, YAML does not

    def _refuse(self, place: Place, message: str) -> None:
        self._tree.problems.append(self._tree._problem_at(place, message))
        raise _Refused
