"""Whole offline stages: the package's configs against the references' files.

Seconds are those of one core for all images of a case, without start-up and
without waiting, which is ``idle`` among the parts of ours. Ours is
a stage as its config says: checks and loading of files, network, numerics,
writers. The references' ways are re-created in ``common/reference_*.py`` with
their loops and files. Both have the same network of random weights, a narrow
ResNet-18; how large a network must be for the rest not to count is seen in
the shares. For the networks of the papers see ``paper_networks``.
"""
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import coco_json
import numpy as np
from common import (
    reference_cams,
    reference_crf,
    reference_objects,
    reference_walks,
)
from common.harness import Case
from common.peak_memory import peak_mb
from common.photos import Photos, same_masks
from common.stage import SMALL_BACKBONE, Stage

from wsss_plugins.ops.cam.pseudo_mask import class_map_labels
from wsss_plugins.structures import ClassMaps

_SIZE = (375, 500)
_HALF = (188, 250)
_QUARTER = (94, 125)
_CAM_NET = {
    'model.backbone': SMALL_BACKBONE,
    'model.decode_head.in_channels': 256
}
_AFFINITY_NET = {
    'model.backbone': dict(SMALL_BACKBONE, out_indices=(1, 2, 3)),
    'model.decode_head.in_channels': [64, 128, 256]
}
_EDGE_NET = {
    'model.backbone': dict(SMALL_BACKBONE,
                           type='wsss_plugins.ResNetWithStem'),
    'model.decode_head.in_channels': [32, 32, 64, 128, 256],
    'model.decode_head.strides': [4, 4, 8, 8, 8],
}
_GCN = 'model.refiners.0'
_OBJECT_THRESHOLD = .1


def _options(photos: Photos, **more) -> dict:
    """Options of a stage on the benchmark's own data set."""
    return {'data_root': str(photos.root), **more}


def _cams(photos: Photos, **more) -> dict:
    return _options(photos, cam_dir=str(photos.root / 'cams'), **more)


def _case(name: str, photos: Photos, reference: Callable, stage: Stage,
          agree: Callable = same_masks, memory: bool = False,
          most: int = 3) -> Case:
    sides = dict(reference=reference, ours=stage.run) if memory else {}
    return Case(name, reference, stage.run, agree, images=photos.count,
                most=most, more=partial(_row, photos, stage, sides),
                clock=time.process_time)


def _row(photos: Photos, stage: Stage, sides: dict[str, Callable]) -> dict:
    row = dict(stage.report(), pixels=photos.size[0] * photos.size[1])
    if sides:
        row['memory_mb'] = {key: peak_mb(side) for key, side in sides.items()}
    return row


def write_cams(photos: Photos, out: Path, size: str = 'native',
               **case) -> Case:
    """Eight views of EPS' network to CAM files; masks at 0.2 are compared.

    The reference adds the views at the size of the image; so do we with
    ``size='image'``, while the default adds them at the stride of the network.
    """
    stage = Stage('eps/eps_resnet38_1xb8-20k_voc12-448.py', out / 'ours',
                  _options(photos, **_CAM_NET, **{'tta_model.out_size': size}),
                  tta=True)
    # With random weights no class is much more probable than another.
    stage.segmentor.decode_head.conv_seg.weight.data *= 30
    reference = partial(reference_cams.write_cams, stage.segmentor, photos,
                        out / 'reference')
    return _case(f'write CAMs (EPS), {size} size', photos, reference, stage,
                 partial(_same_cams, photos), **case)


def _same_cams(photos: Photos, reference: Path,
               ours: Path) -> dict[str, float]:
    same, errors = [], []
    for name in photos.names:
        cams = reference_cams.read_dict(reference / f'{name}.npy')
        found = ClassMaps.load(ours / f'{name}.npz')
        mask = class_map_labels(found.maps, found.labels, photos.size, .2)
        gray = reference_cams.read_labels(reference / f'{name}.png')
        same.append((mask == gray).mean())
        full = reference_cams.resized(found.maps, photos.size)
        errors.append(np.abs(full - np.stack(list(cams.values()))).mean())
    return dict(equal=float(np.mean(same)), mean_error=float(np.mean(errors)))


