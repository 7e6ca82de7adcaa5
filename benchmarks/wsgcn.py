"""WSGCN: adjacency, Laplacian and training of the GCN of an image.

The reference scales the rows of the adjacency by a product with a diagonal
matrix, fills the Laplacian by loops over pixels, and multiplies by both dense
matrices in every epoch; re-created here from its description. Both sides
start from the same weights and have the same dropout. Features, labels and
the propagated affinity are made up: blobs with soft borders.
"""
from collections.abc import Callable, Iterator
from pathlib import Path

import torch
from common.harness import Case
from common.reference_gcn import (
    HIDDEN,
    RATE,
    DenseGCN,
    Scene,
    dense_adjacency,
    dense_laplacian,
)
from common.synthetic import smooth_maps
from torch import Tensor

from wsss_plugins.ops.graph.graphs import (
    Graph,
    RandomWalk,
    adjacency_graph,
    walk_graph,
)
from wsss_plugins.ops.graph.laplacian import laplacian, stack_laplacians
from wsss_plugins.ops.graph.large import truncated_graph
from wsss_plugins.ops.walk.affinity import edge_affinity
from wsss_plugins.refiners.gcn import (
    GCNLoss,
)
from wsss_plugins.refiners.gcn.graphs import GraphMaker
from wsss_plugins.refiners.gcn.network import (
    GCNBatch,
    GCNOptions,
    GCNTrainer,
    GCNWeights,
    initial_weights,
)

_CLASSES, _FEATURES = 21, 160
_LABELS = (0, 5, 15)
_EPOCHS = 250


def _scene(size: tuple[int, int]) -> Scene:
    regions = smooth_maps(1, 3, size)
    regions[0] += .2
    generator = torch.Generator().manual_seed(2)
    mixed = torch.randn((_FEATURES, 3), generator=generator)
    features = torch.einsum('dk,khw->dhw', mixed, regions).relu()
    features = features + .2 * torch.rand(features.shape, generator=generator)
    near = regions.flatten(1).t()
    near = near / near.norm(dim=1, keepdim=True)
    # As T^256: columns sum to one, most weight within a region.
    affinity = near @ near.t()
    affinity.pow_(40)
    affinity.div_(affinity.sum(dim=0))
    best = regions.max(dim=0)
    confident = best.values > best.values.flatten().quantile(.65)
    labels = torch.tensor(_LABELS)[best.indices].where(confident, 255)
    image = torch.stack([regions[0], regions[1], regions[2]]).clamp(0, 1)
    return Scene(affinity, features.flatten(1).t().contiguous(),
                 labels.flatten(), image, size)


def _start(seed: int = 42) -> GCNWeights:
    return initial_weights(_FEATURES, HIDDEN, [_CLASSES], [seed])


def _ours(scene: Scene, epochs: int, dtype: torch.dtype) -> Tensor:
    """All that is done for an image once its affinity is propagated."""
    return _trained(scene, adjacency_graph(scene.affinity, dtype=dtype),
                    epochs)


def _trained(scene: Scene, graph: Graph, epochs: int,
             seed: int = 42) -> Tensor:
    """Log probabilities of the nodes, (N, C)."""
    loss = GCNLoss()
    batch = GCNBatch(
        graph, scene.features[None], loss.weights(scene.labels[None]),
        stack_laplacians([laplacian(scene.image)], scene.nodes), None,
        torch.zeros(1, dtype=torch.int64))
    trainer = GCNTrainer(
        GCNOptions(HIDDEN, RATE, epochs=epochs), loss)
    return trainer.train(batch, _start(seed))[1][0]


def _reference(scene: Scene, epochs: int) -> Tensor:
    return DenseGCN(scene, dense_adjacency(scene.affinity),
                         dense_laplacian(scene.image)).train(
                             _start(), epochs)


def _error(reference: Tensor, ours: Tensor) -> dict[str, float]:
    return dict(max_abs=float((reference - ours).abs().max()))


