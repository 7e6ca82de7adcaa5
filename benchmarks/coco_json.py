"""Masks of a million objects into their annotation file.

The reference's way holds the annotations and all masks as Python objects; the
package's passes them from shards to the file one at a time. Images,
annotations and run lengths are made up, of the lengths that COCO's have.
"""
import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
from common.harness import Case
from common.peak_memory import peak_mb

from wsss_plugins.evaluation.pseudo_instance_writer import merge_labels
from wsss_plugins.structures import CocoWriter, RecordShards, iter_annotations

# LVIS v1 has 1.27 million training objects in 100 000 images.
_OBJECTS = {False: (100_000, 1_200_000), True: (5_000, 20_000)}
_OBJECTS_OF_IMAGE = 12
_RUN_TEXT = 250  # characters of a mask's run lengths


def _make(folder: Path, objects: int) -> tuple[Path, RecordShards]:
    """Annotations with boxes and points, and shards of masks."""
    rng = np.random.default_rng(0)
    boxes = rng.integers(1, 400, (objects, 4)).tolist()
    images = objects // _OBJECTS_OF_IMAGE + 1
    head = dict(
        images=[
            dict(id=i, file_name=f'{i:012d}.jpg', height=480, width=640)
            for i in range(images)
        ],
        categories=[dict(id=1, name='object')])
    shards = RecordShards(folder / 'shards')
    letters = ''.join(chr(c) for c in rng.integers(48, 80, 4 * _RUN_TEXT))
    source = folder / 'boxes.json'
    with CocoWriter(source, head) as writer:
        for i, box in enumerate(boxes):
            x, y, width, height = box
            points = [[x, y], [x, y + 1], [x + width, y + height], [x + 1, y]]
            writer.write(
                dict(id=i, image_id=i // _OBJECTS_OF_IMAGE, category_id=1,
                     iscrowd=0, bbox=box, area=width * height,
                     extreme_points=points))
            start = i % (3 * _RUN_TEXT)
            shards.add(
                dict(id=i, area=1 + width,
                     segmentation=dict(
                         size=[480, 640],
                         counts=letters[start:start + _RUN_TEXT])))
    shards.flush()
    return source, shards


def _reference(source: Path, shards: RecordShards, out: Path) -> Path:
    """All in memory: results by id, then one dump."""
    data = json.loads(source.read_text())
    results = {}
    for path in shards.folder.glob('*.jsonl'):
        for line in path.read_text().splitlines():
            record = json.loads(line)
            results[record['id']] = record
    for annotation in data['annotations']:
        record = results[annotation['id']]
        annotation.update(
            segmentation=record['segmentation'], area=record['area'])
    out.write_text(json.dumps(data))
    return out


def _merged(source: Path, shards: RecordShards, out: Path) -> Path:
    """The package's way."""
    merge_labels(source, shards, out)
    return out


def _agree(reference: Path, ours: Path) -> dict[str, float]:
    same = total = 0
    for a, b in zip(iter_annotations(reference), iter_annotations(ours),
                    strict=True):
        same += a == b
        total += 1
    return dict(annotations_equal=same / total,
                file_mb=ours.stat().st_size / 1e6)


def cases(folder: Path, quick: bool) -> Iterator[Case]:
    """A twelfth of the objects, then all: time and memory as they grow."""
    for objects in _OBJECTS[quick]:
        place = folder / str(objects)
        source, shards = _make(place, objects)
        theirs = partial(_reference, source, shards, place / 'theirs.json')
        ours = partial(_merged, source, shards, place / 'ours.json')
        yield Case(
            f'{objects} objects to COCO json', theirs, ours, _agree,
            memory_mb=dict(reference=peak_mb(theirs), ours=peak_mb(ours)))