def evaluate_cams(photos: Photos, out: Path, **case) -> Case:
    """60 thresholds; ours also counts confusions and borders."""
    stage = Stage('cam/eval_cams_voc12.py', out, _cams(photos))
    thresholds = np.linspace(.01, .6, 60)
    return _case(
        'evaluate CAMs (IRNet)', photos,
        partial(reference_cams.evaluate_cams, photos, thresholds), stage,
        lambda scores, _: dict(miou_difference=abs(
            100 * scores.max() - stage.metrics['cam/miou_best'])), **case)


def make_masks(photos: Photos, out: Path, **case) -> Case:
    """CAM files to masks at a threshold."""
    stage = Stage('masks/make_masks_voc12.py', out / 'ours', _cams(photos))
    return _case(
        'make masks', photos,
        partial(reference_cams.make_masks, photos, out / 'reference'), stage,
        **case)


def make_cues(photos: Photos, out: Path, **case) -> Case:
    """Maps of 41x41 to SEC's cues."""
    stage = Stage(
        'sec/make_cues_voc12.py', out / 'ours',
        _options(photos, cam_dir=str(photos.root / 'sec_cams'),
                 gradient_dir=str(photos.root / 'gradients')))
    reference = partial(reference_cams.make_cues, photos, out / 'reference')
    return _case('cues (SEC)', photos, reference, stage,
                 partial(_same_cues, photos), **case)


def _same_cues(photos: Photos, reference: Path,
               ours: Path) -> dict[str, float]:
    theirs = reference_cams.dense_cues(reference, photos.count)
    same = [(reference_cams.read_labels(ours / f'{name}.png') == grid).mean()
            for name, grid in zip(photos.names, theirs)]
    return dict(equal=float(np.mean(same)))


def crf_masks(photos: Photos, out: Path, **case) -> Case:
    """CAM files to masks through a dense CRF."""
    stage = Stage('masks/make_masks_crf_voc12.py', out / 'ours',
                  _cams(photos))
    return _case(
        'CRF masks', photos,
        partial(reference_crf.crf_masks, photos, out / 'reference'), stage,
        **case)


def psa_labels(photos: Photos, out: Path, **case) -> Case:
    """Two CRFs to PSA's labels; its own are files of scores."""
    stage = Stage('psa/make_labels_voc12.py', out / 'ours', _cams(photos))

    def agree(reference: Path, ours: Path) -> dict[str, float]:
        labels = reference_crf.affinity_labels(reference, photos.names)
        same = [(reference_cams.read_labels(ours / f'{name}.png') == one
                 ).mean() for name, one in zip(photos.names, labels)]
        return dict(equal=float(np.mean(same)))

    return _case(
        'affinity labels (PSA)', photos,
        partial(reference_crf.affinity_scores, photos, out / 'reference'),
        stage, agree, **case)


def ir_labels(photos: Photos, out: Path, **case) -> Case:
    """Two CRFs on hard labels to IRNet's labels."""
    stage = Stage('irn/make_ir_labels_voc12.py', out / 'ours', _cams(photos))
    return _case(
        'affinity labels (IRNet)', photos,
        partial(reference_crf.ir_labels, photos, out / 'reference'), stage,
        **case)


def psa_walk(photos: Photos, out: Path, **case) -> Case:
    """Affinities of features, random walk of 256 steps, masks."""
    stage = Stage('psa/aff_resnet38_1xb8-11k_voc12-448.py', out / 'ours',
                  _cams(photos, **_AFFINITY_NET))
    return _case(
        'random walk (PSA)', photos,
        partial(reference_walks.psa_masks, stage.segmentor, photos,
                out / 'reference'), stage, **case)


def irn_walk(photos: Photos, out: Path, **case) -> Case:
    """Boundaries of an image and its mirror, random walk, masks."""
    stage = Stage('irn/irn_resnet50_1xb32-1k_voc12-512.py', out / 'ours',
                  _cams(photos, **_EDGE_NET, **{'model.min_size': 64}))
    return _case(
        'random walk (IRNet)', photos,
        partial(reference_walks.irn_masks, stage.segmentor, photos,
                out / 'reference'), stage, **case)


