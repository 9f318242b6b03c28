"""A document of the payment service, read field by field: what is not as it must be raises PaymentsAnswerBad."""

from dataclasses import dataclass
from typing import Any

from donecast.billing.errors import PaymentsAnswerBad


@dataclass(frozen=True, slots=True)
class Document:
    """A JSON object; ``Any`` in, checked values out."""

    content: Any

    def __post_init__(self) -> None:
        if not isinstance(self.content, dict):
            raise PaymentsAnswerBad

    def text(self, name: str) -> str:
        """A text that is not empty."""
        found = self.text_or_none(name)
        if not found:
            raise PaymentsAnswerBad
        return found

    def text_or_none(self, name: str) -> str | None:
        """A text, or None where it is missing or null."""
        found = self.content.get(name)
        if found is not None and not isinstance(found, str):
            raise PaymentsAnswerBad
        return found

    def number(self, name: str) -> int:
        """A whole number."""
        found = self.number_or_none(name)
        if found is None:
            raise PaymentsAnswerBad
        return found

    def number_or_none(self, name: str) -> int | None:
        """A whole number, or None where it is missing or null; a fraction is no amount."""
        found = self.content.get(name)
        if found is not None and type(found) is not int:
            raise PaymentsAnswerBad
        return found

    def flag(self, name: str) -> bool:
        """A truth; false where it is missing or null."""
        found = self.content.get(name)
        if found is not None and not isinstance(found, bool):
            raise PaymentsAnswerBad
        return bool(found)

    def id_or_none(self, name: str) -> str | None:
        """The id of another object, which may stand there as a whole; None where it is missing or null."""
        found = self.content.get(name)
        return Document(found).text("id") if isinstance(found, dict) else self.text_or_none(name)

    def inner(self, name: str) -> "Document":
        """An object inside."""
        return Document(self.content.get(name))

    def inner_or_empty(self, name: str) -> "Document":
        """An object inside, or an empty one where it is missing, null, or only named by its id."""
        found = self.content.get(name)
        return Document({} if found is None or isinstance(found, str) else found)

    def documents(self, name: str) -> "tuple[Document, ...]":
        """A list of objects."""
        found = self.documents_or_none(name)
        if found is None:
            raise PaymentsAnswerBad
        return found

    def documents_or_none(self, name: str) -> "tuple[Document, ...] | None":
        """A list of objects, or None where it is missing or null."""
        found = self.content.get(name)
        if found is not None and not isinstance(found, list):
            raise PaymentsAnswerBad
        return tuple(map(Document, found)) if found is not None else None
