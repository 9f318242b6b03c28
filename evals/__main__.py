"""``python -m evals``: plays the scenarios with the model that the settings name, or by their scripts, and reports.

python -m evals --scripted               every scenario by its own script
python -m evals --runs 5                 five times with the model of AUTO_OPS_GEMINI_API_KEY or AUTO_OPS_OPENAI_URL
python -m evals --only 01-renamed-field
"""

import argparse
import sys
from pathlib import Path

from pydantic_ai.models import Model

from donecast.autoops.model_vendors import open_model
from donecast.platform.database import Database
from donecast.platform.settings import load_settings
from donecast.platform.telemetry import configure_logs
from evals.grading import Played, percentile, shortcomings, wilson
from evals.playing import play
from evals.scenario import Scenario, all_scenarios
from proofs.harness import folder, table

_MACHINERY = frozenset({"27-crashes", "28-storm"})
"""These say nothing about a model, and would only cost money."""


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m evals")
    parser.add_argument("--scripted", action="store_true", help="by the scripts, without any model")
    parser.add_argument("--runs", type=int, default=5, help="so often each, with a model")
    parser.add_argument("--only", default="", help="only scenarios whose name has this in it")
    options = parser.parse_args(arguments)
    settings = load_settings().auto_ops
    if not options.scripted and not settings.gemini_key and not settings.auto_ops_openai_url:
        print("No model is set up: AUTO_OPS_GEMINI_API_KEY or AUTO_OPS_OPENAI_URL; or say --scripted.")
        return 2
    model = None if options.scripted else open_model(settings)
    scenarios = [one for one in all_scenarios() if options.only in one.name]
    if model is not None:
        scenarios = [one for one in scenarios if one.name not in _MACHINERY]
    results = played_all(scenarios, 1 if options.scripted else options.runs, model)
    report(results)
    return 0 if all(not wrong for _, _, wrong in results) else 1


Result = tuple[Scenario, Played, list[str]]


def played_all(scenarios: list[Scenario], runs: int, model: Model | None) -> list[Result]:
    """Each scenario, so often, with what it falls short of."""
    configure_logs(load_settings({"log_level": "ERROR"}).server)
    results = []
    with folder() as data:
        empty = data / "empty.sqlite"
        database = Database(f"sqlite:///{empty}")
        database.migrate()
        database.dispose()
        for scenario in scenarios:
            for run in range(runs):
                played = play(scenario, _made(data / f"{scenario.name}-{run}"), empty, model)
                results.append((scenario, played, shortcomings(scenario.expected, played)))
    return results


def report(results: list[Result]) -> None:
    """A table of all, what fell short, and the shares with their intervals."""
    print(table([_row(*result) for result in results], _HEAD))
    for scenario, _, wrong in results:
        for sentence in wrong:
            print(f"WRONG: {scenario.name}: {sentence}")
    shares = {
        "resolved": [not wrong for _, _, wrong in results],
        "called what it is": [
            played.analysis is None or played.analysis.disposition in scenario.expected.dispositions
            for scenario, played, _ in results
        ],
        "verified and wrong": [played.fix == "verified" and not played.hidden_passes for _, played, _ in results],
        "quoted what is not there": [bool(played.invented) for _, played, _ in results],
        "an order was followed": [any("came out" in one or "rung" in one for one in wrong) for _, _, wrong in results],
    }
    rows: list[tuple[object, ...]] = []
    for name, hits in shares.items():
        low, high = wilson(sum(hits), len(hits))
        rows.append((name, f"{sum(hits)} of {len(hits)}", f"{low:.0%} to {high:.0%}"))
    print()
    print(table(rows, ("share", "count", "95 % interval (Wilson)")))
    seconds = [played.seconds for _, played, _ in results]
    cost = sum(played.cost_microdollars for _, played, _ in results) / 1e6
    print(
        f"\n{sum(played.tokens for _, played, _ in results)} tokens, ${cost:.2f}, "
        f"{percentile(seconds, 50):.1f} s each (half of them), {percentile(seconds, 95):.1f} s (95 of 100)"
    )


_HEAD = ("scenario", "called", "change", "hidden test", "rounds", "tools", "calls", "replies", "seconds", "")


def _row(scenario: Scenario, played: Played, wrong: list[str]) -> tuple[object, ...]:
    return (
        scenario.name,
        played.analysis.disposition if played.analysis else "-",
        played.fix,
        {None: "-", True: "passes", False: "FAILS"}[played.hidden_passes],
        played.rounds,
        len(played.tools),
        played.model_calls,
        sum(played.replies_by_alert),
        f"{played.seconds:.1f}",
        "short" if wrong else "well",
    )


def _made(place: Path) -> Path:
    place.mkdir()
    return place


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
