"""Acts of a command, ``donecast credits verify``: each does its work on the ground and answers what is printed."""

import argparse
from collections.abc import Callable

from donecast.platform.web import Ground

Work = Callable[[Ground, argparse.Namespace], tuple[str, bool]]
"""Answers what is printed, and whether all is well."""


def acts_of(parser: argparse.ArgumentParser) -> Callable[[str, Work, str], argparse.ArgumentParser]:
    """What adds an act by its name, its work and its words.

    The options of the chosen one have its ``work``, and ``on_any_version`` where it does not need the tables of ours.
    """
    acts = parser.add_subparsers(required=True, metavar="act")

    def act(name: str, work: Work, words: str) -> argparse.ArgumentParser:
        sub = acts.add_parser(name, help=words, description=words)
        sub.set_defaults(work=work, on_any_version=False)
        return sub

    return act