def _probabilities(reference: Tensor, ours: Tensor) -> dict[str, float]:
    """Difference of probabilities, equal labels."""
    same = reference.argmax(dim=1) == ours.argmax(dim=1)
    return dict(
        max_dp=float((reference.exp() - ours.exp()).abs().max()),
        argmax=float(same.float().mean()))


def _adjacency_case(size: tuple[int, int]) -> Case:
    scene = _scene(size)
    return Case(
        f'adjacency {size[0]}x{size[1]}',
        reference=lambda: dense_adjacency(scene.affinity),
        ours=lambda: adjacency_graph(scene.affinity),
        agree=lambda a, b: _error(a, b.dense()[0]))


def _laplacian_case(size: tuple[int, int]) -> Case:
    image = _scene(size).image
    nodes = size[0] * size[1]
    return Case(
        f'Laplacian {size[0]}x{size[1]}',
        reference=lambda: dense_laplacian(image),
        ours=lambda: laplacian(image),
        agree=lambda a, b: _error(a, b.to_dense()),
        memory_mb=dict(
            reference=8e-6 * nodes**2, ours=20e-6 * 25 * nodes))


def _epoch_cases(size: tuple[int, int], epochs: int) -> Iterator[Case]:
    """Epochs alone; matrices and the product A V are made beforehand."""
    scene = _scene(size)
    adjacency = dense_adjacency(scene.affinity) if (
        scene.nodes < 4000) else adjacency_graph(scene.affinity).dense()[0]
    sparse = stack_laplacians([laplacian(scene.image)], scene.nodes)
    reference = DenseGCN(scene, adjacency,
                              sparse.to_dense().double())
    for name, dtype in (('fp32', torch.float32), ('bf16', torch.bfloat16)):
        step = _epochs_of_ours(scene, sparse, epochs, dtype)
        yield Case(
            f'{epochs} epochs {size[0]}x{size[1]} {name}',
            reference=lambda: reference.train(_start(), epochs),
            ours=step,
            agree=_probabilities,
            memory_mb=dict(
                reference=12e-6 * scene.nodes**2,
                ours=dtype.itemsize * 1e-6 * scene.nodes**2))


def _epochs_of_ours(scene: Scene, sparse: Tensor, epochs: int,
                    dtype: torch.dtype) -> Callable[[], Tensor]:
    graph = adjacency_graph(scene.affinity, dtype=dtype)
    loss = GCNLoss()
    batch = GCNBatch(graph, scene.features[None],
                     loss.weights(scene.labels[None]), sparse, None,
                     torch.zeros(1, dtype=torch.int64))
    trainer = GCNTrainer(GCNOptions(HIDDEN, RATE, epochs=epochs), loss)
    smoothed = graph.propagate(batch.features)
    return lambda: trainer.train(batch, _start(), smoothed)[1][0]


def _image_cases(size: tuple[int, int], epochs: int) -> Iterator[Case]:
    """Adjacency, Laplacian and all epochs of an image."""
    scene = _scene(size)
    for name, dtype in (('fp32', torch.float32), ('bf16', torch.bfloat16)):
        yield Case(
            f'image {size[0]}x{size[1]}, {epochs} epochs, {name}',
            reference=lambda: _reference(scene, epochs),
            ours=lambda dtype=dtype: _ours(scene, epochs, dtype),
            agree=_probabilities)


