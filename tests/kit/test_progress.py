"""Progress of a part as progress of the whole."""

from donecast.kit.progress import portion


def test_a_part_reports_its_percent_of_the_whole() -> None:
    told: list[tuple[int | None, str | None]] = []
    tell = portion(lambda percent, detail: told.append((percent, detail)), 20, 60, "Working")
    for share in (0.0, 0.5, 1.0):
        tell(share)
    assert told == [(20, "Working"), (40, "Working"), (60, "Working")]


def test_a_share_outside_stays_within_the_part() -> None:
    told: list[int | None] = []
    tell = portion(lambda percent, _: told.append(percent), 5, 99, None)
    tell(-0.5)
    tell(1.5)
    assert told == [5, 99]
