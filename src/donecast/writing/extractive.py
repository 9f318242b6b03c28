"""The engine that needs no key, no network and no money: it finds texts in the recording's own words."""

from donecast.core.extracts import extract
from donecast.core.text_request import TextRequest
from donecast.kit.problems import Problem
from donecast.writing.errors import NothingToExtract
from donecast.writing.writer import RawAnswer


class ExtractiveWriter:
    """TextWriter adapter, see `writer.TextWriter`. It says of itself that it writes nothing of its own."""

    name = "extractive"
    model = ""
    source_label = "Found in your own words, without AI"

    def check(self) -> list[Problem]:
        """Nothing: it is always here."""
        return []

    def write(self, request: TextRequest) -> RawAnswer:
        """See `writer.TextWriter.write`; the same request gives the same answer."""
        found = extract(request)
        if found is None:
            raise NothingToExtract(details={"kind": request.kind})
        return RawAnswer(found, None, None, 0)
