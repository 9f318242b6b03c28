"""Routes x another person's rows: all 404, and no stranger gets in anywhere."""

import re
import subprocess
import sys

from proofs.harness import ROOT

DURATION = "under a minute"


def main(arguments: list[str]) -> int:
    """Runs the generated matrix test and counts what it covered."""
    if arguments:
        print("L9 takes no arguments.")
        return 2
    suite = "tests/architecture/test_owner_matrix.py"
    command = [sys.executable, "-m", "pytest", suite, "-q", "-n0", "-s", "--no-header", "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    print(done.stdout.rstrip())
    figures = re.findall(r"matrix: (.+)", done.stdout)
    print(f"L9: {'; '.join(figures) or 'the matrix did not run'}")
    return done.returncode if figures else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
