"""Compare arrays with golden ones, a line for each check."""
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np


@dataclass(frozen=True)
class Check:
    """Outcome of one comparison.

    Attributes:
        name (str): What was compared.
        max_abs (float): Greatest absolute error.
        max_rel (float): Greatest relative error, where the golden value is
            not zero.
        passed (bool): Whether it is within tolerance.
    """
    name: str
    max_abs: float
    max_rel: float
    passed: bool

    def __str__(self) -> str:
        verdict = 'ok' if self.passed else 'FAIL'
        return (f'{self.name}: max abs {self.max_abs:.3g}, max rel '
                f'{self.max_rel:.3g}, {verdict}')


# From a golden file to the comparisons with it.
Checker = Callable[[Path], Iterator[Check]]


def checks(*patterns: str,
           companions: Sequence[str] = ()) -> Callable[[Checker], Checker]:
    """Mark a function as the check of golden files; a decorator.

    Args:
        patterns (str): Names of the files that it checks; ``*`` stands for
            anything.
        companions (Sequence[str]): Patterns of files that it reads along
            with them; these need no check of their own.
    """

    def mark(checker: Checker) -> Checker:
        checker.patterns = patterns
        checker.companions = tuple(companions)
        return checker

    return mark


def compare(name: str,
            actual: object,
            golden: object,
            rtol: float = 1e-5,
            atol: float = 1e-6) -> Check:
    """Compare two arrays; NaN equals NaN, shapes must be the same.

    Args:
        name (str): What is compared.
        actual, golden (array_like): The package's and the reference's value.
        rtol, atol (float): As in :func:`numpy.allclose`; both 0 for exact.
    """
    actual = np.asarray(actual, dtype=np.float64)
    golden = np.asarray(golden, dtype=np.float64)
    if actual.shape != golden.shape:
        return Check(f'{name} (shape {actual.shape}, golden {golden.shape})',
                     np.inf, np.inf, False)
    same = (actual == golden) | (np.isnan(actual) & np.isnan(golden))
    with np.errstate(invalid='ignore', divide='ignore'):
        error = np.where(same, 0., np.abs(actual - golden))
        relative = np.where(golden != 0, error / np.abs(golden), 0.)
        passed = same | (error <= atol + rtol * np.abs(golden))
    return Check(name, _greatest(error), _greatest(relative),
                 bool(passed.all()))


def _greatest(array: np.ndarray) -> float:
    """Maximum; infinite where something is NaN."""
    return float(np.nan_to_num(array, nan=np.inf).max(initial=0.))


def equal(name: str, actual: object, golden: object) -> Check:
    """Compare for equality: lists, names, integers."""
    passed = bool(actual == golden)
    error = 0. if passed else np.inf
    return Check(name, error, error, passed)
