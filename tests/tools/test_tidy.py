"""Every rule of tidy finds what it is for, and leaves lawful code alone."""

from pathlib import Path

import pytest

from tools.tidy import Allowed, Report, allowed_exceptions, tidy, tracked_places
from tools.tidy_rules import PYTHON_RULES
from tools.tidy_tree_rules import TREE_RULES

_ROOT = Path(__file__).parents[2]
_SERVICE = "src/donecast/shows/service.py"
_LEDGER = "src/donecast/credits/ledger.py"
# In pieces, so that this file itself stays tidy.
_MACHINE_PATH = "/" + "root/" + "notes"

# Rule, place, text that breaks it, text that does not.
_PYTHON_CASES = [
    (
        "import-inside-function",
        _SERVICE,
        "def f():\n    import json\n",
        "import json\n\ndef f():\n    json.loads('1')\n",
    ),
    (
        "import-inside-function",
        "tools/x.py",
        "async def f():\n    from json import loads\n",
        "from json import loads\n",
    ),
    ("broad-except", _SERVICE, "try:\n    f()\nexcept:\n    pass\n", "try:\n    f()\nexcept KeyError:\n    pass\n"),
    ("broad-except", _SERVICE, "try:\n    f()\nexcept Exception:\n    raise\n", "raise Exception\n"),
    (
        "broad-except",
        _SERVICE,
        "try:\n    f()\nexcept (OSError, BaseException):\n    raise\n",
        "try:\n    f()\nexcept (OSError, KeyError):\n    raise\n",
    ),
    ("environment-read", _SERVICE, "import os\nos.environ['A']\n", "import os\nos.getpid()\n"),
    ("environment-read", _SERVICE, "import os\nos.getenv('A')\n", "environ = {}\n"),
    ("environment-read", _SERVICE, "from os import environ\n", "from os import getpid\n"),
    ("commit-inside", _SERVICE, "def f(session):\n    session.commit()\n", "def f(session):\n    session.flush()\n"),
    (
        "foreign-tables",
        _SERVICE,
        "from donecast.episodes.models import EpisodeRow\n",
        "from donecast.shows.models import ShowRow\n",
    ),
    (
        "foreign-tables",
        _SERVICE,
        "from donecast.episodes import repository\n",
        "from donecast.shows import repository\n",
    ),
    ("foreign-tables", _SERVICE, "import donecast.episodes.models\n", "from donecast.episodes import service\n"),
    ("float-money", _LEDGER, "RATE = 0.5\n", "RATE_MILLI = 500\n"),
    ("float-money", _LEDGER, "def f(amount: float) -> None: ...\n", "def f(amount_milli: int) -> None: ...\n"),
    ("float-money", _LEDGER, "half = amount_mc / 2\n", "half = amount_mc // 2\n"),
    ("float-money", _LEDGER, "amount_mc /= 2\n", "amount_mc //= 2\n"),
    ("float-money", _LEDGER, "amount_mc = round(price)\n", "amount_mc = half_up(price, 1)\n"),
    ("float-money", _LEDGER, "text = f'{amount_mc:.3f}'\n", "text = f'{amount_mc:03d}'\n"),
    ("float-money", _LEDGER, "text = '%.3f' % amount_mc\n", "text = '%d' % amount_mc\n"),
    ("float-money", _LEDGER, "text = '{:.3f}'.format(amount_mc)\n", "text = '{}'.format(amount_mc)\n"),
    ("float-money", _LEDGER, "from math import floor\n", "from datetime import datetime\n"),
    ("float-money", _LEDGER, "import decimal\n", "import json\n"),
    ("float-money", _LEDGER, "column = mapped_column(Numeric(20, 6))\n", "column = mapped_column(BigInteger)\n"),
    ("float-money", _LEDGER, "column = sa.Float()\n", "column = sa.BigInteger()\n"),
    ("float-money", _LEDGER, "mean = func.avg(row.amount_mc)\n", "total = func.sum(row.amount_mc)\n"),
    ("float-money", "src/donecast/kit/money.py", "CREDIT = 1e3\n", "CREDIT = 1_000\n"),
    ("float-money", "src/donecast/production/charges.py", "x = 0.5\n", "x = 500\n"),
    ("float-money", "src/donecast/billing/stripe_door.py", "cents = price / 100\n", "cents = price // 100\n"),
    ("float-money", "src/donecast/entry/credits.py", "x = float('1')\n", "x = amount_of('1')\n"),
    ("print-inside", _SERVICE, "print('here')\n", "logger.info('here')\n"),
    ("clock-inside", _SERVICE, "datetime.now(UTC)\n", "clock.now()\n"),
    ("clock-inside", _SERVICE, "import datetime\ndatetime.datetime.utcnow()\n", "import time\ntime.monotonic()\n"),
    ("clock-inside", _SERVICE, "import time\nstarted = time.time()\n", "datetime.fromisoformat('2026-01-01')\n"),
    ("clock-inside", _SERVICE, "from time import time\n", "from time import monotonic\n"),
    ("clock-inside", _SERVICE, "made_at = field(default_factory=datetime.now)\n", "made_at = clock.now\n"),
    ("long-function", _SERVICE, "def f():\n" + "    g()\n" * 70, "def f():\n" + "    g()\n" * 69),
]

