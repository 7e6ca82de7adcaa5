"""The whole way: check, prepare, run the stages, and gather what they made."""
import os
import sys
import time
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from ...own_images.prepare import Prepared, prepare
from ...pipelines.lock import work_dir_lock
from ...pipelines.pipeline import Pipeline
from ...reports.report import write_report
from ...structures import UserError
from ...structures.image_list import some
from ...workspace.layout import Workspace
from ..saliency import find_detector, make_saliency
from ..saliency.detector import is_detector
from .backbones import Backbone
from .corrected import (
    corrected_masks,
    label_overrides,
    write_trained_on,
)
from .gather import full_size_masks, keep_segmentor
from .recipes import Edit, find_recipe, install, needs_saliency
from .stages import StageRun
from .trust import rank_images
from .truth import truth_lines


@dataclass
class Settings:
    """What a person may choose.

    Attributes:
        recipe (str, optional): Name of a pipeline of ``configs/own_images``.
            Defaults to ``'eps'`` with saliency, else ``'irn'``.
        classes_file (str, optional): Names and aliases of the classes.
        max_side (int): Longer side of the work copies, in pixels.
        val_share (float): Share of images that no segmentor is trained on.
        split_file (str, optional): Split of the images, in place of a share.
        unlabeled (str): What images without a row are, see :func:`.prepare`.
        truth (str, optional): Folder of ground-truth masks of some images.
        saliency (str, optional): Folder of saliency maps of all images, an
            ONNX file that makes them, or ``'rembg'``.
        backbone (str, optional): Of the CAM network and the segmentor, in
            place of the recipe's: a name of ``configs/_base_/backbones``, or
            a config file.
        weights (str, optional): Checkpoint of that backbone.
        max_iters (int, optional): Steps of the segmentor's training. Defaults
            to what fits the number of images.
        minutes (float, optional): For the whole, in place of ``max_iters``.
        seed (int): Of the split and of the trainings.
        force (list[str]): Stages to run again.
        options (dict): Overrides of entries of the recipe.
    """
    recipe: str | None = None
    classes_file: str | None = None
    max_side: int = 1024
    val_share: float = .1
    split_file: str | None = None
    unlabeled: str = 'ignore'
    truth: str | None = None
    saliency: str | None = None
    backbone: str | None = None
    weights: str | None = None
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
    settings = with_recipe(settings or Settings())
    workspace = Workspace(out)
    began = time.monotonic()
    recipe = find_recipe(settings.recipe)
    check_saliency(recipe, settings)
    edit = find_backbone(settings)
    with work_dir_lock(workspace.root):
        facts = _prepare(Path(images), Path(labels), workspace, settings)
        written, kept = install(
            recipe, workspace, facts['written'],
            truth=settings.truth is not None, edit=edit)
        # Files of other recipes are remembered: one may come back to them.
        facts['written'].update(written)
        workspace.save(facts)
        for name in kept:
            print(f'{workspace.root / name}: kept, since it was edited; '
                  'delete it to have it made again')
        pipeline = StageRun(workspace, settings, facts, began).run()
        _gather(workspace, pipeline, facts)
    return workspace


def with_recipe(settings: Settings) -> Settings:
    """Settings with the recipe that suits them, if none is named."""
    if settings.recipe is not None:
        return settings
    return replace(settings, recipe='eps' if settings.saliency else 'irn')


def find_backbone(settings: Settings) -> Edit | None:
    """What puts the backbone that is asked for into configs, if any is.

    Raises:
        UserError: If it cannot be had.
    """
    if settings.backbone is not None:
        return Backbone(settings.backbone, settings.weights).edit
    if settings.weights is not None:
        raise UserError('--weights: of which backbone? give --backbone too')
    return None


def check_saliency(recipe: Path, settings: Settings) -> None:
    """Refuse a recipe that needs saliency where there is none.

    Raises:
        UserError: If it does.
    """
    needs = needs_saliency(recipe)
    if needs and settings.saliency is None:
        raise UserError(
            f'--recipe {settings.recipe}: reads saliency maps; give '
            '--saliency DIR (maps), --saliency MODEL.onnx (an ISNet or U2-Net '
            'file) or --saliency rembg')
    if settings.saliency is not None and not needs:
        print(f'--recipe {settings.recipe} reads no saliency maps; they are '
              'only checked')


def _prepare(images: Path, labels: Path, workspace: Workspace,
             settings: Settings) -> dict:
    """Check what is given and make work copies; facts of the workspace."""
    detector, maps = None, settings.saliency
    if maps is not None and is_detector(maps):
        detector, maps = find_detector(maps), None
        print(f'saliency: {detector.about}')
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
        overrides=label_overrides(workspace),
        truth=settings.truth,
        saliency=maps)
    if detector is not None:
        _, flaws = make_saliency(
            detector, {f'{name}.png': workspace.images / f'{name}.jpg'
                       for name in sorted(prepared.entries)},
            workspace.saliency)
        if flaws:
            raise UserError(flaws[0])
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
    for line in truth_lines(pipeline):
        print(line)
