"""The house is in order: lint, types, import contracts, tidy, API drift, studio, and its sizes."""

import re
import subprocess
import sys

from tools.sizes import ROOT, measure

DURATION = "about a minute"


def main(arguments: list[str]) -> int:
    """Runs ``./dev check`` and adds the figures; fails with it. The sizes are for the eye and fail nothing."""
    if arguments:
        print("L8 takes no arguments.")
        return 2
    done = subprocess.run(
        [sys.executable, str(ROOT / "dev"), "check"], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False
    )
    print(done.stdout.rstrip())
    contracts = re.search(r"Contracts: (\d+) kept, (\d+) broken", done.stdout)
    kept, broken = contracts.groups() if contracts else ("0", "all")
    sizes = measure()
    print(
        f"L8: check {'green' if done.returncode == 0 else 'RED'}, contracts {kept} kept {broken} broken, largest file "
        f"{sizes.largest_file.lines} lines ({sizes.largest_file.place}), longest function "
        f"{sizes.longest_function.lines} lines ({sizes.longest_function.place}), tests : code "
        f"{sizes.test_lines} : {sizes.code_lines} = {sizes.tests_per_code:.2f}"
    )
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
