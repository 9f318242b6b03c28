"""The frame around every request costs less than 100 microseconds for its counting; the feed with it and without."""

import sys

from benchmarks.middleware import in_words, measure

DURATION = "about 1 minute"
_COUNTING_US_MAX = 100.0


def main(arguments: list[str]) -> int:
    """Measures and compares with what was promised."""
    if arguments:
        print("P6 takes no arguments.")
        return 2
    cost = measure()
    print(in_words(cost))
    print(
        f"P6: counting a request takes {cost.counting_us:.1f} us (promised: under {_COUNTING_US_MAX:.0f}); the feed "
        f"with all middleware on gives {cost.feed_ratio:.3f} of its requests per second without any"
    )
    return 0 if cost.counting_us < _COUNTING_US_MAX else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