def gcn_masks(photos: Photos, out: Path, epochs: int = 250,
              **case) -> Case:
    """Partial labels, GCN of each image on T^256, CRF."""
    stage = Stage(
        'wsgcn/wsgcn-i_resnet50_voc12-512.py', out / 'ours',
        _cams(photos, **_EDGE_NET, **{
            'model.min_size': 64,
            'test_dataloader.batch_size': 1,
            'test_dataloader.batch_sampler': None,
            f'{_GCN}.gcn.epochs': epochs,
            f'{_GCN}.seed_by_name': False
        }))
    return _case(
        'GCN (WSGCN)', photos,
        partial(reference_walks.gcn_masks, stage.segmentor, photos,
                out / 'reference'), stage, **case)


def label_objects(photos: Photos, out: Path, **case) -> Case:
    """Masks of four objects of each image, to a COCO json.

    At MAL's threshold the random network's masks are not empty; the package
    would fall back on boxes.
    """
    source = reference_objects.write_annotations(photos)
    stage = Stage(
        'exits/mil_vit-tiny_coco-128.py', out / 'ours',
        _options(photos, train_file=str(source), train_images='JPEGImages',
                 **{'test_dataloader.dataset.pipeline.1.backend': 'pillow',
                    'test_evaluator.0.threshold': _OBJECT_THRESHOLD}))
    reference = partial(
        reference_objects.label_objects, stage.model.student, photos, source,
        out / 'reference', 128, _OBJECT_THRESHOLD)
    return _case(
        'label objects (MAL)', photos, reference, stage,
        lambda a, b: reference_objects.mean_iou(a, b / 'instances.json'),
        **case)


def write_json(folder: Path, quick: bool) -> Case:
    """Masks of objects into their annotation file, 12 an image."""
    case = next(coco_json.cases(folder, quick))
    return replace(case, name=f'write COCO json, {case.name}',
                   images=int(case.name.split()[0]) // 12,
                   clock=time.process_time, most=3)


_LIGHT = (make_masks, make_cues, label_objects)
_HEAVY = (evaluate_cams, crf_masks, psa_labels, ir_labels, psa_walk)


def _photos(folder: Path, name: str, count: int, size: tuple[int, int],
            stride: int = 8) -> Photos:
    return Photos(folder / name, count, size, stride, present=2).write()


def _quick(folder: Path) -> Iterator[Case]:
    """Smaller photographs where the reference is slow."""
    full = _photos(folder, 'full', 2, _SIZE)
    half = _photos(folder, 'half', 1, _HALF)
    tiny = _photos(folder, 'tiny', 1, _QUARTER, 4)
    for make in _LIGHT:
        yield make(full, folder / make.__name__)
    for make in _HEAVY:
        yield make(half, folder / make.__name__)
    yield write_cams(half, folder / 'cams', most=2)
    yield write_cams(tiny, folder / 'large_cams', size='image')
    yield irn_walk(tiny, folder / 'irn')
    yield gcn_masks(tiny, folder / 'gcn', epochs=20, most=1)
    yield write_json(folder / 'json', True)


def cases(folder: Path, quick: bool) -> Iterator[Case]:
    """Every stage; then how ours grows with the area and with images."""
    if quick:
        yield from _quick(folder)
        return
    one = _photos(folder, 'one', 1, _SIZE)
    two = _photos(folder, 'two', 2, _SIZE)
    for make in _LIGHT:
        yield make(two, folder / make.__name__, memory=True)
    for make in (*_HEAVY, write_cams):
        yield make(one, folder / make.__name__, memory=True, most=1)
    yield write_cams(one, folder / 'large_cams', size='image', most=1)
    half = _photos(folder, 'half', 1, _HALF, 4)
    yield irn_walk(half, folder / 'irn', memory=True, most=1)
    yield gcn_masks(half, folder / 'gcn', most=1)
    yield write_json(folder / 'json', False)
    yield from _growth(folder, one)


def _growth(folder: Path, one: Photos) -> Iterator[Case]:
    """Ours on four times the area, and on four times the images."""
    wide = _photos(folder, 'wide', 1, tuple(2 * side for side in _SIZE))
    many = _photos(folder, 'many', 4, _SIZE)
    for make in (*_LIGHT, *_HEAVY, write_cams):
        small = make(one, folder / 'growth' / make.__name__)
        for what, photos in (('area', wide), ('images', many)):
            large = make(photos, folder / what / make.__name__)
            yield Case(
                f'4x the {what}: {make.__name__}', large.ours, small.ours,
                lambda *_, what=what: {what: 4.}, most=1,
                clock=time.process_time)
