"""Twenty-eight scenarios with the scripted model: each answered as it should be, every verified change right.

Each scenario of `evals/scenarios` plays through the real watch, agents, tools, gate and Slack client. What is called
verified has to pass a test that was kept back. See `evals/README.md` for the same with a live model.
"""

import argparse
import sys

from evals.__main__ import played_all, report
from evals.scenario import all_scenarios

DURATION = "about 5 minutes"
_SCENARIOS = 28


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="./dev prove Q1")
    parser.add_argument("--only", default="", help="only scenarios whose name has this in it")
    only = parser.parse_args(arguments).only
    scenarios = [one for one in all_scenarios() if only in one.name]
    results = played_all(scenarios, 1, None)
    report(results)
    good = sum(not wrong for _, _, wrong in results)
    print(
        "\nA scripted model proves the machinery: that evidence, rounds, gate, budgets and replies are as they should "
        "be. It proves nothing about how clever a model is."
    )
    well = good == len(results) and (bool(only) or len(results) == _SCENARIOS)
    print(f"{'well' if well else 'NOT WELL'}: {good} of {len(results)} scenarios answered as they should be")
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
