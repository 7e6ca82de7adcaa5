"""Makes a TinyVOC folder, and goes on with a half-made one."""
import json
import os
import shutil
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

from PIL import Image
from tqdm import tqdm

from ...structures import (
    ImageLabels,
    UserError,
    atomic_path,
    write_json,
    write_mask,
)
from .annotations import coco_dataset, coco_objects, voc_xml, with_void
from .classes import (
    CONTEXT_CLASSES,
    CONTEXT_PALETTE,
    TINYVOC_FOREGROUND,
    TINYVOC_PALETTE,
)
from .options import TinyVOCOptions
from .saliency import make_saliency
from .scene import make_scene

STAMP = 'tinyvoc.json'

# What is known of finished images while others are still to be made. The
# folder goes when the stamp is written.
_RECORDS = '.tinyvoc'

_FILES_OF_AN_IMAGE = ('JPEGImages/{}.jpg', 'SegmentationClass/{}.png',
                       'SegmentationObject/{}.png',
                       'SegmentationContext/{}.png', 'saliency/{}.png',
                       'Annotations/{}.xml')
_FILES = ('ImageSets/Segmentation/train.txt',
          'ImageSets/Segmentation/val.txt',
          'ImageSets/Segmentation/trainval.txt', 'context_classes.json',
          'image_labels.json', 'scenes.json',
          'annotations/instances_train.json',
          'annotations/instances_val.json')


def make_tinyvoc(root: str | os.PathLike,
                 *,
                 workers: int = 1,
                 overwrite: bool = False,
                 progress: bool = True,
                 **options) -> bool:
    """Make the data set in true VOC layout, with COCO files beside it.

    The bytes depend on the options only, not on the number of processes, nor
    on whether the work was cut off and taken up again. ``tinyvoc.json`` is
    written last; a folder that has it is whole.

    Args:
        root (str | PathLike): Folder to fill.
        workers (int): Number of processes.
        overwrite (bool): Whether a TinyVOC of other options is replaced.
            Other folders are never touched.
        progress (bool): Whether to show a progress bar.
        **options: As in :class:`TinyVOCOptions`: ``seed``, ``num_train``,
            ``num_val``, ``size``, ``saliency_error``, ``occluder_rate``,
            ``context_rate``, ...

    Returns:
        bool: False if the folder held this very data set already.

    Raises:
        UserError: If an option is out of range, or the folder holds something
            else.
    """
    root, chosen = Path(root), TinyVOCOptions(**options)
    if workers < 1:
        raise UserError(f'workers={workers} is not at least 1; choose the '
                        'number of processes')
    if _is_whole(root, chosen):
        return False
    _claim(root, chosen, overwrite)
    train, val = chosen.names()
    todo = [n for n in train + val if not _record_path(root, n).is_file()]
    for _ in tqdm(
            _make_images(root, chosen, todo, workers),
            total=len(todo),
            desc=f'TinyVOC in {root}',
            disable=not progress):
        pass
    _write_sets(root, chosen, train, val)
    write_json(root / STAMP, chosen.stamp(), indent=2)
    shutil.rmtree(root / _RECORDS)
    return True


def _is_whole(root: Path, options: TinyVOCOptions) -> bool:
    if _read_stamp(root / STAMP) != options.stamp():
        return False
    train, val = options.names()
    files = [*_FILES]
    for name in train + val:
        files += [file.format(name) for file in _FILES_OF_AN_IMAGE]
    return all((root / file).is_file() for file in files)