# Rule, place whose text or name breaks it, a place that does not, the text of both.
_TREE_CASES = [
    ("long-file", "src/donecast/shows/a.py", "tests/shows/test_a.py", "x = 1\n" * 401),
    ("long-file", "tests/shows/test_a.py", "migrations/versions/0001_all.py", "x = 1\n" * 601),
    ("long-file", "frontend/src/page.tsx", "frontend/src/page.ts", "f();\n" * 251),
    ("long-file", "frontend/src/page.ts", "frontend/src/page.test.ts", "f();\n" * 401),
    ("long-file", "frontend/src/model.ts", "frontend/src/api/schema.d.ts", "f();\n" * 401),
    ("root-file", "debug_output.log", "docs/data.md", ""),
    ("root-file", "STATUS.md", "README.md", ""),
    ("banned-name", "src/donecast/shows/utils.py", "src/donecast/shows/slots.py", ""),
    ("banned-name", "src/donecast/common/text.py", "src/donecast/kit/text.py", ""),
    ("banned-name", "src/donecast/shows/service_v2.py", "src/donecast/shows/service.py", ""),
    ("banned-name", "src/donecast/shows/slots_old.py", "src/donecast/shows/threshold.py", ""),
    ("banned-name", "frontend/src/upload-manager.tsx", "frontend/src/upload.tsx", ""),
    ("banned-name", "src/donecast/shows/service.py.bak", "src/donecast/shows/backup.py", ""),
    ("record-number", "docs/adr/notes.md", "docs/adr/template.md", ""),
    ("record-number", "docs/adr/0007-a-title.md", "docs/adr/0008-a-title.md", "# 0008. A title\n"),
    ("machine-path", "docs/data.md", "docs/picture.png", f"See {_MACHINE_PATH}.\n"),
    ("machine-path", ".ci/run", "docs/sound.flac", f"cd {_MACHINE_PATH}\n"),
]


def _tidied(root: Path, files: dict[str, str], *allowed: Allowed) -> Report:
    for place, text in files.items():
        path = root / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tidy(root, sorted(files), allowed)


def _broken(report: Report) -> set[tuple[str, str]]:
    return {(rule.name, finding.place) for rule, finding in report.findings}


@pytest.mark.parametrize(("rule", "place", "violating", "clean"), _PYTHON_CASES)
def test_python_rule(tmp_path: Path, rule: str, place: str, violating: str, clean: str) -> None:
    assert _broken(_tidied(tmp_path, {place: violating})) == {(rule, place)}
    assert _broken(_tidied(tmp_path, {place: clean})) == set()


