"""The references' stages with random walks and GCNs: whole matrices."""
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from common.photos import CLASSES, Photos, read_labels
from common.reference_cams import (
    network_input,
    open_image,
    pooled,
    read_dict,
    write_gray,
)
from common.reference_gcn import (
    HIDDEN,
    DenseGCN,
    Scene,
    dense_adjacency,
    dense_laplacian,
)
from common.walks import (
    all_classes_walk,
    edge_matrix,
    feature_pairs,
    squared,
    transition,
)
from wsss_plugins.ops.crf.dense_crf import DenseCRF
from wsss_plugins.refiners.gcn.network import initial_weights
from wsss_plugins.refiners.gcn.partial_labeler import (
    PartialLabeler,
    shrink_image,
)


def _padded(image: Tensor, divisor: int, least: int = 1) -> Tensor:
    rows, columns = (max(least, -(-side // divisor) * divisor) - side
                     for side in image.shape[2:])
    return F.pad(image, (0, columns, 0, rows))


@torch.no_grad()
def psa_masks(model: nn.Module, photos: Photos, out: Path) -> Path:
    """PSA's ``infer_aff.py``."""
    for name in photos.names:
        image = _padded(network_input(open_image(photos, name)), 8)
        features = model.decode_head(model.extract_feat(image))[0]
        cams = read_dict(photos.path('npy', f'{name}.npy'))
        scores = np.zeros((CLASSES, *photos.size), dtype=np.float32)
        for key, cam in cams.items():
            scores[key + 1] = cam
        scores[0] = (1 - scores[1:].max(axis=0))**16
        walked = all_classes_walk(
            feature_pairs(features), pooled(scores, 8)[0], 8, CLASSES)
        full = F.interpolate(walked[None], image.shape[2:], mode='bilinear')
        mask = full[0].argmax(dim=0)[:photos.size[0], :photos.size[1]]
        write_gray(out, name, mask.numpy())
    return out


def _edges(model: nn.Module, photos: Photos,
           name: str) -> tuple[Tensor, tuple[Tensor, ...]]:
    """Boundary probabilities (h, w); feature maps of image and mirror."""
    image = network_input(open_image(photos, name))
    image = _padded(torch.cat([image, image.flip(-1)]), 16, model.min_size)
    features = model.extract_feat(image)
    height, width = photos.grid
    edge = model.decode_head(features)[0][:, 0, :height, :width]
    return (edge[0] / 2 + edge[1].flip(-1) / 2).sigmoid(), features


@torch.no_grad()
def irn_masks(model: nn.Module, photos: Photos, out: Path) -> Path:
    """IRNet's ``make_sem_seg_labels.py``."""
    height, width = photos.size
    for name in photos.names:
        edge, _ = _edges(model, photos, name)
        data = read_dict(photos.path('irn', f'{name}.npy'))
        power = squared(transition(edge_matrix(edge), 10))
        gated = torch.from_numpy(data['cam']) * (1 - edge)
        walked = (gated.flatten(1) @ power).view(gated.shape)
        full = F.interpolate(
            walked[None], scale_factor=4, mode='bilinear')[0]
        full = full[:, :height, :width] / full[:, :height, :width].max()
        scores = F.pad(full, (0, 0, 0, 0, 1, 0), value=.25)
        keys = np.pad(data['keys'] + 1, (1, 0))
        write_gray(out, name, keys[scores.argmax(dim=0).numpy()])
    return out


def gcn_masks(model: nn.Module, photos: Photos, out: Path) -> Path:
    """WSGCN's passes: matrices to disk, GCNs from disk, then CRFs."""
    out.mkdir(parents=True, exist_ok=True)
    options = model.refiners.parts[0].options
    for name in photos.names:
        _write_graph(model, photos, name, out)
    for name in photos.names:
        _train_gcn(photos, name, out, options.epochs)
    crf = DenseCRF(backend='pydensecrf', bi_sxy=50, bi_srgb=5, bi_compat=3)
    for name in photos.names:
        probs = read_dict(out / f'{name}_logit.npy')
        scores = torch.from_numpy(np.stack(list(probs.values())))
        image = np.array(open_image(photos, name))
        found = crf(image, scores.softmax(dim=0).numpy()).argmax(axis=0)
        write_gray(out, name, np.array(list(probs))[found])
    return out


@torch.no_grad()
def _write_graph(model: nn.Module, photos: Photos, name: str,
                 out: Path) -> None:
    edge, features = _edges(model, photos, name)
    power = squared(transition(edge_matrix(edge), 10))
    nodes = model.decode_head.node_features(features)
    nodes = nodes[:, :, :edge.shape[0], :edge.shape[1]]
    nodes = nodes[0] / 2 + nodes[1].flip(-1) / 2
    np.save(out / f'{name}_matrix.npy', power.numpy())
    np.save(out / f'{name}_feature.npy', nodes.numpy())
    data = read_dict(photos.path('irn', f'{name}.npy'))
    labeler = PartialLabeler(crf=dict(backend='pydensecrf'))
    local = labeler(data['cam'], np.array(open_image(photos, name)),
                    photos.grid)
    keys = np.full(256, 255)
    keys[:len(data['keys']) + 1] = [0, *data['keys'] + 1]
    write_gray(out, f'{name}_partial', keys[local])


def _train_gcn(photos: Photos, name: str, out: Path, epochs: int) -> None:
    data = read_dict(photos.path('irn', f'{name}.npy'))
    features = torch.from_numpy(np.load(out / f'{name}_feature.npy'))
    matrix = torch.from_numpy(np.load(out / f'{name}_matrix.npy'))
    image = np.array(open_image(photos, name))
    small = shrink_image(image, photos.grid)
    colors = torch.from_numpy(small).permute(2, 0, 1).float() / 255
    partial = torch.from_numpy(
        read_labels(out / f'{name}_partial.png').astype(np.int64)).flatten()
    scene = Scene(matrix, features.flatten(1).t().contiguous(), partial,
                  colors, photos.grid, key=42)
    gcn = DenseGCN(scene, dense_adjacency(matrix), dense_laplacian(colors))
    weights = initial_weights(len(features), HIDDEN, [CLASSES], [42])
    log_probs = gcn.train(weights, epochs).t().reshape(
        1, -1, *photos.grid)
    probs = F.interpolate(log_probs, photos.size, mode='bilinear',
                          align_corners=True)[0].exp()
    kept = [0, *(data['keys'] + 1).tolist()]
    np.save(out / f'{name}_logit.npy',
            dict(zip(kept, probs[kept].numpy())))