def _read_stamp(path: Path) -> dict | None:
    """Options of a folder; None without a stamp, {} for a broken one."""
    try:
        stamp = json.loads(path.read_text(encoding='utf-8'))
    except FileNotFoundError:
        return None
    except (ValueError, NotADirectoryError, IsADirectoryError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def _claim(root: Path, options: TinyVOCOptions, overwrite: bool) -> None:
    """Make sure that the folder is ours to fill with these options.

    Raises:
        UserError: If it is not.
    """
    if root.exists() and not root.is_dir():
        raise UserError(f'{root}: is a file; choose another folder')
    claim = root / _RECORDS / STAMP
    stamps = [
        stamp for stamp in (_read_stamp(root / STAMP), _read_stamp(claim))
        if stamp is not None
    ]
    if not stamps and root.is_dir() and any(root.iterdir()):
        raise UserError(f'{root}: holds files that are no TinyVOC; choose an '
                        'empty or a new folder')
    if any(stamp != options.stamp() for stamp in stamps):
        if not overwrite:
            raise UserError(
                f'{root}: holds a TinyVOC of other options '
                f'({_difference(stamps, options.stamp())}); give --overwrite '
                '(overwrite=True), or choose another folder')
        _clear(root)
    # A stamp must never stand beside images that are being made.
    (root / STAMP).unlink(missing_ok=True)
    write_json(claim, options.stamp())


def _difference(stamps: list[dict], wanted: dict) -> str:
    other = next(stamp for stamp in stamps if stamp != wanted)
    keys = [key for key in wanted if other.get(key) != wanted[key]]
    return ', '.join(
        f'{key}={other.get(key)} instead of {wanted[key]}' for key in keys
    ) or 'unknown ones'


def _clear(root: Path) -> None:
    """Remove what this module writes, and nothing else."""
    # Stamps go last: a clearing that is cut off must be known as ours.
    for file in (*_FILES_OF_AN_IMAGE, *_FILES):
        folder = root / Path(file).parts[0]
        if folder.is_dir():
            shutil.rmtree(folder)
        else:
            folder.unlink(missing_ok=True)
    shutil.rmtree(root / _RECORDS, ignore_errors=True)
    (root / STAMP).unlink(missing_ok=True)


def _record_path(root: Path, name: str) -> Path:
    return root / _RECORDS / f'{name}.json'


def _make_images(root: Path, options: TinyVOCOptions, names: list[str],
                   workers: int) -> Iterator[None]:
    make = partial(_make_image, root, options)
    if workers == 1:
        yield from map(make, names)
        return
    with ProcessPoolExecutor(workers) as pool:
        yield from pool.map(make, names, chunksize=4)


def _make_image(root: Path, options: TinyVOCOptions, name: str) -> None:
    """Write the files of an image, its record last."""
    scene = make_scene(name, options)
    saliency, error = make_saliency(scene, options)
    image, labels, numbers, context, gray, xml = (
        root / file.format(name) for file in _FILES_OF_AN_IMAGE)
    with atomic_path(image) as temporary:
        # At this size, halved colors would smear the borders.
        Image.fromarray(scene.image).save(
            temporary, format='JPEG', quality=95, subsampling=0)
    write_mask(labels, with_void(scene.mask(), scene.instances),
               TINYVOC_PALETTE)
    write_mask(numbers, with_void(scene.instances, scene.instances),
               TINYVOC_PALETTE)
    write_mask(context, scene.context, CONTEXT_PALETTE)
    with atomic_path(gray) as temporary:
        Image.fromarray(saliency).save(temporary, format='PNG')
    with atomic_path(xml) as temporary:
        temporary.write_bytes(voc_xml(scene))
    write_json(
        _record_path(root, name),
        dict(
            name=name,
            scene=scene.kind,
            saliency_error=error,
            tags=sorted({item.name for item in scene.objects}),
            objects=coco_objects(scene)))


def _write_sets(root: Path, options: TinyVOCOptions, train: list[str],
                val: list[str]) -> None:
    """Write the files that speak of many images."""
    for split, names in dict(train=train, val=val,
                             trainval=train + val).items():
        path = root / 'ImageSets' / 'Segmentation' / f'{split}.txt'
        with atomic_path(path) as temporary:
            temporary.write_text('\n'.join(names) + '\n', encoding='utf-8')
    records = [
        json.loads(_record_path(root, name).read_text(encoding='utf-8'))
        for name in train + val
    ]
    ImageLabels(TINYVOC_FOREGROUND, {r['name']: tuple(r['tags'])
                               for r in records}).save(
                                   root / 'image_labels.json')
    write_json(root / 'context_classes.json',
               dict(classes=list(CONTEXT_CLASSES), palette=CONTEXT_PALETTE))
    write_json(
        root / 'scenes.json', {
            r['name']: dict(
                scene=r['scene'], saliency_error=r['saliency_error'])
            for r in records
        },
        indent=0)
    for split, part in dict(
            train=records[:len(train)], val=records[len(train):]).items():
        write_json(root / 'annotations' / f'instances_{split}.json',
                   coco_dataset(part, options.size))
