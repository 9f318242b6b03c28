"""The ledger does what a ledger on paper does, whatever is asked of it, in whatever order; on both engines."""

from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from donecast.kit.clock import FixedClock
from donecast.platform.database import Database
from tests.support.ledger_walk import LENGTHS_MS, Act, Disagreement, Walk, walk
from tests.support.ledgers import NOON, Ledger

_ids = st.sampled_from(["a", "b", "c"])
_work = st.tuples(
    st.sampled_from(["transcription", "assembly"]),
    st.sampled_from(LENGTHS_MS),
    st.sampled_from(["standard", "auphonic"]),
)
_acts: st.SearchStrategy[Act] = st.one_of(
    st.tuples(st.just("wait"), st.sampled_from([1, 1_800, 90_000, 900_000])),
    st.tuples(st.sampled_from(["charge", "hold", "capture"]), _ids, _work),
    st.tuples(st.just("release"), _ids, st.sampled_from(["failed", "cancelled"])),
    st.tuples(st.just("renew"), _ids),
    st.tuples(st.just("refund"), _ids, _ids, st.sampled_from([None, 1, 5_000])),
    st.tuples(
        st.just("gift"), _ids, st.sampled_from(["purchased", "promo"]), st.sampled_from([1, 20_000]), st.just(20)
    ),
    st.tuples(st.just("tier"), st.sampled_from(["free", "creator", "pro", "unlimited"])),
    st.just(("settle",)),
)


@settings(max_examples=40)
@given(st.lists(_acts, min_size=1, max_size=30))
def test_every_short_history_is_that_on_paper(empty_database_file: Path, acts: list[Act]) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.sqlite"
        copyfile(empty_database_file, path)
        ledger = Ledger(Database(f"sqlite:///{path}"), FixedClock(NOON))
        walking = Walk(ledger)
        for act in acts:
            walking.step(act)
        ledger.require_sound()
        ledger.database.dispose()


@pytest.mark.parametrize("seed", [1, 2])
def test_a_long_walk_is_that_on_paper(ledger: Ledger, seed: int) -> None:
    walking = walk(ledger, seed, 300, check_every=100)
    assert walking.outcomes["charge ok"] > 10
    assert walking.outcomes["capture ok"] > 5


def test_a_ledger_that_differs_by_a_thousandth_is_noticed(sqlite_ledger: Ledger) -> None:
    walking = Walk(sqlite_ledger)
    walking.step(("charge", "a", ("transcription", 60_000, "standard")))
    walking.paper.grants[0].left += 1
    with pytest.raises(Disagreement, match="instead of"):
        walking.step(("settle",))
