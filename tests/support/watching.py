"""Doing something while the line works."""

from collections.abc import Callable

from donecast.production.rules import StepView


def at_step(name: str, act: Callable[[], object]) -> Callable[[StepView], None]:
    """Does something once, when a step has begun."""
    done: list[bool] = []

    def watch(step: StepView) -> None:
        if step.name == name and step.state == "running" and not done:
            done.append(True)
            act()

    return watch
