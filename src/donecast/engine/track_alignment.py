"""Where one track of a talk stands on another's clock, found from how the two sound alike.

Pure arithmetic on measured lags; `track_lags` measures them. A lag is the reference's instant less the track's own, for
the same sound. Two recorders' clocks run at steady, slightly different rates, so lags lie on a line over time; what
does not (one person silent, a line said twice alike) is left out by consensus.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from donecast.engine.errors import TracksUnrelated

DRIFT_PPM_MAX = 300.0
"""No recorder's clock is this wrong; a steeper line is chance."""
_COARSE_TOLERANCE_SECONDS = 0.04
_FINE_TOLERANCE_SECONDS = 0.004
_AGREEING_SHARE_MIN = 0.3
_AGREEING_MIN = 2


@dataclass(frozen=True, slots=True)
class Lag:
    """One measurement: at this second of the track's own clock it lags so many seconds; ``strength`` in deviations."""

    at_seconds: float
    lag_seconds: float
    strength: float


@dataclass(frozen=True, slots=True)
class LagLine:
    """``lag_seconds`` at the track's beginning, and how much it changes with each second of the track's own clock."""

    lag_seconds: float
    slope: float

    def at(self, seconds: float) -> float:
        """The lag in seconds at a second of the track's own clock."""
        return self.lag_seconds + self.slope * seconds


@dataclass(frozen=True, slots=True)
class TrackAlignment:
    """A track begins ``offset_ms`` after the reference does (negative: before), by the reference's clock.

    ``drift_ppm``: by how many millionths its clock runs faster than the reference's. ``residual_ms`` is the median
    distance of the measurements from that line, ``measurements`` how many agree and ``agreeing`` (0 to 1) which share
    of all of them: where a recorder has dropped a piece, what follows does not.
    """

    offset_ms: float
    drift_ppm: float
    residual_ms: float = 0.0
    measurements: int = 0
    agreeing: float = 1.0

    @property
    def rate_ratio(self) -> float:
        """Seconds of the track's clock for one of the reference's."""
        return 1 + self.drift_ppm * 1e-6

    def reference_seconds(self, own_seconds: float) -> float:
        """The reference's instant for one of the track's own."""
        return self.offset_ms / 1000 + own_seconds / self.rate_ratio

    def own_seconds(self, reference_seconds: float) -> float:
        """The inverse of `reference_seconds`."""
        return (reference_seconds - self.offset_ms / 1000) * self.rate_ratio


TOGETHER = TrackAlignment(0.0, 0.0)
"""The reference itself, and tracks that are known to run together."""


def coarse_line(lags: Sequence[Lag], windows: int) -> LagLine:
    """The line on which most of the measurements agree, to some hundredths of a second.

    ``windows`` is at how many places was looked; where nothing was found, no lag is given. Raises TracksUnrelated.
    """
    found, at, lag = None, *_arrays(lags)
    for line in _lines_through_pairs(at, lag) if windows > 1 else [LagLine(one.lag_seconds, 0.0) for one in lags]:
        agreeing = np.abs(lag - line.lag_seconds - line.slope * at) <= _COARSE_TOLERANCE_SECONDS
        score = (int(agreeing.sum()), -abs(line.slope))
        if found is None or score > found[0]:
            found = (score, agreeing)
    if found is None or found[0][0] < min(windows, _AGREEING_MIN):
        raise TracksUnrelated
    agreeing = found[1]
    if agreeing.mean() < _AGREEING_SHARE_MIN:
        raise TracksUnrelated
    return _line_of_medians(at[agreeing], lag[agreeing])


