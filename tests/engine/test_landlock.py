"""The wall around files: what a process behind it may still do, and what is said where there is no such wall."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from donecast.engine import landlock

_TRY = """
import json, os, sys
from pathlib import Path
from donecast.engine.landlock import installation, wall_off
given = json.loads(sys.argv[1])
walled = wall_off(
    readable=[*installation(), *map(Path, given["readable"])], writable=[Path(place) for place in given["writable"]]
)
def done(act):
    try:
        return bool(act() or True)
    except OSError as error:
        return error.strerror
place, other = Path(given["writable"][0]), Path(given["other"])
import wave, decimal
print(json.dumps({
    "walled": walled,
    "made": done(lambda: (place / "new").write_text("x")),
    "shortened": done(lambda: os.truncate(place / "new", 0)),
    "renamed": done(lambda: (place / "new").replace(place / "newer")),
    "removed": done(lambda: (place / "newer").unlink()),
    "read": done(lambda: Path(given["readable"][0]).read_bytes()),
    "changed": done(lambda: os.truncate(given["readable"][0], 0)),
    "read beside": done(lambda: Path(given["readable"][0]).with_name("beside").read_bytes()),
    "made elsewhere": done(lambda: (other / "new").write_text("x")),
    "listed": done(lambda: os.listdir(other)),
    "linked": done(lambda: (place / "link").symlink_to("/etc/passwd")),
    "followed": done(lambda: (place / "link").read_bytes()),
}))
"""


def _tried(tmp_path: Path) -> dict[str, object]:
    for name in ("job", "other", "sources"):
        (tmp_path / name).mkdir()
    (tmp_path / "sources" / "given").write_text("sound")
    (tmp_path / "sources" / "beside").write_text("secret")
    given = {
        "readable": [str(tmp_path / "sources" / "given"), str(tmp_path / "not there")],
        "writable": [str(tmp_path / "job")],
        "other": str(tmp_path / "other"),
    }
    command = [sys.executable, "-c", _TRY, json.dumps(given)]
    said = subprocess.run(
        command, capture_output=True, check=True, env={"PYTHONPATH": ":".join(filter(None, sys.path))}
    )
    answer: dict[str, object] = json.loads(said.stdout)
    return answer


def test_behind_the_wall_only_what_was_given_opens(tmp_path: Path) -> None:
    if reason := landlock.unavailable_because():
        pytest.skip(f"no wall around files here: {reason}")
    refused = "Permission denied"
    assert _tried(tmp_path) == {
        **{"walled": True, "made": True, "shortened": True, "renamed": True, "removed": True, "read": True},
        **{"changed": refused, "read beside": refused, "made elsewhere": refused, "listed": refused},
        **{"linked": True, "followed": refused},
    }
    assert (tmp_path / "sources" / "given").read_text() == "sound"


def test_other_systems_are_told_apart(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert landlock.unavailable_because() == "only Linux has such a wall"
    assert landlock.wall_off(readable=[tmp_path], writable=[]) is False


@pytest.mark.parametrize("version", [1, 2, 3, 4, 5, 6, 7, 12])
def test_every_version_is_asked_for_what_it_knows(version: int, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bytes] = []

    def answer(number: int, *arguments: int | bytes | None) -> int:
        if arguments[0] is None:
            return version
        if isinstance(arguments[0], bytes):
            asked.append(arguments[0][: int(str(arguments[1]))])
            raise KeyboardInterrupt  # far enough: this process must not be walled off
        return 0

    monkeypatch.setattr(landlock, "_system_call", answer)
    with pytest.raises(KeyboardInterrupt):
        landlock.wall_off(readable=[], writable=[])
    rights = int.from_bytes(asked[0][:8], "little")
    assert rights.bit_length() == {1: 13, 2: 14, 3: 15, 4: 15}.get(version, 16)
    assert len(asked[0]) == (8 if version < 4 else 16 if version < 6 else 24)
