"""Lists the proofs, or runs one: ``python -m proofs [ID [arguments]]``."""

import importlib
import sys
from collections.abc import Sequence
from pathlib import Path

from tools.registry import Entry, entries, listing

FOLDER = Path(__file__).parent


def main(arguments: Sequence[str]) -> int:
    """Exit code of the proof; 2 for an ID that does not exist."""
    proofs = entries(FOLDER, "[a-z]*[0-9]_*.py")
    if not arguments:
        print(f"Proofs, run by ./dev prove ID:\n{listing(proofs)}")
        return 0
    wanted = arguments[0].upper()
    chosen = [proof for proof in proofs if proof.name == wanted]
    if len(chosen) != 1:
        print(_complaint(wanted, proofs, chosen), file=sys.stderr)
        return 2
    return int(importlib.import_module(chosen[0].module).main(list(arguments[1:])) or 0)


def _complaint(wanted: str, proofs: Sequence[Entry], chosen: Sequence[Entry]) -> str:
    if chosen:
        return f"{wanted} is claimed by {' and '.join(proof.module for proof in chosen)}; a proof needs its own ID."
    known = ", ".join(proof.name for proof in proofs) or "none"
    return f"There is no proof {wanted}. Known: {known}."


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
