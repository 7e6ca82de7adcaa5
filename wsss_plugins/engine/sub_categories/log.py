"""Summary of a round of clustering: a file and a table in the log."""
import numpy as np
import torch
from mmengine.logging import MMLogger
from prettytable import PrettyTable
from torch import Tensor

from ...ops.cluster.sub_labels import (
    ClassClusters,
    mutual_information,
    principal_plane,
)
from ...structures import SubCategories


def describe(classes: list[str], names: list[str], features: Tensor,
             clusters: ClassClusters, previous: Tensor,
             number: int) -> SubCategories:
    """Describe a round of clustering, for its file.

    Args:
        classes (list[str]): Names of foreground classes.
        names (list[str]): Names of images.
        features (Tensor): (N, d).
        clusters (ClassClusters): Of the features.
        previous (Tensor): Table of the round before, int (N, C); all -1 if
            there was none.
        number (int): Of the round.
    """
    table = clusters.table
    distance = torch.full(table.shape, torch.nan)
    plane = torch.full((*table.shape, 2), torch.nan)
    agreement = np.full(len(classes), np.nan)
    for c in range(len(classes)):
        rows = (table[:, c] >= 0).nonzero()[:, 0]
        if not len(rows):
            continue
        points, own = features[rows], table[rows, c]
        offset = points - clusters.centers[c][own]
        distance[rows.cpu(), c] = offset.norm(dim=1).cpu()
        plane[rows.cpu(), c] = principal_plane(points).cpu()
        before = previous[rows, c]
        if (before >= 0).all():
            agreement[c] = mutual_information(before, own)
    return SubCategories(
        classes=np.array(classes), names=np.array(names),
        table=table.cpu().numpy(), counts=clusters.counts.cpu().numpy(),
        centers=clusters.centers.cpu().numpy(),
        inertia=clusters.inertia.cpu().numpy(), distance=distance.numpy(),
        plane=plane.numpy(), round=number, agreement=agreement)


def log_round(found: SubCategories, wanted: int) -> None:
    """Print sizes, inertia and agreement of each class; warn of few images.

    Args:
        found (SubCategories): The round.
        wanted (int): Clusters that each class should have.
    """
    logger = MMLogger.get_current_instance()
    printed = PrettyTable(['class', 'images', 'sizes of sub-categories',
                           'mean sq. distance', 'NMI to round before'])
    for c, name in enumerate(found.classes):
        own = found.table[:, c][found.table[:, c] >= 0]
        sizes = np.bincount(own, minlength=found.counts[c])
        mean = found.inertia[c] / max(len(own), 1)
        agreement = found.agreement[c]
        printed.add_row([
            name, len(own), ' '.join(map(str, sorted(sizes)[::-1])),
            f'{mean:.4g}', '-' if np.isnan(agreement) else f'{agreement:.2f}'
        ])
        if not len(own):
            logger.warning(f'{name}: in no training image; it gets no '
                           'sub-categories')
        elif found.counts[c] < wanted:
            logger.warning(f'{name}: {found.counts[c]} sub-categories instead '
                           f'of {wanted}, as it has no more different images')
    logger.info(f'sub-categories, round {found.round}\n'
                f'{printed.get_string()}')
