"""Masks at the size of the images, and the segmentor in a folder."""
from pathlib import Path

import cv2

from ...own_images.names import mask_files
from ...own_images.workers import run_parallel
from ...pipelines.pipeline import Pipeline
from ...structures import read_json, read_mask, write_json, write_mask
from ...structures.digests import file_digest, text_digest
from ...workspace.layout import Workspace
from ..segmentor_files import save_segmentor

_FIX = 'delete it and run again'


def full_size_masks(workspace: Workspace,
                    palette: list[list[int]]) -> int:
    """Write the final masks at the size of the images, where they changed.

    Their colors count as well.

    Masks of images that are gone are taken away.

    Args:
        workspace (Workspace): Whose masks.
        palette (list): RGB triple of each class, 0..255.

    Returns:
        int: Number of masks that were written.
    """
    entries = read_json(workspace.entries, 'list of images', _FIX)['images']
    files = mask_files(entry['source'] for entry in entries.values())
    record = workspace.work / 'full_size.json'
    known = (read_json(record, 'record of masks', _FIX)
             if record.is_file() else {})
    colors = text_digest(str(palette))
    done, jobs = {}, []
    for name, entry in sorted(entries.items()):
        source = workspace.mask_dir / f'{name}.png'
        target = workspace.masks / files[entry['source']]
        done[name] = [file_digest(source), files[entry['source']],
                      *entry['size'], colors]
        if known.get(name) != done[name] or not target.is_file():
            jobs.append((source, target, entry['size']))
    # A run that is cut off leaves none that counts as known and is not.
    write_json(record, {
        name: made if made == done.get(name) else ['', *made[1:]]
        for name, made in known.items()}, indent=0, ensure_ascii=False)
    for _ in run_parallel(_write_full, jobs, 'masks at full size',
                          shared=[palette]):
        pass
    wanted = {made[1] for made in done.values()}
    for _, path, *_ in known.values():
        if path not in wanted:
            (workspace.masks / path).unlink(missing_ok=True)
    write_json(record, done, indent=0, ensure_ascii=False)
    return len(jobs)


def _write_full(palette: list, job: tuple[Path, Path, list[int]]) -> None:
    """Write a mask at the size of its image."""
    source, target, (height, width) = job
    write_mask(target, cv2.resize(
        read_mask(source), (width, height),
        interpolation=cv2.INTER_NEAREST), palette)


def keep_segmentor(workspace: Workspace, pipeline: Pipeline,
                   facts: dict) -> None:
    """Write the trained segmentor to a folder that needs no other.

    Args:
        workspace (Workspace): Where to.
        pipeline (Pipeline): Nothing is written if it has no stage
            ``train_seg``.
        facts (dict): Classes and palette.
    """
    if all(stage.name != 'train_seg' for stage in pipeline.stages):
        return
    stage = pipeline.stage('train_seg')
    name = Path(stage.pointer.read_text().strip()).name
    save_segmentor(stage.program, stage.folder / name, workspace.segmentor,
                   facts['classes'], facts['palette'],
                   facts['options']['max_side'])
