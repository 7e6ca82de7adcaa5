"""Connected pieces of small masks."""
import numpy as np


def piece_sizes(mask: np.ndarray) -> list[int]:
    """Areas of the 4-connected pieces of a mask, the largest first.

    Joins runs of neighboring rows by union-find; there are few runs in masks
    of objects.

    Args:
        mask (np.ndarray): bool (H, W).

    Returns:
        list[int]: Number of pixels of each piece.
    """
    parents: list[int] = []
    lengths: list[int] = []

    def root(run: int) -> int:
        while parents[run] != run:
            parents[run] = parents[parents[run]]
            run = parents[run]
        return run

    above: list[tuple[int, int, int]] = []
    for row in mask:
        edges = np.flatnonzero(np.diff(row.astype(np.int8), prepend=0,
                                       append=0)).tolist()
        here = []
        for start, stop in zip(edges[::2], edges[1::2]):
            run = len(parents)
            parents.append(run)
            lengths.append(stop - start)
            here.append((start, stop, run))
            for other_start, other_stop, other in above:
                if start < other_stop and other_start < stop:
                    parents[root(run)] = root(other)
        above = here
    sizes: dict[int, int] = {}
    for run, length in enumerate(lengths):
        sizes[root(run)] = sizes.get(root(run), 0) + length
    return sorted(sizes.values(), reverse=True)
