"""IRNet's instances from displacement fields."""
from collections.abc import Iterator
from pathlib import Path

from wsss_plugins.ops.walk.displacement import (
    cluster_centroids,
    find_centroids,
)
from wsss_plugins.testing.arrays import load_tensors
from wsss_plugins.testing.checks import Check, checks, compare


@checks('instances*.npz')
def check_instances(path: Path) -> Iterator[Check]:
    """``instances.npz``: a displacement field to clusters."""
    data = load_tensors(path)
    centroids = find_centroids(data['dp'])
    yield compare('centroids', centroids, data['centroids'], 0, 0)
    yield compare('clusters_onehot',
                  cluster_centroids(centroids, data['dp']),
                  data['clusters_onehot'], 0, 0)
