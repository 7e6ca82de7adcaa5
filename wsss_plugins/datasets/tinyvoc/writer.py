"""TinyVOC on disk, in VOC's layout plus COCO json."""
import io
import json
import os
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
from PIL import Image
from tqdm import tqdm

from ...structures import (
    ImageLabels,
    UserError,
    atomic_path,
    voc_palette,
    write_json,
    write_mask,
)
from .classes import CONTEXT_CLASSES, TINYVOC_CLASSES, TINYVOC_PALETTE
from .options import TinyVOCOptions
from .scene import Scene, make_scene

STAMP = 'tinyvoc.json'
_VERSION = 1


def make_tinyvoc(root: str | os.PathLike,
                 options: TinyVOCOptions | None = None,
                 overwrite: bool = False,
                 workers: int = 1) -> bool:
    """Make the data set, or go on with one that was cut off.

    Args:
        root (str | PathLike): Its folder.
        options (TinyVOCOptions, optional): Size and difficulty.
        overwrite (bool): Whether to make it again over one with other
            options. Defaults to False.
        workers (int): Processes. The bytes do not depend on it.

    Returns:
        bool: False if it was there already.

    Raises:
        UserError: If the folder holds a set made with other options.
    """
    root, options = Path(root), options or TinyVOCOptions()
    stamp = dict(options.as_dict(), version=_VERSION)
    if _is_done(root, stamp, overwrite):
        return False
    started = root / f'.{STAMP}.started'
    names = {
        split: [f'2026_{first + i:06d}' for i in range(count)]
        for split, first, count in (('train', 1, options.num_train),
                                    ('val', 500001, options.num_val))
    }
    everything = [name for split in names.values() for name in split]
    redo = overwrite or _started_with(started) != stamp
    write_json(started, stamp)
    work = partial(_write_picture, root, options, redo)
    with ProcessPoolExecutor(workers) as pool:
        records = list(
            tqdm(
                pool.map(work, everything, chunksize=8),
                total=len(everything),
                desc='TinyVOC'))
    _write_lists(root, names)
    _write_labels(root, records)
    for split, members in names.items():
        _write_coco(root, split, [r for r in records if r['name'] in
                                  set(members)])
    write_json(root / 'context_classes.json', CONTEXT_CLASSES)
    write_json(root / STAMP, stamp, indent=1)
    started.unlink()
    return True


def _is_done(root: Path, stamp: dict, overwrite: bool) -> bool:
    path = root / STAMP
    if not path.is_file():
        return False
    found = json.loads(path.read_text())
    if found == stamp:
        return True
    if not overwrite:
        key = next(k for k in stamp if found.get(k) != stamp[k])
        raise UserError(
            f'{root}: holds a TinyVOC made with {key}={found.get(key)!r}, not '
            f'{stamp[key]!r}; use --overwrite or another folder')
    path.unlink()
    return False


def _started_with(path: Path) -> dict | None:
    return json.loads(path.read_text()) if path.is_file() else None


def _write_picture(root: Path, options: TinyVOCOptions, redo: bool,
                   name: str) -> dict:
    """Write the files of a picture and tell what is in it.

    The annotation is written last: where it is, the others are.
    """
    scene = make_scene(name, options)
    record = _record(name, scene)
    last = root / 'Annotations' / f'{name}.xml'
    if last.is_file() and not redo:
        return record
    buffer = io.BytesIO()
    Image.fromarray(scene.image).save(buffer, 'JPEG', quality=95)
    with atomic_path(root / 'JPEGImages' / f'{name}.jpg') as path:
        path.write_bytes(buffer.getvalue())
    with atomic_path(root / 'saliency' / f'{name}.png') as path:
        Image.fromarray(scene.saliency).save(path, 'PNG')
    colours = voc_palette(256)
    write_mask(root / 'SegmentationClass' / f'{name}.png', scene.semantic(),
               TINYVOC_PALETTE)
    write_mask(root / 'SegmentationObject' / f'{name}.png', scene.instances(),
               colours)
    write_mask(root / 'SegmentationContext' / f'{name}.png', scene.context,
               colours)
    with atomic_path(last) as path:
        path.write_text(_voc_xml(record, scene.image.shape))
    return record


def _record(name: str, scene: Scene) -> dict:
    things = []
    for thing in scene.things:
        rows, columns = np.nonzero(thing.mask)
        things.append(
            dict(
                name=thing.name,
                box=[
                    int(columns.min()), int(rows.min()), int(columns.max()),
                    int(rows.max())
                ],
                split=thing.split,
                area=int(thing.mask.sum()),
                counts=_run_lengths(thing.mask)))
    return dict(name=name, size=scene.context.shape, things=things)


def _run_lengths(mask: np.ndarray) -> list[int]:
    """COCO's uncompressed run lengths: columns first, zeros first."""
    flat = mask.T.ravel()
    edges = np.flatnonzero(np.diff(flat)) + 1
    runs = np.diff([0, *edges, len(flat)]).tolist()
    return [0, *runs] if flat[0] else runs


def _voc_xml(record: dict, shape: tuple[int, int, int]) -> str:
    top = ElementTree.Element('annotation')
    ElementTree.SubElement(top, 'filename').text = record['name'] + '.jpg'
    size = ElementTree.SubElement(top, 'size')
    for tag, value in zip(('height', 'width', 'depth'), shape):
        ElementTree.SubElement(size, tag).text = str(value)
    for thing in record['things']:
        node = ElementTree.SubElement(top, 'object')
        ElementTree.SubElement(node, 'name').text = thing['name']
        ElementTree.SubElement(node, 'difficult').text = '0'
        box = ElementTree.SubElement(node, 'bndbox')
        for tag, value in zip(('xmin', 'ymin', 'xmax', 'ymax'), thing['box']):
            # VOC counts pixels from one.
            ElementTree.SubElement(box, tag).text = str(value + 1)
    ElementTree.indent(top)
    return ElementTree.tostring(top, encoding='unicode') + '\n'


def _write_lists(root: Path, names: dict[str, list[str]]) -> None:
    lists = dict(names, trainval=names['train'] + names['val'])
    for split, members in lists.items():
        target = root / 'ImageSets' / 'Segmentation' / f'{split}.txt'
        with atomic_path(target) as path:
            path.write_text('\n'.join(members) + '\n')


def _write_labels(root: Path, records: list[dict]) -> None:
    tags = {
        record['name']: sorted({thing['name'] for thing in record['things']})
        for record in records
    }
    ImageLabels(TINYVOC_CLASSES[1:], tags).save(root / 'image_labels.json')


def _write_coco(root: Path, split: str, records: list[dict]) -> None:
    annotations = []
    for image_id, record in enumerate(records, start=1):
        for thing in record['things']:
            x0, y0, x1, y1 = thing['box']
            annotations.append(
                dict(
                    id=len(annotations) + 1,
                    image_id=image_id,
                    category_id=TINYVOC_CLASSES.index(thing['name']),
                    bbox=[x0, y0, x1 - x0 + 1, y1 - y0 + 1],
                    area=thing['area'],
                    iscrowd=0,
                    is_split=thing['split'],
                    segmentation=dict(
                        size=list(record['size']), counts=thing['counts'])))
    images = [
        dict(
            id=i,
            file_name=f'{record["name"]}.jpg',
            height=record['size'][0],
            width=record['size'][1])
        for i, record in enumerate(records, start=1)
    ]
    categories = [
        dict(id=i, name=name)
        for i, name in enumerate(TINYVOC_CLASSES) if i
    ]
    write_json(
        root / 'annotations' / f'instances_{split}.json',
        dict(images=images, annotations=annotations, categories=categories))
