"""A recursive filter as products of matrices: the fastest exact way that numpy has, and precise in 32 bits.

A row of some tens of samples is filtered by one product: with the impulse response for what lies within the row, and
with the filter's state at its start for all that came before. The states of all rows follow from each other by smaller
products of the same kind. Nothing is approximated.

`scipy.signal.sosfilt` would do, but importing it takes longer than metering an hour, and every job imports anew.
"""

import numpy as np
from numpy.typing import NDArray

from donecast.engine.samples import Samples

ROW = 32
"""Frames that are filtered by one product: fewer spend their time on states, more on the half of the matrix that is
zero, and multiples of 16 are multiplied fastest."""
_GROUP = 12

Matrix = NDArray[np.float64]
Floats = NDArray[np.float32]


class RowFilter:
    """Second-order sections (shape (n, 6), as in scipy) over a stage of frames at a time, the state carried on.

    The stage has ``frames`` rounded up to whole rows of `ROW`.

    In 32 bits a recursive filter is only as good as the coordinates of its state. These are balanced: each state is
    reached as easily as it is heard, so a rounded state is heard no louder than a rounded sample.
    """

    def __init__(self, sections: Matrix, channels: int, frames: int) -> None:
        step, entering, leaving, direct = _balanced(*_state_space(sections))
        order = len(step)
        powers = _powers(step, ROW)
        impulse = [direct, *(float(leaving @ powers[k] @ entering) for k in range(ROW))]
        matrix = np.zeros((ROW + order, ROW))
        for at in range(ROW):
            matrix[at, at:] = impulse[: ROW - at]
        matrix[ROW:] = np.stack([leaving @ powers[k] for k in range(ROW)], axis=1)
        self._matrix = matrix.astype(np.float32)
        self._to_state = np.stack([powers[ROW - 1 - k] @ entering for k in range(ROW)]).astype(np.float32)
        rows = -(-frames // ROW)
        groups = -(-rows // _GROUP)
        self._scans = _scans(powers[ROW], rows)
        self._state = np.zeros((channels, order), np.float32)
        # Samples and the state at the start of their row lie side by side, ready to be multiplied.
        self._stage = np.zeros((channels, rows, ROW + order), np.float32)
        self._filtered = np.zeros((channels, rows, ROW), np.float32)
        self._added = np.zeros((channels, groups * _GROUP, order), np.float32)
        self._frames = rows * ROW
        self.staged = 0

    @property
    def free(self) -> int:
        """Frames that the stage still takes."""
        return self._frames - self.staged

    def stage(self, samples: Samples) -> int:
        """Puts frames, in any memory order, onto the stage; answers how many there was room for."""
        count = min(self.free, len(samples))
        first, within = divmod(self.staged, ROW)
        head = min(count, -within % ROW)
        rows = (count - head) // ROW
        tail = count - head - rows * ROW
        middle = first + (within > 0)
        for channel, stage in enumerate(self._stage):
            sound = samples[:count, channel]
            if head:
                stage[first, within : within + head] = sound[:head]
            stage[middle : middle + rows, :ROW] = sound[head : count - tail].reshape(rows, ROW)
            if tail:
                stage[middle + rows, :tail] = sound[count - tail :]
        self.staged += count
        return count

    def filtered(self) -> Floats:
        """Filters what is staged and empties the stage. A broken row at its end is taken as the end of the sound.

        Shape (channels, rows, ROW); what lies beyond the staged frames means nothing. Valid until the next call.
        """
        if not self.staged:
            return self._filtered[:, :0]
        rows, within = divmod(self.staged, ROW)
        if within:
            self._stage[:, rows, within:ROW] = 0
            rows += 1
        stage, added = self._stage[:, :rows], self._added[:, :rows]
        np.matmul(stage[:, :, :ROW], self._to_state, out=added)
        states = _scan(self._added, self._state, self._scans)
        stage[:, :1, ROW:] = self._state[:, None]
        stage[:, 1:, ROW:] = states[:, : rows - 1]
        self._state = states[:, rows - 1].copy()
        self.staged = 0
        return np.matmul(stage, self._matrix, out=self._filtered[:, :rows])


def _powers(step: Matrix, highest: int) -> list[Matrix]:
    powers = [np.eye(len(step))]
    for _ in range(highest):
        powers.append(powers[-1] @ step)
    return powers


def _scans(step: Matrix, rows: int) -> list[tuple[Floats, Floats]]:
    """For each level of grouping: what a group's rows add to the states after them, and what the state before adds."""
    scans = []
    order = len(step)
    while True:
        powers = _powers(step, _GROUP)
        within = np.zeros((_GROUP, order, _GROUP, order), np.float32)
        for source in range(_GROUP):
            for target in range(source, _GROUP):
                within[source, :, target] = powers[target - source].T
        before = np.concatenate([power.T for power in powers[1:]], axis=1)
        scans.append((within.reshape(_GROUP * order, -1), before.astype(np.float32)))
        if rows <= _GROUP:
            return scans
        step, rows = powers[_GROUP], -(-rows // _GROUP)


def _scan(added: Floats, before: Floats, scans: list[tuple[Floats, Floats]]) -> Floats:
    """States after each row: ``state = state @ step + added``. Shapes (channels, rows, order), (channels, order).

    May answer for some more rows, as if nothing were added there.
    """
    channels, rows, order = added.shape
    groups = -(-rows // _GROUP)
    if rows % _GROUP:
        added = np.concatenate([added, np.zeros((channels, groups * _GROUP - rows, order), np.float32)], axis=1)
    within, carried = scans[0]
    states = added.reshape(channels, groups, -1) @ within  # as if nothing had been before each group
    starts = before[:, None]
    if groups > 1:
        ends = _scan(states[:, :-1, -order:], before, scans[1:])
        starts = np.concatenate([starts, ends[:, : groups - 1]], axis=1)
    states += starts @ carried
    return states.reshape(channels, -1, order)


def _state_space(sections: Matrix) -> tuple[Matrix, Matrix, Matrix, float]:
    """Sections in a row as s' = A s + b x, y = c s + d x."""
    step, entering, leaving, direct = np.zeros((0, 0)), np.zeros(0), np.zeros(0), 1.0
    for section in sections:
        own = np.array([[-section[4], 1.0], [-section[5], 0.0]])
        into = section[1:3] - section[4:6] * section[0]
        order = len(step)
        longer = np.zeros((order + 2, order + 2))
        longer[:order, :order], longer[order:, order:] = step, own
        longer[order:, :order] = np.outer(into, leaving)
        entering = np.concatenate([entering, into * direct])
        leaving = np.concatenate([leaving * section[0], [1.0, 0.0]])
        step, direct = longer, direct * float(section[0])
    return step, entering, leaving, direct


def _balanced(step: Matrix, entering: Matrix, leaving: Matrix, direct: float) -> tuple[Matrix, Matrix, Matrix, float]:
    """The same filter in coordinates whose two Gramians are equal and diagonal (Moore 1981)."""
    reached = _gramian(step, np.outer(entering, entering))
    heard = _gramian(step.T, np.outer(leaving, leaving))
    root = np.linalg.cholesky(reached)
    directions, weights, _ = np.linalg.svd(root.T @ heard @ root)
    scale = weights**0.25  # the Hankel singular values are the square roots of the weights
    there = root @ directions / scale
    back = np.linalg.inv(there)
    return back @ step @ there, back @ entering, leaving @ there, direct


def _gramian(step: Matrix, source: Matrix) -> Matrix:
    """G with G = step G step' + source."""
    order = len(step)
    solved = np.linalg.solve(np.eye(order**2) - np.kron(step, step), source.reshape(-1)).reshape(order, order)
    gramian: Matrix = (solved + solved.T) / 2
    return gramian
