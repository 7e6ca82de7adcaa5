"""Masks of a workspace out, in other formats, and corrected ones in."""
import os
import tempfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from tqdm import tqdm

from ..exports import MaskItem, Notes, load_format
from ..structures import UserError
from ..structures.failures import reading
from ..workspace.layout import Workspace
from .workspace_masks import ImageNames, WorkspaceMasks, resized

WHICH = ('all', 'unless-rejected', 'accepted')


@dataclass
class Exported:
    """What was written.

    Attributes:
        images (int): Images with their masks.
        corrected (int): Of these, masks that a person drew.
        left_out (dict[str, int]): Numbers of images by why they were not.
        notes (Notes): What the format could not keep.
    """
    images: int
    corrected: int
    left_out: dict[str, int]
    notes: Notes


def export_masks(workspace: Workspace,
                 target: str | os.PathLike,
                 format: str,
                 images: bool = False,
                 which: str = 'unless-rejected',
                 **options) -> Exported:
    """Write the masks of a workspace for another tool.

    Args:
        workspace (Workspace): Whose masks; corrected ones win.
        target (str | PathLike): New folder, or ``.zip``.
        format (str): Any of :func:`.all_formats`.
        images (bool): Whether the image files go with them.
        which (str): ``'all'``, ``'unless-rejected'`` or ``'accepted'`` in
            the review.
        **options: Of the format.

    Raises:
        UserError: If there are no masks, an image that is to go with them is
            missing, or an option is wrong.
    """
    kind = load_format(format)
    unknown = set(options) - set(kind.options)
    if unknown:
        named = ', '.join(kind.options) or 'none'
        raise UserError(f'format {format} has no option '
                        f'{sorted(unknown)[0]}; it has {named}')
    masks = WorkspaceMasks(workspace)
    names, left_out = _chosen(masks, which)
    if not names:
        why = ', '.join(f'{count} {text}' for text, count in left_out.items())
        raise UserError(f'{workspace.root}: no masks to export ({why or "no"}'
                        ' images); run "wsss label-images", or choose '
                        '--which all')
    items = [masks.item(name) for name in names]
    if images:
        _check_images(items)
    with tqdm(total=len(items), desc=format, unit='image') as bar:
        notes = kind.save([_counted(item, bar) for item in items],
                          Path(target), masks.classes, masks.palette, images,
                          **options)
    corrected = sum(masks.is_corrected(name) for name in names)
    return Exported(len(names), corrected, left_out, notes)


def _counted(item: MaskItem, bar: tqdm) -> MaskItem:
    """An item that moves a bar when its mask is first read.

    Some formats go through the list at once, and read masks later.
    """
    left = [1]

    def read() -> np.ndarray:
        bar.update(left.pop() if left else 0)
        return item.read()

    return replace(item, read=read)


def _chosen(masks: WorkspaceMasks,
            which: str) -> tuple[list[str], dict[str, int]]:
    """Names of images to write, and how many others there are."""
    if which not in WHICH:
        raise UserError(f'which={which!r}: choose one of {", ".join(WHICH)}')
    names, left_out = [], {}
    for name in sorted(masks.places):
        status = masks.status(name)
        if not masks.has_mask(name):
            why = 'have no mask'
        elif which == 'accepted' and status != 'accepted':
            why = 'are not accepted'
        elif which == 'unless-rejected' and status == 'rejected':
            why = 'are rejected'
        else:
            names.append(name)
            continue
        left_out[why] = left_out.get(why, 0) + 1
    return names, left_out


def _check_images(items: Iterable[MaskItem]) -> None:
    missing = [item.image for item in items if not item.image.is_file()]
    if missing:
        raise UserError(f'{missing[0]}: image not found ({len(missing)} are '
                        'missing); put them back, or export without --images')


@dataclass
class Imported:
    """What was taken over.

    Attributes:
        changed (list[str]): Images whose masks were changed in the tool.
        same (int): Images whose masks were not.
        problems (list[str]): Why others were left out.
    """
    changed: list[str] = field(default_factory=list)
    same: int = 0
    problems: list[str] = field(default_factory=list)


def import_masks(workspace: Workspace,
                 path: str | os.PathLike,
                 format: str,
                 everything: bool = False) -> Imported:
    """Take masks that were corrected in another tool as corrections.

    Only those that differ from what was exported count; the others stay as
    the stages make them.

    Args:
        workspace (Workspace): Gets the corrections.
        path (str | PathLike): File, folder or ``.zip`` of the tool.
        format (str): Any of :func:`.all_formats`.
        everything (bool): Take masks that were not changed, too.

    Raises:
        UserError: If the file is broken, of another format, or names an
            unknown class; nothing is taken over then.
    """
    kind, masks = load_format(format), WorkspaceMasks(workspace)
    names, found, taken = ImageNames(masks.places), Imported(), []

    def size_of(name: str) -> tuple[int, int] | None:
        place = names.find(name)
        return place and place.size

    with _unpacked(Path(path)) as folder:
        # All of it is read once before anything is changed.
        for name, mask in tqdm(kind.read(folder, masks.classes, size_of),
                               desc=f'read {format}', unit='image'):
            place = names.find(name)
            flaw = _flaw(name, mask, place)
            if flaw:
                found.problems.append(flaw)
            elif not everything and _unchanged(kind, masks, place.name, mask):
                found.same += 1
            else:
                # Packed, as a large set of masks has to wait.
                taken.append((place.name, zlib.compress(
                    resized(mask, place.work_size).tobytes(), 1)))
    if not taken and not found.same:
        first = f'; {found.problems[0]}' if found.problems else ''
        raise UserError(f'{path}: no masks of images of {workspace.root} in '
                        f'it{first}; name the file that the tool exported')
    for name, packed in taken:
        mask = np.frombuffer(zlib.decompress(packed), np.uint8)
        masks.corrections.set_mask(
            name, mask.reshape(masks.places[name].work_size))
        found.changed.append(name)
    return found


def _flaw(name: str, mask: np.ndarray, place) -> str | None:
    if place is None:
        return f'{name}: not one of the images, or several have this name'
    if mask.shape not in (place.size, place.work_size):
        return (f'{name}: the mask is {mask.shape[1]}x{mask.shape[0]}, the '
                f'image {place.size[1]}x{place.size[0]}')
    return None


def _unchanged(kind, masks: WorkspaceMasks, name: str,
               mask: np.ndarray) -> bool:
    """Whether a mask is what was exported, but for what the format lost."""
    if not masks.has_mask(name):
        return False
    before = resized(masks.read(name), mask.shape)
    return kind.is_same(before, mask)


@contextmanager
def _unpacked(path: Path) -> Iterator[Path]:
    """A folder or file; of a zip file a folder for the time being."""
    if not path.exists():
        raise UserError(f'{path}: not found; fix the path')
    if path.suffix.lower() != '.zip':
        yield path
        return
    with tempfile.TemporaryDirectory() as folder:
        fix = 'download it again'
        with reading(path, 'zip file', fix), zipfile.ZipFile(path) as file:
            file.extractall(folder)
        yield Path(folder)
