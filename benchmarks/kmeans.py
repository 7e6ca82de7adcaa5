"""SC-CAM's clustering, its label bookkeeping, and its merged CAMs.

Features are made up: relu of a random projection of a mixture with a few
modes and noise, 4096 numbers an image, as many images as VOC's train_aug has
of each class. Clustering is that of scikit-learn, class by class; the label
files are made as the published code makes them, by searching a list of names
for each name.
"""
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from common.harness import Case
from common.synthetic import smooth_maps, upsampled
from sklearn.cluster import KMeans as SklearnKMeans

from wsss_plugins.ops.cam.sub_cams import merge_sub_cams
from wsss_plugins.ops.cluster.kmeans import KMeans
from wsss_plugins.ops.cluster.sub_labels import class_major_order, sub_targets

_NUM_SUB = 10
_CHANNELS = 4096
_EPS = 1e-5
# Images of each of VOC's classes in train_aug and in train.
_TRAIN_AUG = (590, 504, 705, 468, 714, 393, 1150, 1005, 1228, 267, 613, 1188,
              445, 492, 4155, 522, 300, 649, 503, 567)
_TRAIN = (88, 65, 105, 78, 87, 78, 128, 131, 148, 64, 82, 121, 68, 81, 442,
          82, 63, 93, 83, 84)
_QUICK = (393, 267, 1150)


def _features(count: int, seed: int) -> torch.Tensor:
    """Features of a class, float32 (count, 4096), at least 0."""
    generator = torch.Generator().manual_seed(seed)

    def normal(*shape: int) -> torch.Tensor:
        return torch.randn(shape, generator=generator)

    modes = .8 * normal(12, 48)
    chosen = torch.randint(12, (count, ), generator=generator)
    latent = modes[chosen] + normal(count, 48)
    features = latent @ (normal(48, _CHANNELS) / 48**.5)
    return features.add_(.5 * normal(count, _CHANNELS)).relu_()


def _sklearn(features: list[torch.Tensor], n_init: int) -> np.ndarray:
    """Inertia of each class."""
    return np.array([
        SklearnKMeans(_NUM_SUB, n_init=n_init, random_state=0).fit(
            part.numpy()).inertia_ for part in features
    ])


def _ours(features: list[torch.Tensor]) -> np.ndarray:
    kmeans = KMeans(_NUM_SUB)
    return np.array([kmeans(part).inertia for part in features])


def _excess(reference: np.ndarray, ours: np.ndarray) -> dict[str, float]:
    """By how much inertia exceeds the reference's; negative is better."""
    return dict(
        inertia_excess=float(ours.sum() / reference.sum() - 1),
        worst_class=float((ours / reference).max() - 1))


def _clustering(quick: bool) -> Iterator[Case]:
    counts = _QUICK if quick else _TRAIN_AUG
    features = [_features(n, seed) for seed, n in enumerate(counts)]
    size = sum(part.numel() for part in features) * 4 / 1e6
    for n_init in (10, 1):
        yield Case(
            f'{len(counts)} classes, sklearn n_init={n_init}',
            reference=lambda n_init=n_init: _sklearn(features, n_init),
            ours=lambda: _ours(features),
            agree=_excess,
            memory_mb=dict(features=size))


def _labels(per_class: tuple[int, ...]) -> torch.Tensor:
    """Image-level labels with so many images of each class, bool (N, C)."""
    images = int(.643 * sum(per_class))
    rng = np.random.default_rng(0)
    present = torch.zeros((images, len(per_class)), dtype=torch.bool)
    for c, count in enumerate(per_class):
        present[rng.choice(images, count, replace=False), c] = True
    return present[present.any(dim=1)]


