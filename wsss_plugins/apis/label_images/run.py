"""The whole way: check, prepare, run the stages, and gather what they made."""
import os
import sys
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

from ...own_images.prepare import Prepared, prepare
from ...pipelines.lock import work_dir_lock
from ...pipelines.pipeline import Pipeline
from ...reports.report import write_report
from ...structures import UserError
from ...structures.image_list import some
from ...workspace.layout import Workspace
from .corrected import (
    corrected_masks,
    label_overrides,
    write_trained_on,
)
from .gather import full_size_masks, keep_segmentor
from .recipes import find_recipe, install
from .stages import StageRun
from .trust import rank_images


@dataclass
class Settings:
    """What a person may choose.

    Attributes:
        recipe (str): Name of a pipeline of ``configs/own_images``.
        classes_file (str, optional): Names and aliases of the classes.
        max_side (int): Longer side of the work copies, in pixels.
        val_share (float): Share of images that no segmentor is trained on.
        split_file (str, optional): Split of the images, in place of a share.
        unlabeled (str): What images without a row are, see :func:`.prepare`.
        max_iters (int, optional): Steps of the segmentor's training. Defaults
            to what fits the number of images.
        minutes (float, optional): For the whole, in place of ``max_iters``.
        seed (int): Of the split and of the trainings.
        force (list[str]): Stages to run again.
        options (dict): Overrides of entries of the recipe.
    """
    recipe: str = 'linear'
    classes_file: str | None = None
    max_side: int = 1024
    val_share: float = .1
    split_file: str | None = None
    unlabeled: str = 'ignore'
    max_iters: int | None = None
    minutes: float | None = None
    seed: int = 0
    force: list[str] = field(default_factory=list)
    options: dict = field(default_factory=dict)


def label_images(images: str | os.PathLike, labels: str | os.PathLike,
                 out: str | os.PathLike,
                 settings: Settings | None = None) -> Workspace:
    """Make masks, a segmentor and a report of images with labels.

    Called again, it goes on from what changed: images, labels, corrections,
    edited configs. Corrections are never touched.

    Args:
        images (str | PathLike): Folder of images.
        labels (str | PathLike): Labels in any known form.
        out (str | PathLike): The workspace.
        settings (Settings, optional): Defaults to ``Settings()``.

    Returns:
        Workspace: With its masks, segmentor and report.

    Raises:
        UserError: With the fix, for anything that is wrong with what is given.
    """
    settings = settings or Settings()
    workspace = Workspace(out)
    began = time.monotonic()
    recipe = find_recipe(settings.recipe)
    with work_dir_lock(workspace.root):
        facts = _prepare(Path(images), Path(labels), workspace, settings)
        facts['written'], kept = install(
            recipe, workspace, facts.get('written', {}))
        workspace.save(facts)
        for name in kept:
            print(f'{workspace.root / name}: kept, since it was edited; '
                  'delete it to have it made again')
        pipeline = StageRun(workspace, settings, facts, began).run()
        _gather(workspace, pipeline, facts)
    return workspace


def _prepare(images: Path, labels: Path, workspace: Workspace,
             settings: Settings) -> dict:
    """Check what is given and make work copies; facts of the workspace."""
    prepared = prepare(
        images,
        labels,
        workspace,
        classes_file=settings.classes_file,
        max_side=settings.max_side,
        val_share=settings.val_share,
        split_file=settings.split_file,
        unlabeled=settings.unlabeled,
        seed=settings.seed,
        overrides=label_overrides(workspace))
    corrected_masks(workspace, list(prepared.entries), prepared.classes,
                    prepared.palette)
    rejected = write_trained_on(workspace)
    if rejected:
        print(f'{rejected} rejected images: no segmentor is trained on them')
    old = workspace.load() if workspace.file.is_file() else {}
    if old:
        _tell_changes(prepared)
    if old and Path(old['images']) != images.absolute():
        print(f'images were in {old["images"]} before, now in '
              f'{images.absolute()}')
    return dict(
        images=str(images.absolute()),
        labels=str(labels.absolute()),
        classes=list(prepared.classes),
        palette=prepared.palette,
        options=asdict(settings),
        num_images=len(prepared.entries),
        written=old.get('written', {}),
        plan=old.get('plan', {}),
        cwd=os.getcwd(),
        command=[sys.executable, '-m', 'wsss_plugins', *sys.argv[1:]])


def _tell_changes(prepared: Prepared) -> None:
    """What is other than last time, in a line each."""
    for what, names in (
            ('new, changed or otherwise labeled', prepared.changed),
            ('gone', prepared.removed)):
        if names:
            print(f'images that are {what} ({len(names)}): {some(names)}')


def _gather(workspace: Workspace, pipeline: Pipeline, facts: dict) -> None:
    """What a person looks for, out of the folders of the stages."""
    if not any(workspace.mask_dir.glob('*.png')):
        raise UserError(f'{workspace.mask_dir}: the recipe wrote no masks '
                        'there; end it with a stage "final"')
    full_size_masks(workspace, facts['palette'])
    keep_segmentor(workspace, pipeline, facts)
    rank_images(workspace, pipeline, facts['classes'])
    write_report(pipeline, workspace.report)
