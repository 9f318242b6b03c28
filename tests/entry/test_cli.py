"""The command line as people type it."""

import errno
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import soundfile

from benchmarks._talk import Recorder, record, talk, voices
from donecast.accounts import service as accounts
from donecast.accounts.errors import WrongPassword
from donecast.entry.cli import main
from donecast.entry.results import OutputRefused, write_all
from donecast.entry.talk_words import tracks_in_words
from donecast.entry.wiring import lay_ground
from donecast.kit.errors import DonecastError
from donecast.platform.disk_room import DiskFull
from donecast.platform.settings import load_settings
from donecast.speech.flite import FliteSynthesizer
from tests.engine.sounds import noise
from tests.engine.talks import make_talk
from tests.engine.test_m4a import ffprobe
from tests.support.sounds import tone
from tests.support.vendor import VENDORS

_CAPTIONS = "WEBVTT\n\n00:00:00.000 --> 00:00:02.500\n<v Ann>The beans are up and the rain was kind to us.\n"


pytestmark = pytest.mark.usefixtures("heard_once", "music_made_once")


@pytest.fixture(autouse=True)
def _own_installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, empty_database_file: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DONECAST_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("DONECAST_HASH_COST", "low")
    (tmp_path / "data").mkdir()
    shutil.copyfile(empty_database_file, tmp_path / "data" / "donecast.sqlite")


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """A few spoken words."""
    voice = FliteSynthesizer()
    if voice.check():
        pytest.skip("flite is not installed (Debian: apt-get install flite)")
    return voice.synthesize("The beans are up and the rain was kind to us.", "slt", tmp_path / "Beans.wav").path


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(arguments)
    said = capsys.readouterr()
    return code, said.out, said.err


def test_produce_makes_an_episode_and_says_what_it_did(
    recording: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "words.vtt").write_text(_CAPTIONS)
    out = tmp_path / "episode.mp3"
    wish = ["produce", str(recording), "--show", "Beans", "--out", str(out), "--transcript", "words.vtt", "--json"]
    code, said, progress = run(capsys, *wish)
    assert code == 0, progress
    result = json.loads(said)
    assert result["transcript"]["quality"] == "given"
    assert "with Beans" not in result["spoken"][0]["text"]
    assert result["loudness_lufs"] == pytest.approx(-16, abs=0.5)
    assert result["true_peak_dbtp"] <= -1.0
    assert result["frames"] == round(result["duration_ms"] * 44.1)
    assert out.read_bytes()[:3] == b"ID3"
    for kind in ("vtt", "srt", "txt"):
        assert "beans are up" in " ".join(out.with_suffix(f".{kind}").read_text().split()), kind
    assert json.loads(Path(result["files"]["chapters"]).read_text())["version"].startswith("1.2")
    assert "Writing out the words" in progress
    assert not (tmp_path / "data" / "blobs").exists()


