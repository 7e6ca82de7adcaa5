"""Sub-categories of a training set, and the file that carries them."""
import os
import zipfile
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from .atomic import atomic_path
from .errors import UserError


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
        with atomic_path(path) as temporary, open(temporary, 'wb') as file:
            np.savez(file, **arrays)

    @classmethod
    def load(cls, path: str | os.PathLike) -> 'SubCategories':
        """Read a file.

        Raises:
            UserError: If it is missing, cut off, or of another layout.
        """
        path = Path(path)
        if not path.is_file():
            raise UserError(f'{path}: sub-categories not found; train with '
                            'wsss_plugins.SubCategoryClusteringHook first')
        try:
            with np.load(path, allow_pickle=False) as file:
                values = {f.name: file[f.name] for f in fields(cls)}
            values['round'] = int(values['round'])
            return cls(**values)
        except (ValueError, KeyError, OSError, EOFError, TypeError,
                zipfile.BadZipFile) as error:
            raise UserError(f'{path}: not a whole file of sub-categories '
                            f'({error}); delete it and train again') from None
