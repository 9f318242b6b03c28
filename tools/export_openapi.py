"""The API's description, written from the code: ``python -m tools.export_openapi [--check]``.

Without an argument writes docs/openapi.json; with ``--check`` compares and fails when they differ.
"""

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from donecast.entry.http import create_app
from donecast.entry.wiring import lay_ground
from donecast.platform.settings import load_settings
from tools.sizes import ROOT

PATH = ROOT / "docs" / "openapi.json"


def openapi_document() -> dict[str, Any]:
    """The OpenAPI document of the whole web side, from an installation that lives only here."""
    with tempfile.TemporaryDirectory() as folder:
        ground = lay_ground(
            load_settings({"environment": "test", "data": Path(folder), "database_url": "", "storage_url": ""})
        )
        try:
            return create_app(ground).openapi()
        finally:
            ground.database.dispose()


def rendered(document: dict[str, Any]) -> str:
    """The document as the text that is kept: in the order of the code, indented, ending in a line break."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def main() -> int:
    """Writes or compares; 1 when the kept description is not what the code says."""
    text = rendered(openapi_document())
    paths = text.count('"operationId"')
    if "--check" in sys.argv[1:]:
        if not PATH.exists() or PATH.read_text("utf-8") != text:
            print("docs/openapi.json is not what the code says; run ./dev api and commit both.")
            return 1
        print(f"openapi: {paths} operations, no drift")
        return 0
    PATH.write_text(text, "utf-8")
    print(f"openapi: {paths} operations written to docs/openapi.json")
    return 0


if __name__ == "__main__":
    sys.exit(main())