def test_produce_treats_the_sound_when_asked(
    recording: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    speech, rate = soundfile.read(recording, dtype="float32", always_2d=True)
    hissing = np.concatenate(
        [noise(1, rate=rate, level=0.01), speech + noise(len(speech) / rate, rate=rate, level=0.01)]
    )
    soundfile.write(recording, hissing, rate)
    (tmp_path / "words.vtt").write_text(_CAPTIONS)
    made = {}
    for name, more in {"plain": [], "treated": ["--reduce-noise", "--even-out", "--soften-s"]}.items():
        wish = ["produce", str(recording), "-o", f"{name}.mp3", "--transcript", "words.vtt", "--json", *more]
        code, said, progress = run(capsys, *wish)
        assert code == 0, progress
        made[name] = json.loads(said)["duration_ms"], (tmp_path / f"{name}.mp3").read_bytes()
    assert made["plain"][0] == made["treated"][0]
    assert made["plain"][1] != made["treated"][1]


def test_produce_in_words_lists_cuts_lengths_loudness_and_files(
    recording: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DONECAST_LOUDNESS_LUFS_STEREO", "-16.5")
    code, said, _ = run(capsys, "produce", str(recording), "-o", str(tmp_path / "e.mp3"), "--template", "interview")
    assert code == 0
    for part in ("Beans: 0:0", "nothing was cut", "LUFS (target -16.5)", "dBTP", "approximate transcript", "e.vtt"):
        assert part in said


def test_produce_writes_m4a_where_the_name_asks_for_it(
    recording: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DONECAST_AUDIO_VBR_QUALITY", "4")  # which is for mp3 alone
    code, said, progress = run(capsys, "produce", str(recording), "-o", str(tmp_path / "e.m4a"), "--json")
    assert code == 0, progress
    result = json.loads(said)
    said_by_ffprobe = ffprobe(tmp_path / "e.m4a")
    assert said_by_ffprobe["streams"][0]["codec_name"] == "aac"
    assert float(said_by_ffprobe["format"]["duration"]) == pytest.approx(result["duration_ms"] / 1000, abs=0.03)
    assert [chapter["tags"]["title"] for chapter in said_by_ffprobe["chapters"]]
    assert result["loudness_lufs"] == pytest.approx(-16, abs=0.5)


def test_produce_joins_the_tracks_of_a_talk_and_names_who_speaks(
    recording: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [voices(tmp_path / "voices", speaker, 16_000) for speaker in (0, 1)]
    said = talk(lines, 16, rate=16_000, seed=4)
    assert {one.speaker for one in said} == {0, 1}
    recorders = [Recorder(level_db=4), Recorder(offset_seconds=0.7, drift_ppm=30, level_db=-4)]
    for own, (name, recorder) in enumerate(zip(("ann", "ben"), recorders, strict=True)):
        path = tmp_path / f"{name}.wav"
        record(path, said, lines, own=own, recorder=recorder, seconds=16, rate=16_000, seed=own)
    code, answer, progress = run(capsys, "produce", "ann.wav", "ben.wav", "-o", "e.mp3", "--json")
    assert code == 0, progress
    assert progress.startswith("Lining up the tracks\n")
    result = json.loads(answer)
    assert [track["name"] for track in result["tracks"]] == ["ann.wav", "ben.wav"]
    assert result["tracks"][1]["offset_ms"] == pytest.approx(700, abs=1)
    assert result["recording_duration_ms"] == pytest.approx(16_000, abs=2)
    assert {span["track"] for span in result["speakers"]} == {0, 1}
    captions = Path("e.vtt").read_text()
    assert "<v ann>" in captions
    assert "<v ben>" in captions


def test_how_tracks_were_joined_is_said_in_words() -> None:
    common = {
        "loudness_lufs": -20.0,
        "loudness_after_lufs": -23.0,
        "gain_db": -3.0,
        "speaking_ms": 61_500,
        "agreeing": 1.0,
    }
    host = {"name": "host.wav", "offset_ms": 0.0, "drift_ppm": 0.0, **common}
    guest = {"name": "guest.wav", "offset_ms": -1_500.4, "drift_ppm": 30.04, **common, "agreeing": 0.55}
    absent = {**host, "name": "spare.wav", "loudness_lufs": None}
    assert tracks_in_words([host, guest, absent]) == [
        "Tracks lined up, each 20 dB down while only others speak:",
        "  host.wav: gives the clock, level -3.0 dB, speaks for 1:01.5",
        "  guest.wav: begins 1.500 s earlier, drift +30.0 ppm, level -3.0 dB, speaks for 1:01.5",
        "    Only 55% of the places that were compared fit this: the recorder may have dropped a piece. "
        "Listen for an echo before you publish.",
        "  spare.wav: nobody speaks into this microphone, so it was left out",
    ]


def test_tracks_that_do_not_belong_together_get_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_talk(tmp_path, [Recorder(bleed_db=-120), Recorder(bleed_db=-120)], seconds=12)
    code, said, problem = run(capsys, "produce", "host.wav", "guest.wav", "-o", "e.mp3")
    assert (code, said) == (1, "")
    assert "guest.wav and host.wav do not seem to belong together" in problem
    assert "they began together" in problem
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "guest.wav", "host.wav"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere.wav", "-o", "e.mp3"], "There is no file nowhere.wav"),
        (["hum.wav", "-o", "e.wav"], "ends in .mp3"),
        (["hum.wav", "-o", "no/such/folder/e.mp3"], "in a folder that exists"),
        (["hum.wav", "-o", "e.mp3", "--template", "Opera"], "Just me"),
        (["words.txt", "-o", "e.mp3"], "."),
        (["hum.wav", "nowhere.wav", "-o", "e.mp3"], "There is no file nowhere.wav"),
        (["hum.wav", "hum.wav", "-o", "e.mp3"], "hum.wav and hum.wav are the same track"),
        ([*["hum.wav"] * 7, "-o", "e.mp3"], "7 tracks cannot be put together"),
    ],
)
def test_bad_wishes_get_a_sentence_and_leave_nothing(
    arguments: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "hum.wav").write_bytes(tone(1.0))
    (tmp_path / "words.txt").write_text("These are only words.")
    code, out, problem = run(capsys, "produce", *arguments)
    assert (code, out) == (1, "")
    assert said in problem
    assert "Traceback" not in problem
    assert list(tmp_path.glob("e.*")) == []


@pytest.mark.parametrize(
    ("brought", "out"),
    [
        (["talk.mp3"], "talk.mp3"),
        (["talk.mp3"], "./elsewhere/../talk.MP3"),
        (["talk.wav", "--transcript", "talk.txt"], "talk.mp3"),
        (["talk.wav", "--transcript", "talk.vtt"], "talk.mp3"),
    ],
)
def test_produce_never_writes_over_what_was_brought(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], brought: list[str], out: str
) -> None:
    (tmp_path / "elsewhere").mkdir()
    for name in ("talk.mp3", "talk.wav", "talk.txt", "talk.vtt"):
        (tmp_path / name).write_bytes(b"precious")
    (tmp_path / "talk.MP3").symlink_to("talk.mp3")
    code, _, said = run(capsys, "produce", *brought, "--out", out)
    assert (code, "would overwrite your file talk." in said) == (1, True)
    assert {path.read_bytes() for path in tmp_path.glob("talk.*")} == {b"precious"}


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A disk of 64 KB, which is full before an episode is on it."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "none", str(folder)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("mounting a small disk needs root")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_a_disk_that_is_full_when_the_episode_is_written_gets_a_sentence(
    recording: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with small_disk(tmp_path / "disk") as disk:
        (disk / "episode.mp3").write_bytes(b"an earlier one")
        code, said, problem = run(capsys, "produce", str(recording), "--out", str(disk / "episode.mp3"))
        assert (code, said) == (1, "")
        assert f"There is no space left in {disk}" in problem
        assert "Traceback" not in problem
        assert {path.name: path.read_bytes() for path in disk.iterdir()} == {"episode.mp3": b"an earlier one"}


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "There is no space left in"),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), "There is no space left in"),
        (OSError(errno.EFBIG, "File too large"), "There is no space left in"),
        (PermissionError(errno.EACCES, "Permission denied"), "cannot be written there: Permission denied"),
        (OSError(errno.EROFS, "Read-only file system"), "cannot be written there: Read-only file system"),
    ],
)
def test_whatever_the_disk_says_becomes_a_sentence_and_leaves_nothing(
    tmp_path: Path, fault: OSError, said: str
) -> None:
    def broken() -> Iterator[bytes]:
        yield b"half"
        raise fault

    with pytest.raises(DonecastError, match=said):
        write_all({tmp_path / "e.txt": iter([b"whole"]), tmp_path / "e.mp3": broken()})
    assert list(tmp_path.glob("e.*")) == []


