"""Three independent readers agree about the feed, and the server keeps to HTTP to the byte.

The readers are feedparser, podcastparser and the npm package podcast-partytime, which npm puts into ``.tools`` at the
first run. ``--url http://127.0.0.1:8000 --show my-show`` looks at a server that is running already.
"""

import argparse
import gzip
import io
import json
import random
import shutil
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import feedparser
import httpx2
import podcastparser

from proofs.harness import ProofFailed, Studio, donecast_up, folder, speak, table

DURATION = "about 1 minute"
PARTYTIME = "podcast-partytime@5.0.0"
TOOLS = Path(__file__).parents[1] / ".tools" / "partytime"
RANGES = 1_000
SEED = 20_261_123

_PODCAST = "{https://podcastindex.org/namespace/1.0}"

_TRANSCRIPT = """WEBVTT

00:00.000 --> 00:01.200
<v Ann>Good morning.

00:01.200 --> 00:04.000
<v Ann>The beans are up, and the rain was kind to us.
"""

_READ_WITH_PARTYTIME = """
import partytime from 'podcast-partytime';
let xml = '';
for await (const piece of process.stdin) xml += piece;
const feed = partytime.parseFeed(xml, { allowMissingGuid: false });
if (!feed) throw new Error('partytime refused the feed');
const items = feed.items.map((item) => [item.guid, item.title, Number(item.enclosure.length), Number(item.duration)]);
console.log(JSON.stringify({ title: feed.title, guid: feed.guid ?? null, items }));
"""


@dataclass(frozen=True, slots=True)
class Item:
    """One episode as a reader understood it: length in bytes, duration in seconds."""

    guid: str
    title: str
    length_bytes: int
    duration_seconds: int