def fine_alignment(families: Sequence[Sequence[Lag]]) -> TrackAlignment:
    """The alignment from lags measured apart for each direction in which sound went.

    What the reference's speaker says reaches the track's microphone later than the reference's, and the other way
    round; one slope is fitted to both families, and the offset lies in the middle between them, where the ways through
    the air cancel. With one family alone it is that family's. Raises TracksUnrelated when too few agree.
    """
    heard = [_arrays(family) for family in families if len(family)]
    if not heard:
        raise TracksUnrelated
    slope = _common_slope(heard)
    starts = [float(np.median(lag - slope * at)) for at, lag in heard]
    for _ in range(3):
        kept = [
            np.abs(lag - slope * at - start) <= _FINE_TOLERANCE_SECONDS
            for (at, lag), start in zip(heard, starts, strict=True)
        ]
        used = [(at[keep], lag[keep]) for (at, lag), keep in zip(heard, kept, strict=True)]
        if any(not len(at) for at, _ in used):
            raise TracksUnrelated
        slope = _least_squares_slope(used, slope)
        starts = [float((lag - slope * at).mean()) for at, lag in used]
    agreeing = sum(int(keep.sum()) for keep in kept)
    total = sum(len(keep) for keep in kept)
    if agreeing < _AGREEING_SHARE_MIN * total:
        raise TracksUnrelated
    residuals = np.concatenate(
        [np.abs(lag - slope * at - start) for (at, lag), start in zip(used, starts, strict=True)]
    )
    return TrackAlignment(
        offset_ms=1000 * float(np.mean(starts)),
        drift_ppm=1e6 * (1 / (1 + slope) - 1),
        residual_ms=1000 * float(np.median(residuals)),
        measurements=agreeing,
        agreeing=agreeing / total,
    )


def seen_from_afar(alignment: TrackAlignment, lags: Sequence[Lag]) -> TrackAlignment:
    """The same, believed no more than coarse measurements agree: fine ones do not see what is far from their line."""
    near = [
        abs(alignment.reference_seconds(lag.at_seconds) - lag.at_seconds - lag.lag_seconds) <= _COARSE_TOLERANCE_SECONDS
        for lag in lags
    ]
    return replace(alignment, agreeing=min(alignment.agreeing, sum(near) / max(1, len(near))))


_Numbers = NDArray[np.float64]


def _arrays(lags: Sequence[Lag]) -> tuple[_Numbers, _Numbers]:
    return np.array([one.at_seconds for one in lags]), np.array([one.lag_seconds for one in lags])


def _lines_through_pairs(at: _Numbers, lag: _Numbers) -> list[LagLine]:
    lines = []
    for first in range(len(at)):
        for second in range(first + 1, len(at)):
            apart = at[second] - at[first]
            if apart <= 0:
                continue
            slope = float((lag[second] - lag[first]) / apart)
            # Places near each other say nothing of the slope: their lags may differ by the way through the air.
            slack = _COARSE_TOLERANCE_SECONDS / apart
            if abs(slope) <= DRIFT_PPM_MAX * 1e-6 + slack:
                held = max(-DRIFT_PPM_MAX * 1e-6, min(DRIFT_PPM_MAX * 1e-6, slope))
                middle = float(lag[first] + lag[second] - held * (at[first] + at[second])) / 2
                lines.append(LagLine(middle, held))
    return lines


def _line_of_medians(at: _Numbers, lag: _Numbers) -> LagLine:
    slope = _common_slope([(at, lag)])
    return LagLine(float(np.median(lag - slope * at)), slope)


def _common_slope(families: Sequence[tuple[_Numbers, _Numbers]]) -> float:
    """The median slope of pairs (Theil and Sen), those far apart alone; 0 for fewer than two places."""
    slopes = []
    for at, lag in families:
        first, second = np.triu_indices(len(at), 1)
        apart = np.abs(at[second] - at[first])
        wide = apart > 0.3 * np.ptp(at) if len(at) > 1 else apart > 0
        slopes.append((lag[second] - lag[first])[wide] / (at[second] - at[first])[wide])
    every = np.concatenate(slopes)
    limit = DRIFT_PPM_MAX * 1e-6
    return float(np.clip(np.median(every), -limit, limit)) if len(every) else 0.0


def _least_squares_slope(families: Sequence[tuple[_Numbers, _Numbers]], otherwise: float) -> float:
    above, below = 0.0, 0.0
    for at, lag in families:
        centred = at - at.mean()
        above += float(centred @ (lag - lag.mean()))
        below += float(centred @ centred)
    return above / below if below > 0 else otherwise
