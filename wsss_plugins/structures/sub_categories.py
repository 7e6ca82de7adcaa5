"""Sub-categories of a training set, and the file that carries them."""
import os
from dataclasses import dataclass, fields

import numpy as np

from .npz import checked_array, load_arrays, save_arrays

# Kind and number of axes of each array of a file.
_LAYOUT = dict(
    classes=('text', 1), names=('text', 1), table=('int', 2),
    counts=('int', 1), centers=('number', 3), inertia=('number', 1),
    distance=('number', 2), plane=('number', 3), round=('int', 0),
    agreement=('number', 1))


@dataclass(frozen=True, eq=False)
class SubCategories:
    """Labels of one round of clustering, for people and for other programs.

    Training does not read it: the model carries its own labels.

    Args:
        classes (np.ndarray): Names of foreground classes, text (C,).
        names (np.ndarray): Names of images, text (N,).
        table (np.ndarray): Cluster of an image within a class, int (N, C);
            -1 where the image does not show the class.
        counts (np.ndarray): Clusters of each class, int (C,).
        centers (np.ndarray): Mean feature of each cluster, (C, K, d).
        inertia (np.ndarray): Sum of squared distances by class, (C,).
        distance (np.ndarray): Distance of an image to its center, (N, C);
            NaN where the class is absent.
        plane (np.ndarray): Coordinates of an image in its class's plane of
            greatest variance, (N, C, 2); NaN where the class is absent.
        round (int): Which round, from 1.
        agreement (np.ndarray): Normalized mutual information with the
            labels of the round before, by class, (C,); NaN if there are none.

    Raises:
        ValueError: If shapes or labels disagree.
    """
    classes: np.ndarray
    names: np.ndarray
    table: np.ndarray
    counts: np.ndarray
    centers: np.ndarray
    inertia: np.ndarray
    distance: np.ndarray
    plane: np.ndarray
    round: int
    agreement: np.ndarray

    def __post_init__(self) -> None:
        images, classes = len(self.names), len(self.classes)
        shapes = dict(
            table=(images, classes), counts=(classes, ),
            inertia=(classes, ), distance=(images, classes),
            plane=(images, classes, 2), agreement=(classes, ))
        for name, shape in shapes.items():
            found = np.shape(getattr(self, name))
            if found != shape:
                raise ValueError(f'{name} is {found}, not {shape}')
        if self.centers.ndim != 3 or len(self.centers) != classes:
            raise ValueError(f'centers are {self.centers.shape}, not '
                             f'({classes}, K, d)')
        if (self.table < -1).any() or (self.table >= self.counts).any():
            raise ValueError('a label is no cluster of its class')

    @property
    def num_sub(self) -> int:
        """Most clusters of a class, K."""
        return self.centers.shape[1]

    def members(self, label: int, cluster: int) -> np.ndarray:
        """Images of a cluster, nearest to its center first.

        Args:
            label (int): Foreground index of the class.
            cluster (int): Of the class.

        Returns:
            np.ndarray: Indices into ``names``, int.
        """
        rows = np.flatnonzero(self.table[:, label] == cluster)
        return rows[np.argsort(self.distance[rows, label], kind='stable')]

    def save(self, path: str | os.PathLike) -> None:
        """Write a file ``.npz``, atomically; an array for each field.

        Centers are stored as float16, distances and planes as float32.
        """
        arrays = {f.name: np.asarray(getattr(self, f.name))
                  for f in fields(self)}
        arrays.update(
            table=self.table.astype(np.int16),
            centers=self.centers.astype(np.float16),
            distance=self.distance.astype(np.float32),
            plane=self.plane.astype(np.float32))
        save_arrays(path, **arrays)

    @classmethod
    def load(cls, path: str | os.PathLike) -> 'SubCategories':
        """Read a file.

        Raises:
            UserError: If it is missing, damaged, or of another layout.
        """
        names = [f.name for f in fields(cls)]
        with load_arrays(path, names, 'file of sub-categories',
                         'train again with wsss_plugins.'
                         'SubCategoryClusteringHook') as arrays:
            for name, (kind, ndim) in _LAYOUT.items():
                checked_array(arrays[name], name, kind, ndim)
            return cls(**dict(arrays, round=int(arrays['round'])))
