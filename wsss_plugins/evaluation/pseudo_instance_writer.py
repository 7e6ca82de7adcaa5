"""Pseudo masks of objects as a COCO json that any detector trains on."""
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from mmengine.dist import all_gather_object, barrier, is_main_process
from mmengine.evaluator import BaseMetric
from mmengine.logging import MMLogger

from ..registry import METRICS
from ..structures import (
    CocoWriter,
    RecordShards,
    UserError,
    box_rle,
    coco_head,
    decode_mask,
    encode_mask,
    iter_annotations,
    rle_area,
    write_json,
)
from ..structures.polygons import mask_polygons
from .object_masks import checked_thresholds, object_mask, size_bucket
from .output_folder import OutputFolder
from .stamp import claim_folder

RESULT = 'instances.json'
SUMMARY = 'labeling.json'
SHARDS = 'shards'
_FALLBACKS = ('box', 'drop')
_SHOWN = 10
MASKS = dict(rle=encode_mask, polygon=mask_polygons)


@METRICS.register_module()
class PseudoInstanceWriter(OutputFolder, BaseMetric):
    """Write masks of objects into a copy of their annotation file.

    Each rank writes its predictions to small files below ``OUT_DIR/shards``;
    at the end they are merged into ``OUT_DIR/instances.json``: the images,
    categories and annotations of ``ann_file`` in their order, with
    ``segmentation`` (RLEs) and ``area`` (pixels of the mask) replaced. So its
    bytes do not depend on the number of ranks or on interruptions. Crowd
    regions are copied unchanged. Objects without a mask, because it is empty
    or the data set left them out (too small), are counted and listed in
    ``OUT_DIR/labeling.json``.

    Args:
        ann_file (str): COCO json with the boxes of the objects.
        out_dir (str, optional): Folder for the files. Defaults to ``files``
            in the work dir.
        threshold (float | Sequence[float]): Probability that a mask must
            exceed, in [0, 1): one, or one for each size of box area: below
            32 x 32, below 96 x 96, and above. Defaults to 0.1, MAL's.
        fallback (str): Annotation of an object without a mask: ``'box'``,
            its box as mask, or ``'drop'``, none. Defaults to ``'box'``:
            mmdet would drop an annotation of area 0.
        masks (str): Form of ``segmentation``. ``'rle'``: exact and small;
            mmdet reads it with ``poly2mask=True`` only, its default.
            ``'polygon'``: outer contours, for pipelines with
            ``poly2mask=False`` (RTMDet-Ins, ``ms-poly``), which ignore
            objects with RLEs; holes are filled. Defaults to ``'rle'``.
        shard_size (int): Objects per small file; an interruption loses those
            not yet written.
        stamp (dict, optional): What the masks depend on; a folder that was
            made with another stamp is refused.
        prefix (str): Of metric names. Defaults to ``'labels'``.

    Raises:
        UserError: If a value is out of range, or a file is missing or broken.
    """

    def __init__(self,
                 ann_file: str,
                 out_dir: str | None = None,
                 threshold: float | Sequence[float] = .1,
                 fallback: str = 'box',
                 masks: str = 'rle',
                 shard_size: int = 256,
                 stamp: dict | None = None,
                 prefix: str = 'labels') -> None:
        OutputFolder.__init__(self, out_dir)
        BaseMetric.__init__(self, collect_device='cpu', prefix=prefix)
        if fallback not in _FALLBACKS:
            raise UserError(f'PseudoInstanceWriter: fallback={fallback!r}; '
                            f'choose one of {", ".join(_FALLBACKS)}')
        if masks not in MASKS:
            raise UserError(f'PseudoInstanceWriter: masks={masks!r}; choose '
                            f'one of {", ".join(MASKS)}')
        self.ann_file = Path(ann_file)
        self.masks = masks
        self.thresholds = checked_thresholds(threshold, type(self).__name__)
        self.fallback = fallback
        if shard_size < 1:
            raise UserError(f'PseudoInstanceWriter: shard_size={shard_size}: '
                            'a small file needs at least one object')
        self.shard_size = shard_size
        self.stamp = dict(stamp or {}, thresholds=list(self.thresholds))
        if masks != 'rle':
            self.stamp['masks'] = masks
        self._claimed = False

    @cached_property
    def shards(self) -> RecordShards:
        """What is written so far."""
        return RecordShards(self.out_dir / SHARDS, size=self.shard_size)

    def process(self, data_batch: dict, data_samples: Sequence[dict]) -> None:
        """Make the masks of a batch."""
        if not self._claimed:
            claim_folder(self.out_dir / SHARDS, self.stamp)
            self._claimed = True
        # A batch at a time, so that a resumed run has the same batches.
        self.shards.add(*map(self._record, data_samples))

    def _record(self, sample: dict) -> dict:
        threshold = self.thresholds[size_bucket(sample['box_area'])]
        mask = object_mask(sample, threshold)
        return dict(
            id=int(sample['ann_id']),
            area=int(mask.sum()),
            segmentation=MASKS[self.masks](mask))

    def compute_metrics(self, results: list) -> dict[str, float]:
        """Not used; see :meth:`evaluate`."""
        raise NotImplementedError

    def evaluate(self, size: int) -> dict[str, float]:
        """Merge the files of all ranks; every rank gets the counts."""
        self.shards.flush()
        barrier()
        counts = self._merged() if is_main_process() else {}
        counts = all_gather_object(counts)[0]
        return {f'{self.prefix}/{key}': n for key, n in counts.items()}

    def _merged(self) -> dict[str, int]:
        found = merge_labels(self.ann_file, self.shards,
                             self.out_dir / RESULT, self.fallback, self.masks)
        names = dict(empty=found.pop('empty'), left_out=found.pop('left_out'))
        counts = dict(found, **{key: len(ids) for key, ids in names.items()})
        write_json(self.out_dir / SUMMARY, dict(counts=counts, **names))
        logger = MMLogger.get_current_instance()
        logger.info('%s: %d objects with a mask, %d crowd regions copied',
                    self.out_dir / RESULT, counts['masks'], counts['crowd'])
        if self.masks == 'rle':
            logger.info('masks are RLEs: detectors need poly2mask=True of '
                        "LoadAnnotations, mmdet's default; for others set "
                        "masks='polygon' of PseudoInstanceWriter")
        for key, what in (('empty', 'an empty mask'),
                          ('left_out', 'no prediction')):
            if names[key]:
                shown = ', '.join(map(str, names[key][:_SHOWN]))
                more = ', ...' * (len(names[key]) > _SHOWN)
                logger.warning(
                    '%d objects have %s (annotations %s%s); all are in %s',
                    len(names[key]), what, shown, more,
                    self.out_dir / SUMMARY)
        return counts


