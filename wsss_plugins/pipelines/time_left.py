"""How long several stages will still take, from what was expected of each."""
import time
from collections.abc import Callable, Mapping, Sequence

# Stages that ran say by how much expectations are off, within this factor.
_MOST_OFF = 4.


class TimeLeft:
    """Time left of stages that run one after another.

    Those to come are taken to be off by the factor by which those before
    were.

    Args:
        expected (Mapping[str, float]): Seconds by name of the stage.
        clock (Callable): Seconds that pass. Defaults to the system's.
    """

    def __init__(self, expected: Mapping[str, float],
                 clock: Callable[[], float] = time.monotonic) -> None:
        self._expected = dict(expected)
        self._clock = clock
        self._coming: list[str] = []
        self._now: str | None = None
        self._began = 0.
        self._done = [0., 0.]  # expected and real seconds

    def plan(self, names: Sequence[str]) -> None:
        """Say which stages are to run."""
        self._coming = list(names)

    def begin(self, name: str) -> None:
        """A stage begins."""
        self._now, self._began = name, self._clock()
        self._coming = [other for other in self._coming if other != name]

    def end(self) -> None:
        """The stage has ended."""
        if self._now in self._expected:
            self._done[0] += self._expected[self._now]
            self._done[1] += self._clock() - self._began
        self._now = None

    def left(self, part: float = 0.) -> float | None:
        """Seconds until all is done; None if nothing is known of a stage.

        Args:
            part (float): Seconds that the present stage needs at least.
        """
        if not {self._now, *self._coming} <= {None, *self._expected}:
            return None
        factor = self._factor()
        rest = 0.
        if self._now is not None:
            passed = self._clock() - self._began
            rest = max(part, self._expected[self._now] * factor - passed)
        return rest + factor * sum(map(self._expected.get, self._coming))

    def _factor(self) -> float:
        expected, real = self._done
        if not expected:
            return 1.
        return min(max(real / expected, 1 / _MOST_OFF), _MOST_OFF)
