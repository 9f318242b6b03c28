"""kill -9 at 50 random moments of a render: the next attempt ends right, no stray file, a finished one is reused."""

import sys

from proofs.harness import folder, table
from proofs.killed_renders import VICTIMS, KilledRender, killed_renders
from proofs.killed_servers import KilledServer, killed_servers

DURATION = "about 6 minutes"
_KILLS = 50
_SERVER_KILLS = 8


def main(arguments: list[str]) -> int:
    """``--kills N``, ``--servers N`` and ``--seed N`` change how many and when."""
    options = dict(zip(arguments[::2], map(int, arguments[1::2]), strict=True))
    seed = options.get("--seed", 12)
    with folder() as place:
        renders = killed_renders(place, options.get("--kills", _KILLS), seed)
    with folder() as place:
        servers = killed_servers(place, options.get("--servers", _SERVER_KILLS), seed)
    killed = [one for one in renders if not one.had_ended]
    print(table([_render_row(victim, killed) for victim in VICTIMS], _RENDER_HEADS))
    print(table([_server_row(one) for one in servers.killed], _SERVER_HEADS))
    orphans = max([one.orphan_seconds for one in killed] + [one.orphan_seconds for one in servers.killed])
    print(
        f"workers outlived their callers by {orphans:.2f} s at most; stored files that nothing names: "
        f"{servers.unused_files}; produced again unchanged in {servers.reuse_seconds:.1f} s, "
        f"where a render alone takes {servers.render_seconds:.1f} s"
    )
    right = sum(one.well for one in killed)
    while_rendering = [one for one in servers.killed if not one.had_rendered]
    right_servers = sum(one.well for one in while_rendering)
    print(
        f"A12: {right} of {len(killed)} killed renders and {right_servers} of {len(while_rendering)} killed servers "
        f"ended right at the next attempt and left nothing; a finished rendition was reused: {servers.reused}"
    )
    enough = len(killed) >= options.get("--kills", _KILLS) and while_rendering
    all_right = all(one.well for one in renders) and all(one.well for one in servers.killed)
    return 0 if enough and all_right and servers.reused and not servers.unused_files else 1


_RENDER_HEADS = ("killed", "times", "whole or none", "next one right", "stray files", "holds")
_SERVER_HEADS = ("killed after s", "rendering", "ended", "render begun", "same sound", "renditions", "stray", "holds")


def _render_row(victim: str, killed: list[KilledRender]) -> tuple[object, ...]:
    mine = [one for one in killed if one.victim == victim]
    whole, right = sum(one.whole_or_none for one in mine), sum(one.next_is_right for one in mine)
    stray = sum(len(one.stray) + one.left_by_living for one in mine)
    return victim, len(mine), whole, right, stray, all(one.well for one in mine)


def _server_row(one: KilledServer) -> tuple[object, ...]:
    runs = f"{one.runs} times"
    moment, rendering = f"{one.moment_seconds:.2f}", not one.had_rendered
    return moment, rendering, one.state, runs, one.same_sound, one.renditions, len(one.stray), one.well


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