def _part_cases(size: tuple[int, int]) -> Iterator[Case]:
    """An image as a whole, of which the reference does a 47th part.

    Of its parts none is more than that: rows of the product with a diagonal
    matrix, 2 of 94 rows of pixels, 5 of 250 epochs.
    """
    scene, share = _scene(size), 2 / 94
    graph = adjacency_graph(scene.affinity)
    some = int(share * scene.nodes)
    both, scale = graph.matrix, torch.diagflat(graph.left[0, :, 0])[:some]
    sparse = stack_laplacians([laplacian(scene.image)], scene.nodes)
    trainer = DenseGCN(scene, graph.dense()[0],
                            sparse.to_dense().double())

    def reference() -> Tensor:
        torch.mm(scale.clone(), both)
        dense_laplacian(scene.image[:, :2])
        return trainer.train(_start(), int(share * _EPOCHS))

    def agree(_: Tensor, ours: Tensor) -> dict[str, float]:
        known = scene.labels != 255
        same = ours.argmax(dim=1) == scene.labels
        return dict(labels_learnt=float(same[known].float().mean()))

    for name, dtype in (('fp32', torch.float32), ('bf16', torch.bfloat16)):
        yield Case(
            f'image {size[0]}x{size[1]}, {_EPOCHS} epochs, {name}',
            reference=reference,
            ours=lambda dtype=dtype: _ours(scene, _EPOCHS, dtype),
            agree=agree,
            share=share)


def _storage_cases(size: tuple[int, int], epochs: int) -> Iterator[Case]:
    """Graphs in less memory, and another seed, against the dense graph."""
    scene = _scene(size)
    best = smooth_maps(1, 3, size).topk(2, dim=0).values
    affinity = edge_affinity((best[1:] - best[:1]).mul(20).exp())[0]
    dense, nodes = GraphMaker(), scene.nodes
    few = dict(dense_nodes=0)
    makers = {
        'bf16': GraphMaker(precision='bfloat16'),
        'keep 1/32': GraphMaker(**few, storage='truncated', keep=nodes // 32),
        'keep 1/8': GraphMaker(**few, storage='truncated', keep=nodes // 8),
        'walk': GraphMaker(**few, storage='walk'),
        'another seed': dense,
    }
    for name, maker in makers.items():
        seed = 43 if name == 'another seed' else 42
        yield Case(
            f'{name} for dense {size[0]}x{size[1]}',
            reference=lambda: _trained(scene, dense(affinity, size), epochs),
            ours=lambda maker=maker, seed=seed: _trained(
                scene, maker(affinity, size), epochs, seed),
            agree=_probabilities,
            memory_mb=dict(
                dense=1e-6 * dense.bytes_of(nodes),
                ours=1e-6 * maker.bytes_of(nodes)))


def _walk_case(size: tuple[int, int]) -> Case:
    """T^256 and the adjacency of it: squaring against blocks of rows."""
    edge = 1 - smooth_maps(3, 1, size)
    affinity = edge_affinity(edge)[0]
    once = RandomWalk(steps=1, degree=None)

    def reference() -> Tensor:
        propagated = torch.cat([rows for _, rows in once.rows(affinity, size)])
        for _ in range(8):
            propagated = propagated @ propagated
        return dense_adjacency(propagated)

    nodes = size[0] * size[1]
    kept = truncated_graph(affinity, size, RandomWalk(), keep=64)
    return Case(
        f'walk and adjacency {size[0]}x{size[1]}',
        reference=reference,
        ours=lambda: walk_graph(affinity, size, RandomWalk()),
        agree=lambda a, b: _error(a, b.dense()[0]),
        memory_mb=dict(
            dense=4e-6 * nodes**2,
            stencil=4e-6 * affinity.numel(),
            keep_64=12e-6 * len(kept.matrix.values())))


def cases(folder: Path, quick: bool) -> Iterator[Case]:
    """Parts of the work for an image, and images as a whole."""
    if quick:
        yield _adjacency_case((30, 40))
        yield _laplacian_case((15, 20))
        yield from _epoch_cases((47, 63), 3)
        yield from _image_cases((24, 32), 20)
        yield from _storage_cases((24, 32), 20)
        return
    yield _adjacency_case((94, 125))
    yield _laplacian_case((47, 63))
    yield _walk_case((47, 63))
    yield from _epoch_cases((94, 125), 4)
    yield from _image_cases((47, 63), _EPOCHS)
    yield from _part_cases((94, 125))
    yield from _storage_cases((47, 63), _EPOCHS)