@dataclass(frozen=True, slots=True)
class Reading:
    """A feed as a reader understood it; items sorted by guid, since readers order them differently."""

    reader: str
    title: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was checked, whether it holds, and what was seen."""

    what: str
    holds: bool
    seen: str


def check_feed(feed_url: str, *, ranges: int = RANGES, seed: int = SEED, tools: Path = TOOLS) -> list[Finding]:
    """Everything that L4 promises, for one feed on a running server."""
    with httpx2.Client(timeout=60, headers={"Accept-Encoding": "identity"}) as client:
        answer = client.get(feed_url)
        if answer.status_code != 200:
            return [Finding("the feed answers", False, f"{answer.status_code} at {feed_url}")]
        body = answer.content
        readings = [
            read_with_feedparser(body),
            read_with_podcastparser(feed_url, body),
            read_with_partytime(body, tools),
        ]
        findings = list(compare(readings))
        findings += check_conditional(client, feed_url)
        enclosures = {
            entry.enclosures[0].href: int(entry.enclosures[0].length) for entry in feedparser.parse(body).entries
        }
        files: dict[str, bytes] = {}
        for url, length in enclosures.items():
            findings += check_enclosure(client, url, length, files)
        findings.append(check_ranges(client, files, ranges, seed))
        findings += check_beside(client, body)
    return findings


def read_with_feedparser(body: bytes) -> Reading:
    parsed = feedparser.parse(body)
    if parsed.bozo:
        raise ValueError(f"feedparser: {parsed.bozo_exception}")
    items = [
        Item(entry.id, entry.title, int(entry.enclosures[0].length), int(entry.itunes_duration))
        for entry in parsed.entries
    ]
    return _reading("feedparser", parsed.feed.title, items)


def read_with_podcastparser(feed_url: str, body: bytes) -> Reading:
    parsed = podcastparser.parse(feed_url, io.BytesIO(body))
    items = [
        Item(entry["guid"], entry["title"], entry["enclosures"][0]["file_size"], entry["total_time"])
        for entry in parsed["episodes"]
    ]
    return _reading("podcastparser", parsed["title"], items)


def read_with_partytime(body: bytes, tools: Path) -> Reading:
    """Reads with the npm package, run by Node in a folder of its own; installs it there when it is missing."""
    if not (tools / "node_modules" / "podcast-partytime").exists():
        tools.mkdir(parents=True, exist_ok=True)
        (tools / "package.json").write_text('{"private": true, "type": "module"}\n')
        command = [_program("npm"), "install", "--no-audit", "--no-fund", "--silent", PARTYTIME]
        subprocess.run(command, cwd=tools, check=True, timeout=300)
    (tools / "read.mjs").write_text(_READ_WITH_PARTYTIME)
    done = subprocess.run(
        [_program("node"), "read.mjs"],
        input=body,
        cwd=tools,
        env={"LOG": "silent", "PATH": str(Path(_program("node")).parent)},
        capture_output=True,
        check=True,
        timeout=60,
    )
    document = json.loads(done.stdout.splitlines()[-1])
    return _reading("podcast-partytime", document["title"], [Item(*item) for item in document["items"]])


def compare(readings: list[Reading]) -> Iterable[Finding]:
    """Whether all readers understood the same."""
    first = readings[0]
    for reading in readings:
        differing = [pair for pair in zip(first.items, reading.items, strict=False) if pair[0] != pair[1]]
        same = (reading.title, reading.items) == (first.title, first.items) and bool(reading.items)
        seen = f"{len(reading.items)} items" if same else f"{reading.title!r}, {differing[:2]}"
        yield Finding(f"{reading.reader} reads title, guid, length, duration", same, seen)


def check_conditional(client: httpx2.Client, url: str) -> Iterable[Finding]:
    """304 for who has it, the same bytes for who has not, HEAD like GET, gzip the same text."""
    first, again, head = client.get(url), client.get(url), client.head(url)
    yield Finding("an unchanged feed is byte-identical", first.content == again.content, f"{len(first.content)} bytes")
    for name, value in (
        ("If-None-Match", first.headers["etag"]),
        ("If-None-Match", f'"x", W/{first.headers["etag"]}'),
        ("If-Modified-Since", first.headers["last-modified"]),
    ):
        answer = client.get(url, headers={name: value})
        yield Finding(
            f"304 for {name}: {value}", answer.status_code == 304 and not answer.content, str(answer.status_code)
        )
    other = client.get(url, headers={"If-None-Match": '"another"'})
    yield Finding(
        "200 for another tag", other.status_code == 200 and other.content == first.content, str(other.status_code)
    )
    packed = client.get(url, headers={"Accept-Encoding": "gzip"})
    yield Finding(
        "gzip holds the same text",
        packed.headers.get("content-encoding") == "gzip" and packed.content == first.content,
        f"{packed.headers.get('content-length')} bytes on the wire, at best {len(gzip.compress(first.content, 9))}",
    )
    unlike = _unlike(first, head)
    yield Finding("HEAD has the headers of GET", not unlike and not head.content, ", ".join(unlike) or "equal")
    yield Finding("no cookie", "set-cookie" not in first.headers, "none")


def check_enclosure(client: httpx2.Client, url: str, length: int, files: dict[str, bytes]) -> Iterable[Finding]:
    """The length in the feed is the length that is served; puts the bytes into ``files``."""
    get, head = client.get(url), client.head(url)
    files[url] = get.content
    lengths = [length, len(get.content), int(get.headers["content-length"]), int(head.headers["content-length"])]
    yield Finding("length in feed = bytes served = Content-Length", len(set(lengths)) == 1, str(lengths[0]))
    unlike = _unlike(get, head)
    yield Finding("HEAD on the audio has the headers of GET", not unlike, ", ".join(unlike) or "equal")
    again = client.get(url, headers={"If-None-Match": get.headers["etag"]})
    yield Finding("304 for audio already held", again.status_code == 304, str(again.status_code))
    beyond = client.get(url, headers={"Range": f"bytes={length}-"})
    named = beyond.headers.get("content-range")
    yield Finding("416 past the end", (beyond.status_code, named) == (416, f"bytes */{length}"), str(named))
    stale = client.get(url, headers={"Range": "bytes=0-9", "If-Range": '"another"'})
    yield Finding("If-Range of another file sends all", stale.content == get.content, str(stale.status_code))
    suffix = client.get(url, headers={"Range": "bytes=-1000"})
    yield Finding("a suffix range is the end", suffix.content == get.content[-1000:], str(suffix.status_code))


def check_ranges(client: httpx2.Client, files: dict[str, bytes], ranges: int, seed: int) -> Finding:
    """Random stretches of every file, compared byte for byte with the whole."""
    drawn = random.Random(seed)
    urls = sorted(files)
    right = 0
    for _ in range(ranges if urls else 0):
        url = drawn.choice(urls)
        whole = files[url]
        start = drawn.randrange(len(whole))
        end = min(len(whole), start + 1 + int(drawn.expovariate(1 / 65_536)))
        answer = client.get(url, headers={"Range": f"bytes={start}-{end - 1}"})
        right += (
            answer.status_code == 206
            and answer.content == whole[start:end]
            and answer.headers["content-range"] == f"bytes {start}-{end - 1}/{len(whole)}"
            and answer.headers["content-length"] == str(end - start)
        )
    return Finding(f"ranges right at {ranges} random offsets", right == ranges, f"{right}/{ranges}")


def check_beside(client: httpx2.Client, body: bytes) -> Iterable[Finding]:
    """What stands beside the feed: pages, covers, and texts that players on other sites may fetch."""
    parsed = feedparser.parse(body)
    for entry in parsed.entries:
        page = client.get(entry.link)
        yield Finding("the episode page is there", page.status_code == 200, f"{len(page.content)} bytes of HTML")
    cover = client.head(parsed.feed.image.href)
    seen = f"{cover.status_code} {cover.headers.get('content-type')}"
    yield Finding("the cover answers HEAD", cover.status_code == 200, seen)
    addresses = _beside_addresses(body)
    open_to_all = [
        answer.status_code == 200 and answer.headers.get("access-control-allow-origin") == "*"
        for answer in map(client.get, addresses)
    ]
    yield Finding("captions and chapters are open to all", all(open_to_all), f"{sum(open_to_all)}/{len(addresses)}")


def _beside_addresses(body: bytes) -> list[str]:
    """Addresses of every transcript and chapter file that the feed names."""
    tags = (f"{_PODCAST}transcript", f"{_PODCAST}chapters")
    return [element.attrib["url"] for element in ElementTree.fromstring(body).iter() if element.tag in tags]


def _unlike(get: httpx2.Response, head: httpx2.Response) -> list[str]:
    passing = {"date", "x-request-id", "server"}
    names = (set(get.headers) | set(head.headers)) - passing
    return sorted(name for name in names if get.headers.get(name) != head.headers.get(name))


def _reading(reader: str, title: str, items: list[Item]) -> Reading:
    return Reading(reader, title, tuple(sorted(items, key=lambda item: item.guid)))


def _program(name: str) -> str:
    beside_python = Path(sys.executable).parent / name
    found = str(beside_python) if beside_python.exists() else shutil.which(name)
    if found is None:
        raise FileNotFoundError(f"{name} is needed to run podcast-partytime")
    return found


def report(findings: list[Finding]) -> int:
    """Prints the table and the last line; 0 when everything holds."""
    print(table([("ok" if one.holds else "FAIL", one.what, one.seen) for one in findings], ("", "what", "seen")))
    failed = sum(not finding.holds for finding in findings)
    ranges = next((finding.seen for finding in findings if finding.what.startswith("ranges right")), "no ranges")
    print(f"L4: {len(findings) - failed} of {len(findings)} hold; 3 readers; ranges {ranges}")
    return 1 if failed else 0


def publish_two(studio: Studio, place: Path) -> str:
    """A show with two live episodes, one of them with a transcript that was brought along; answers its name."""
    show = studio.make_show("The Proof & Its <Feed>")
    for title, text, more in (
        ("Beans & rain", "Good morning. The beans are up, and the rain was kind to us.", {"transcript": _TRANSCRIPT}),
        ("Über den Garten", "Good evening. There is nothing new under the apple tree.", {}),
    ):
        recording = studio.upload(speak(text, place / "speech.wav"))
        episode_id = studio.make_episode(show["id"], recording["id"], title=title, **more)
        operation = studio.wait(studio.produce(episode_id, publish="now"))
        if operation["state"] != "done":
            raise ProofFailed(f"{title}: {operation['state']} {operation['error']}")
    return str(show["slug"])


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", help="address of a running server; without it one is started with two episodes")
    parser.add_argument("--show", help="with --url: the show's name in its address")
    options = parser.parse_args(arguments)
    if options.url:
        return report(check_feed(f"{options.url.rstrip('/')}/shows/{options.show}/feed.xml"))
    with folder() as place, donecast_up(place / "data") as (studio, _settings):
        slug = publish_two(studio, place)
        return report(check_feed(f"{studio.url}/shows/{slug}/feed.xml"))


if __name__ == "__main__":
    sys.exit(main())