def merge_labels(ann_file: str | Path,
                 shards: RecordShards,
                 out_file: str | Path,
                 fallback: str = 'box',
                 masks: str = 'rle') -> dict:
    """Copy an annotation file with the masks of shards.

    Streams both files: memory is 24 bytes an object, and the list of
    images.

    Args:
        ann_file (str | Path): COCO json with boxes.
        shards (RecordShards): Records with ``id``, ``area`` and
            ``segmentation``.
        out_file (str | Path): COCO json to write.
        fallback, masks (str): As in :class:`PseudoInstanceWriter`.

    Returns:
        dict: Numbers of ``masks`` and ``crowd`` regions; ids of annotations
        whose mask is ``empty`` and of those ``left_out``.

    Raises:
        UserError: If the annotation file is broken, or shards are of objects
            that it does not have.
    """
    head = coco_head(ann_file)
    sizes = {
        image['id']: (image.get('height'), image.get('width'))
        for image in head['images']
    }
    index = shards.index()
    found = dict(masks=0, crowd=0, empty=[], left_out=[])
    used = 0
    with CocoWriter(out_file, head) as writer:
        for annotation in iter_annotations(ann_file):
            if annotation.get('iscrowd'):
                found['crowd'] += 1
                writer.write(annotation)
                continue
            record = index.get(annotation['id'])
            used += record is not None
            if record is not None and record['area']:
                found['masks'] += 1
            else:
                key = 'left_out' if record is None else 'empty'
                found[key].append(annotation['id'])
                if fallback == 'drop':
                    continue
                record = _box_record(ann_file, annotation, sizes, masks)
            annotation.update(
                segmentation=record['segmentation'], area=record['area'])
            writer.write(annotation)
        _check_used(used, index, ann_file, shards.folder)
    index.close()
    return found


def _box_record(ann_file: str | Path, annotation: dict,
                sizes: dict[int, tuple], masks: str) -> dict:
    """The box as a mask."""
    size = sizes.get(annotation['image_id'])
    box = annotation.get('bbox')
    if size is None or None in size or box is None:
        raise UserError(f'{ann_file}: annotation {annotation["id"]} has no '
                        'bbox, or its image has no height and width; fix '
                        'the file')
    runs = box_rle(box, size)
    segmentation = runs
    if masks != 'rle':
        segmentation = MASKS[masks](decode_mask(runs, size))
    return dict(segmentation=segmentation, area=rle_area(runs))


def _check_used(used: int, index, ann_file: str | Path,
                folder: Path) -> None:
    if used < len(index):
        raise UserError(f'{folder}: {len(index) - used} masks are of objects '
                        f'that {ann_file} does not have; delete the folder '
                        'and run the stage again')