def _search_names(present: torch.Tensor, clusters: list[np.ndarray]
                  ) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Names, sub-category and class labels, by looking for each name."""
    num_classes = present.shape[1]
    names, subs, parents = [], [], []
    for c in range(num_classes):
        rows = present[:, c].nonzero()[:, 0].tolist()
        for row, cluster in zip(rows, clusters[c], strict=True):
            sub = np.zeros(num_classes * _NUM_SUB, dtype=np.int64)
            sub[c * _NUM_SUB + cluster] = 1
            parent = np.zeros(num_classes)
            parent[c] = 1
            names.append(f'image_{row:06d}')
            subs.append(sub)
            parents.append(parent)
    merged_names, merged_subs, merged_parents = [], [], []
    seen = set()
    for name in names:
        if name in seen:
            continue
        seen.add(name)
        same = [i for i, other in enumerate(names) if other == name]
        merged_names.append(name)
        merged_subs.append(sum(subs[i] for i in same))
        merged_parents.append(sum(parents[i] for i in same))
    return merged_names, np.array(merged_subs), np.array(merged_parents)


def _number_names(present: torch.Tensor, clusters: list[np.ndarray]
                  ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Rows, sub-category and class labels, from one table."""
    table = torch.full(present.shape, -1)
    table.T[present.T] = torch.from_numpy(np.concatenate(clusters))
    order = class_major_order(present)
    return order, sub_targets(table[order], _NUM_SUB), present[order]


def _same_files(reference: tuple, ours: tuple) -> dict[str, float]:
    names = [f'image_{row:06d}' for row in ours[0].tolist()]
    return dict(
        names_equal=float(names == reference[0]),
        different_labels=int((reference[1] != ours[1].numpy()).sum() +
                             (reference[2] != ours[2].numpy()).sum()))


def _bookkeeping(quick: bool) -> Iterator[Case]:
    per_class = _TRAIN if quick else _TRAIN_AUG
    present = _labels(per_class)
    rng = np.random.default_rng(1)
    clusters = [rng.integers(0, _NUM_SUB, n) for n in per_class]
    entries = present.numel()
    yield Case(
        f'label files of {len(present)} images',
        reference=lambda: _search_names(present, clusters),
        ours=lambda: _number_names(present, clusters),
        agree=_same_files,
        memory_mb=dict(
            label_files=entries * (_NUM_SUB + 1) * 8 / 1e6,
            table=entries * 4 / 1e6))


def _resize_all(views: list[torch.Tensor], chosen: list[int],
                size: tuple[int, int]) -> np.ndarray:
    """Resize every channel of every view, select the classes last."""
    full = []
    for number, view in enumerate(views):
        maps = upsampled(view, size).numpy()
        full.append(np.flip(maps, axis=-1) if number % 2 else maps)
    total = np.sum(full, axis=0).reshape(-1, _NUM_SUB, *size)
    peak = total.max(axis=(1, 2, 3), keepdims=True)
    return (total / (peak + _EPS)).max(axis=1)[chosen]


def _merge_present(views: list[torch.Tensor], chosen: list[int],
                   size: tuple[int, int]) -> np.ndarray:
    columns = (torch.tensor(chosen)[:, None] * _NUM_SUB +
               torch.arange(_NUM_SUB)).flatten()
    flips = [number % 2 == 1 for number in range(len(views))]
    maps, _ = merge_sub_cams([view[columns] for view in views], flips, size,
                             _NUM_SUB)
    return maps.numpy()


def _merged_maps(quick: bool) -> Iterator[Case]:
    size = (188, 250) if quick else (375, 500)
    chosen = [2, 7]
    views = []
    for number in range(8):
        scale = (.5, 1., 1.5, 2.)[number // 2]
        grid = tuple(-(-round(side * scale) // 8) for side in size)
        views.append(smooth_maps(number, 20 * _NUM_SUB, grid))
    whole = len(views) * len(views[0]) * size[0] * size[1] * 4 / 1e6
    yield Case(
        f'200 sub-category maps, {size[1]}x{size[0]}',
        reference=lambda: _resize_all(views, chosen, size),
        ours=lambda: _merge_present(views, chosen, size),
        agree=lambda a, b: dict(max_error=float(np.abs(a - b).max())),
        memory_mb=dict(reference=whole, ours=whole * len(chosen) / 20 / 8))


def cases(folder: Path, quick: bool) -> Iterator[Case]:
    """Clustering, bookkeeping and CAMs of SC-CAM."""
    yield from _clustering(quick)
    yield from _bookkeeping(quick)
    yield from _merged_maps(quick)
