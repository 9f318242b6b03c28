"""The kind of a file is told by its bytes; what is no audio is refused with a sentence that fits."""

from pathlib import Path

import pytest

from donecast.engine.errors import (
    CopyProtected,
    Damaged,
    EmptyFile,
    EngineRefused,
    NoAudioInside,
    NotAudio,
    PlaylistRefused,
    UnknownFormat,
)
from donecast.engine.sniff import Container, sniff_format
from donecast.engine.tags import Tags, id3_tag
from tests.engine.sounds import sine, write, write_by_ffmpeg_libraries


@pytest.mark.parametrize(
    ("ending", "container"),
    [("wav", "wav"), ("flac", "flac"), ("ogg", "ogg"), ("mp3", "mp3"), ("aiff", "aiff"), ("w64.wav", "wav")],
)
def test_what_libsndfile_writes_is_known(tmp_path: Path, ending: str, container: str) -> None:
    path = write(tmp_path / f"a.{ending}", sine(1), subtype="VORBIS" if ending == "ogg" else None)
    assert sniff_format(path.rename(tmp_path / "no ending")) is Container(container)


@pytest.mark.parametrize(
    ("ending", "codec", "container"),
    [
        *(("m4a", "aac", "mp4"), ("mov", "aac", "mp4"), ("aac", "aac", "aac"), ("mka", "aac", "matroska")),
        *(("webm", "libopus", "matroska"), ("opus", "libopus", "ogg"), ("wma", "wmav2", "asf")),
    ],
)
def test_what_ffmpegs_libraries_write_is_known(tmp_path: Path, ending: str, codec: str, container: str) -> None:
    path = write_by_ffmpeg_libraries(tmp_path / f"a.{ending}", sine(1, rate=48_000), codec)
    assert sniff_format(path.rename(tmp_path / "liar.jpg")) is Container(container)


def test_an_mp3_behind_a_tag_or_in_the_middle_of_a_frame_is_known(tmp_path: Path) -> None:
    sound = write(tmp_path / "a.mp3", sine(2)).read_bytes()
    (tmp_path / "tagged").write_bytes(id3_tag(Tags(title="x" * 100_000)) + sound)
    (tmp_path / "cut").write_bytes(sound[777:])
    assert sniff_format(tmp_path / "tagged") is Container.MP3
    assert sniff_format(tmp_path / "cut") is Container.MP3


PLAYLISTS = [
    b"#EXTM3U\n#EXTINF:10,\nfile:///etc/passwd\n",
    b"#EXTM3U\r\n#EXT-X-TARGETDURATION:10\r\n#EXTINF:10,\r\nsecret.wav\r\n",
    b"\xef\xbb\xbf#EXTM3U\nhttp://example.com/a.ts\n",
    b"ffconcat version 1.0\nfile '/etc/passwd'\n",
    b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nm=audio 5004 RTP/AVP 96\r\n",
    b"[playlist]\nFile1=/etc/passwd\n",
    b'<?xml version="1.0"?>\n<MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><BaseURL>x</BaseURL></MPD>',
    b'<?xml version="1.0"?><playlist version="1"><trackList/></playlist>',
    b"<asx version='3'><entry><ref href='http://x'/></entry></asx>",
    b"https://example.com/stream\n",
    b"\n\n  #EXTM3U\nx\n",
    "#EXTM3U\na.wav\n".encode("utf-16"),
]


@pytest.mark.parametrize("content", PLAYLISTS)
def test_a_playlist_is_refused_whatever_its_name(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "episode.mp3").write_bytes(content)
    with pytest.raises(PlaylistRefused):
        sniff_format(tmp_path / "episode.mp3")


def test_a_playlist_behind_a_tag_is_refused(tmp_path: Path) -> None:
    (tmp_path / "episode.mp3").write_bytes(id3_tag(Tags(title="x")) + PLAYLISTS[0])
    with pytest.raises(Damaged, match="no sound follows"):
        sniff_format(tmp_path / "episode.mp3")


@pytest.mark.parametrize(
    ("content", "error", "sentence"),
    [
        (b"", EmptyFile, "empty"),
        (bytes(5_000), Damaged, "nothing but zeros"),
        (b"Dear diary,\ntoday I recorded nothing.\n", NotAudio, "is text"),
        ("Liebes Tagebuch, schöne Grüße.\n".encode() * 300, NotAudio, "is text"),
        (b"x", Damaged, "it has 1 byte"),
        (b"<!DOCTYPE html><html><body>Please sign in</body></html>", NotAudio, "web page"),
        (b"%PDF-1.7\n" + bytes(100), NotAudio, "PDF"),
        (b"PK\x03\x04" + bytes(100), NotAudio, "ZIP"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), NotAudio, "picture"),
        (b"MThd" + bytes(100), NotAudio, "MIDI"),
        (bytes(range(7, 256)) * 20, UnknownFormat, "do not know"),
    ],
)
def test_what_is_no_audio_says_what_it_is(
    tmp_path: Path, content: bytes, error: type[EngineRefused], sentence: str
) -> None:
    (tmp_path / "episode.mp3").write_bytes(content)
    with pytest.raises(error, match=sentence) as caught:
        sniff_format(tmp_path / "episode.mp3")
    assert caught.value.action.endswith(".")


def _box(name: bytes, *content: bytes) -> bytes:
    body = b"".join(content)
    return (len(body) + 8).to_bytes(4, "big") + name + body


def _mp4(entry: bytes, handler: bytes = b"soun") -> bytes:
    described = _box(b"stsd", bytes(4), (1).to_bytes(4, "big"), _box(entry, bytes(28)))
    media = _box(b"mdia", _box(b"hdlr", bytes(8), handler, bytes(13)), _box(b"minf", _box(b"stbl", described)))
    return _box(b"ftyp", b"M4A \0\0\0\0") + _box(b"moov", _box(b"trak", media)) + _box(b"mdat", bytes(100))


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (_mp4(b"drms"), CopyProtected),
        (_mp4(b"enca"), CopyProtected),
        (_mp4(b"aavd"), CopyProtected),
        (_mp4(b"avc1", b"vide"), NoAudioInside),
        (_box(b"ftyp", b"M4A \0\0\0\0") + _box(b"mdat", bytes(5_000)), Damaged),
        (_box(b"ftyp", b"M4A \0\0\0\0") + (10**9).to_bytes(4, "big") + b"mdat" + bytes(50), Damaged),
        (
            bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")
            + bytes(30)
            + bytes.fromhex("fbb3112223bdd211b4b700a0c955fc6e"),
            CopyProtected,
        ),
    ],
)
def test_locked_silent_and_cut_off_containers_are_told_apart(
    tmp_path: Path, content: bytes, error: type[EngineRefused]
) -> None:
    (tmp_path / "a.m4a").write_bytes(content)
    with pytest.raises(error):
        sniff_format(tmp_path / "a.m4a")


def test_an_unlocked_one_passes(tmp_path: Path) -> None:
    (tmp_path / "a.m4a").write_bytes(_mp4(b"mp4a"))
    assert sniff_format(tmp_path / "a.m4a") is Container.MP4
