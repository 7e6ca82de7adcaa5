"""Corrected masks for the stages: in today's classes, nothing taken back."""
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ...structures import (
    atomic_path,
    read_image_list,
    read_mask,
    write_mask,
)
from ...workspace.corrections import Corrections
from ...workspace.layout import Workspace


def label_overrides(workspace: Workspace) -> dict[str, list[str]]:
    """Corrected labels by name of the image."""
    entries = Corrections(workspace.corrections).read()
    return {name: list(entry['labels']) for name, entry in entries.items()
            if 'labels' in entry}


def write_trained_on(workspace: Workspace) -> int:
    """List the training images of the segmentor: those not rejected.

    Returns:
        int: Number of images that are left out.
    """
    entries = Corrections(workspace.corrections).read()
    rejected = {name for name, entry in entries.items()
                if entry.get('status') == 'rejected'}
    names = read_image_list(workspace.split_list('train'))
    kept = [name for name in names if name not in rejected]
    with atomic_path(workspace.split_list('segmentor')) as temporary:
        temporary.write_text(''.join(f'{name}\n' for name in kept),
                             encoding='utf-8')
    return len(names) - len(kept)


def corrected_masks(workspace: Workspace, names: Sequence[str],
                    classes: Sequence[str],
                    palette: Sequence[Sequence[int]]) -> Path:
    """Write the corrected masks of some images where stages read them.

    Args:
        workspace (Workspace): Whose corrections; they are only read.
        names (Sequence[str]): Of the images that there are now.
        classes (Sequence[str]): What the masks index, background first.
        palette (Sequence): RGB triple of each class.

    Returns:
        Path: Folder of ``NAME.png``; files are only touched if they change.
    """
    corrections = Corrections(workspace.corrections, classes, palette)
    folder = workspace.work / 'corrected'
    known, here = corrections.load(), set(names)
    wanted = {name for name, entry in known['images'].items()
              if entry.get('mask') and name in here}
    for name in sorted(wanted):
        mask, path = corrections.mask(name, known), folder / f'{name}.png'
        if not (path.is_file() and _holds(path, mask)):
            write_mask(path, mask, palette)
    for path in folder.glob('*.png'):
        if path.stem not in wanted:
            os.unlink(path)
    return folder


def _holds(path: Path, mask: np.ndarray) -> bool:
    return bool(np.array_equal(read_mask(path), mask))