def test_files_that_were_there_are_replaced_only_when_all_is_written(tmp_path: Path) -> None:
    for name in ("e.mp3", "e.txt"):
        (tmp_path / name).write_bytes(b"old")
    (tmp_path / "e.json").mkdir()  # where no file can go
    with pytest.raises(OutputRefused):
        write_all({tmp_path / name: iter([b"new"]) for name in ("e.mp3", "e.txt", "e.json")})
    assert not list(tmp_path.glob("*.part"))
    write_all({tmp_path / name: iter([b"n", b"ew"]) for name in ("e.mp3", "e.txt")})
    assert {(tmp_path / name).read_bytes() for name in ("e.mp3", "e.txt")} == {b"new"}


def test_a_transcript_that_is_not_text_gets_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "talk.wav").write_bytes(tone(1.0))
    (tmp_path / "words.txt").write_bytes("Café".encode("latin-1"))
    code, _, said = run(capsys, "produce", "talk.wav", "--transcript", "words.txt", "--out", "episode.mp3")
    assert (code, "cannot be read as text" in said, "UTF-8" in said) == (1, True, True)
    assert not (tmp_path / "episode.mp3").exists()


def test_produce_takes_away_what_a_killed_one_left(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "system"))
    left, another = (tmp_path / "system" / f"donecast-{name}" for name in ("produce-left", "backup"))
    for folder in (left, another):
        (folder / "data").mkdir(parents=True)
        (folder / ".owner").touch()  # nobody holds it
    (tmp_path / "talk.wav").write_bytes(tone(1.0))
    (tmp_path / "words.txt").write_bytes(b"\xff")
    run(capsys, "produce", "talk.wav", "--transcript", "words.txt", "--out", "episode.mp3")
    assert list((tmp_path / "system").iterdir()) == [another]