@pytest.mark.parametrize(("rule", "violating", "clean", "text"), _TREE_CASES)
def test_tree_rule(tmp_path: Path, rule: str, violating: str, clean: str, text: str) -> None:
    assert _broken(_tidied(tmp_path, {violating: text})) == {(rule, violating)}
    assert _broken(_tidied(tmp_path, {clean: text})) == set()


@pytest.mark.parametrize(
    ("place", "text"),
    [
        ("src/donecast/entry/worker.py", "try:\n    f()\nexcept Exception:\n    raise\n"),
        ("src/donecast/production/line.py", "try:\n    f()\nexcept Exception:\n    raise\n"),
        ("src/donecast/platform/settings.py", "import os\nos.environ.get('A')\n"),
        ("src/donecast/platform/database.py", "session.commit()\n"),
        ("src/donecast/entry/cli.py", "print('hello')\n"),
        ("src/donecast/kit/clock.py", "datetime.now(UTC)\n"),
        ("src/donecast/core/loudness.py", "GAIN_DB = 0.5\n"),
        ("tests/shows/test_a.py", "def test_a():\n    import json\n    print(json)\n"),
        ("proofs/l0_nothing.py", "import os\nprint(os.environ)\n"),
    ],
)
def test_named_places_are_free(tmp_path: Path, place: str, text: str) -> None:
    assert _broken(_tidied(tmp_path, {place: text})) == set()


def test_two_records_with_one_number(tmp_path: Path) -> None:
    files = {"docs/adr/0001-a.md": "# 0001. A\n", "docs/adr/0001-b.md": "# 0001. B\n"}
    (finding,) = [finding for _, finding in _tidied(tmp_path, files).findings]
    assert (finding.place, finding.what) == ("docs/adr/0001-b.md", "number 0001 is taken by docs/adr/0001-a.md")


def test_nested_function_is_reported_once(tmp_path: Path) -> None:
    report = _tidied(tmp_path, {_SERVICE: "def f():\n    def g():\n        import json\n"})
    assert [finding.line for _, finding in report.findings] == [3]


def test_permission_lets_one_place_stand(tmp_path: Path) -> None:
    permission = Allowed("print-inside", _SERVICE, "Prints its banner before the log exists.")
    assert _tidied(tmp_path, {_SERVICE: "print('x')\n"}, permission).clean
    elsewhere = _tidied(tmp_path, {_SERVICE: "print('x')\n", _LEDGER: "print('x')\n"}, permission)
    assert _broken(elsewhere) == {("print-inside", _LEDGER)}


def test_spent_permission_is_a_finding(tmp_path: Path) -> None:
    report = _tidied(tmp_path, {_SERVICE: ""}, Allowed("print-inside", _SERVICE, "Prints its banner early on."))
    assert not report.clean
    assert "delete the entry" in report.troubles[0]


def test_permission_without_reason_is_a_finding(tmp_path: Path) -> None:
    report = _tidied(tmp_path, {_SERVICE: "print('x')\n"}, Allowed("print-inside", _SERVICE, "needed"))
    assert report.troubles == (
        f"tools/tidy_allowed.toml: the entry for {_SERVICE} needs a reason that a reader can check",
    )


def test_every_rule_has_a_case_a_reason_and_a_record() -> None:
    rules = [*PYTHON_RULES, *TREE_RULES]
    assert {rule.name for rule in rules} == {case[0] for case in [*_PYTHON_CASES, *_TREE_CASES]}
    for rule in rules:
        assert rule.reason.endswith("."), rule.name
        number = rule.record.removeprefix("ADR ")
        assert list((_ROOT / "docs" / "adr").glob(f"{number}-*.md")), f"{rule.name} cites a missing record"


def test_permissions_file_is_readable() -> None:
    assert all(permission.reason for permission in allowed_exceptions(_ROOT))


def test_tracked_places_know_themselves() -> None:
    assert "tests/tools/test_tidy.py" in tracked_places(_ROOT)
