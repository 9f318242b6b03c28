"""What the documents say is what the code is."""

import importlib
import pkgutil
import re
from pathlib import Path

import pytest

import donecast
from donecast.platform.database import Base
from donecast.platform.settings import load_settings
from donecast.platform.settings_group import PREFIX, variable_of
from tools.commands import COMMANDS
from tools.tidy_rules import PYTHON_RULES
from tools.tidy_tree_rules import TREE_RULES

_ROOT = Path(__file__).parents[2]
_DOCUMENTS = sorted(
    path.relative_to(_ROOT).as_posix() for path in [*_ROOT.glob("*.md"), *(_ROOT / "docs").rglob("*.md")]
)
_ROOM_LINE = re.compile(r"^    ((?:\w+)(?: \| \w+)*)$", re.MULTILINE)


def _text(place: str) -> str:
    return (_ROOT / place).read_text("utf-8")


def _rooms() -> set[str]:
    folders = (_ROOT / "src" / "donecast").iterdir()
    return {folder.name for folder in folders if (folder / "__init__.py").exists()}


def _section(text: str, heading: str) -> str:
    """The text below a heading, up to the next one of its level."""
    return text.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


@pytest.mark.parametrize("document", _DOCUMENTS)
def test_links_lead_somewhere(document: str) -> None:
    folder = (_ROOT / document).parent
    targets = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", _text(document))
    broken = [target for target in targets if "://" not in target and not (folder / target).exists()]
    assert broken == []


@pytest.mark.parametrize("document", _DOCUMENTS)
def test_named_commands_exist(document: str) -> None:
    text = _text(document)
    assert set(re.findall(r"(?<![\w/])\./dev ([a-z][a-z-]*)", text)) <= COMMANDS.keys()


@pytest.mark.parametrize("document", ["README.md", "docs/data.md"])
def test_named_settings_exist(document: str) -> None:
    named = set(re.findall(rf"{PREFIX}(\w+)", _text(document)))
    assert {name.lower() for name in named} <= _defaults().keys()


def test_architecture_lists_every_room_in_the_contracts_order() -> None:
    layers = _text(".importlinter").partition("layers =")[2].partition("[")[0]
    contract = [line.replace(" | ", ", ") for line in _ROOM_LINE.findall(layers)]
    table = _section(_text("ARCHITECTURE.md"), "The rooms")
    rows = [row.replace("`", "") for row in re.findall(r"^\| (`[^|]+`) \|", table, re.MULTILINE)]
    assert rows == contract
    assert _rooms() <= {room for row in rows for room in row.split(", ")}


def test_data_page_lists_exactly_the_tables() -> None:
    for module in pkgutil.walk_packages(donecast.__path__, "donecast."):
        if module.name.endswith(".models"):
            importlib.import_module(module.name)
    table = _section(_text("docs/data.md"), "Rows")
    listed = set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE))
    assert listed == set(Base.metadata.tables)


def _defaults() -> dict[str, str]:
    """Every setting with its default, as one would write it in .env."""
    settings = load_settings()
    groups = [getattr(settings, name) for name in type(settings).__dataclass_fields__]
    return {
        name: str(field.default).lower() if isinstance(field.default, bool) else str(field.default)
        for group in groups
        for name, field in type(group).model_fields.items()
    }


def test_settings_example_names_every_setting_with_its_default() -> None:
    lines = re.findall(r"^# ([A-Z][A-Z0-9_]+)=(.*)$", _text(".env.example"), re.MULTILINE)
    assert dict(lines) == {variable_of(name): value for name, value in _defaults().items()}
    assert len(lines) == len(_defaults())


def test_records_are_listed_in_their_index() -> None:
    records = {path.name for path in (_ROOT / "docs" / "adr").glob("[0-9]*.md")}
    assert set(re.findall(r"\]\((\d{4}-[\w-]+\.md)\)", _text("docs/adr/README.md"))) == records


@pytest.mark.parametrize("place", sorted(path.name for path in (_ROOT / "docs" / "adr").glob("[0-9]*.md")))
def test_record_has_all_its_parts_on_one_screen(place: str) -> None:
    text = _text(f"docs/adr/{place}")
    parts = re.findall(r"^\*\*(.+?)\.\*\*", text, re.MULTILINE)
    assert parts == ["Context", "Decision", "Consequences", "Alternatives", "Enforced by"]
    assert len(text.splitlines()) <= 40


def test_contracts_and_rules_named_in_the_index_exist() -> None:
    index = _text("docs/adr/README.md")
    contracts = set(re.findall(r"^\[importlinter:contract:(\w+)\]", _text(".importlinter"), re.MULTILINE))
    rules = {rule.name for rule in [*PYTHON_RULES, *TREE_RULES]}
    assert _listed(r"import contracts?: ([a-z, ]+)", index) - {"doors"} <= contracts
    assert _listed(r"tidy: ([a-z, -]+)", index) <= rules


def _listed(pattern: str, text: str) -> set[str]:
    """The words of all comma-separated lists that the pattern finds; never none."""
    words = {word.strip() for phrase in re.findall(pattern, text) for word in phrase.split(",")}
    assert words
    return words