def test_admin_token_is_for_an_account_that_exists(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, problem = run(capsys, "admin", "token", "--email", "ann@example.com")
    assert (code, "There is no account with the address ann@example.com." in problem) == (1, True)
    assert run(capsys, "admin", "account", "--email", "ann@example.com", "--admin")[0] == 0
    code, said, _ = run(capsys, "admin", "token", "--email", "Ann@Example.com")
    assert (code, said.startswith("dct_")) == (0, True)


def test_admin_password_opens_the_account_and_the_old_one_no_longer_does(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, problem = run(capsys, "admin", "password", "--email", "ann@example.com")
    assert (code, "There is no account with the address ann@example.com." in problem) == (1, True)
    old = run(capsys, "admin", "account", "--email", "ann@example.com")[1].strip()
    ground = lay_ground(load_settings({"data": tmp_path / "data", "hash_cost": "low"}))
    opens = partial(accounts.check_password, ground.database, ground.settings.accounts, "ann@example.com")
    with ground.database.transaction() as session:
        browser = accounts.open_session(session, ground.settings.accounts, ground.clock, opens(old))
    code, new, _ = run(capsys, "admin", "password", "--email", "Ann@Example.com")
    assert (code, opens(new.strip()).email) == (0, "ann@example.com")
    with pytest.raises(WrongPassword):
        opens(old)
    with ground.database.reading() as session:
        assert accounts.resume_session(session, ground.clock, browser.secret) is None
    ground.database.dispose()


def test_status_says_that_nobody_works_and_ends_with_1(capsys: pytest.CaptureFixture[str]) -> None:
    code, said, _ = run(capsys, "status")
    assert code == 1
    assert "workers: none is alive" in said


def test_doctor_explains_the_installation(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, said, _ = run(capsys, "doctor")
    assert str(tmp_path / "data") in said
    assert "SQLite on this machine" in said
    assert "transcriber pocketsphinx" in said
    assert "texts extractive" in said
    assert "wall around files" in said


@pytest.mark.parametrize("name", sorted(VENDORS))
def test_doctor_asks_the_vendor_and_says_when_it_refuses_the_key(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("DONECAST_TRANSCRIBER", name)
    code, _, problem = run(capsys, "doctor")
    assert (code, f"DONECAST_{name.upper()}_KEY: is needed" in problem) == (1, True)
    with VENDORS[name].opened() as vendor:
        monkeypatch.setenv(f"DONECAST_{name.upper()}_URL", vendor.url)
        monkeypatch.setenv(f"DONECAST_{name.upper()}_KEY", vendor.key)
        assert re.search(rf"ok +transcriber {name} +ready", run(capsys, "doctor")[1])
        monkeypatch.setenv(f"DONECAST_{name.upper()}_KEY", "another")
        code, said, _ = run(capsys, "doctor")
        assert (code, vendor.jobs) == (1, [])
        assert re.search(rf"LOOK +transcriber {name} +The transcription service does not accept the key", said)


def test_wrong_settings_are_all_told_and_nothing_starts(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DONECAST_PORT", "eight thousand")
    monkeypatch.setenv("DONECAST_COLOUR", "green")
    code, _, problem = run(capsys, "up")
    assert code == 1
    assert "DONECAST_PORT" in problem
    assert "DONECAST_COLOUR: no such setting" in problem


def test_a_worker_on_postgresql_needs_a_name(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    url = request.getfixturevalue("postgres_url").replace("+psycopg", "")
    monkeypatch.setenv("DONECAST_DATABASE_URL", url)
    assert run(capsys, "worker")[2].startswith("The database belongs to another version")
    assert run(capsys, "admin", "migrate")[0] == 0
    code, _, problem = run(capsys, "worker")
    assert (code, "DONECAST_WORKER_ID" in problem) == (1, True)


def test_the_first_password_is_told_even_when_the_demo_show_cannot_be_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise DiskFull

    monkeypatch.setattr("donecast.shows.service.make_demo_show", full)
    code, said, _ = run(capsys, "up")
    assert (code, "Its password:" in said) == (1, True)
