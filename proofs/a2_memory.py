"""A render takes as much memory for three hours and 9,000 cuts as for one hour and 300."""

import sys
from pathlib import Path

from benchmarks._measuring import run
from benchmarks.render import command, options_for
from proofs.harness import folder, table

DURATION = "about 6 minutes"
_HOUR_MIB_MAX, _THREE_HOURS_MIB_MAX, _CUTS_MIB_MAX = 220, 230, 5


def main(arguments: list[str]) -> int:
    """``--unit N`` makes an hour of N minutes; ``--folder PATH`` keeps inputs."""
    options = dict(zip(arguments[::2], arguments[1::2], strict=True))
    unit = int(options.get("--unit", 60))
    with folder() as scraps:
        place = Path(options["--folder"]) if "--folder" in options else scraps
        jobs = {
            "J60, wav": {**options_for(unit, "wav", 1)},
            "J60, mp3 stereo": {**options_for(unit, "mp3", 2)},
            "J180, 900 cuts": {**options_for(3 * unit, "wav", 1)},
            "J180, 9,000 cuts": {**options_for(3 * unit, "wav", 1), "cuts": 9_000},
        }
        peaks = {}
        for name, wish in jobs.items():
            cost = run(command("ours", place, {**wish, "out": "ours.mp3"}), watch_memory=True)
            peaks[name] = cost.peak_mib or 0.0
    print(table([(name, f"{peak:.0f}") for name, peak in peaks.items()], ("job", "peak MiB of all processes")))
    hour = max(peak for name, peak in peaks.items() if name.startswith("J60"))
    few, many = peaks["J180, 900 cuts"], peaks["J180, 9,000 cuts"]
    well = hour <= _HOUR_MIB_MAX and max(few, many) <= _THREE_HOURS_MIB_MAX and abs(many - few) <= _CUTS_MIB_MAX
    print(f"A2: {hour:.0f} MiB for an hour, {few:.0f} MiB for three hours, {many - few:+.0f} MiB with 9,000 cuts")
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
