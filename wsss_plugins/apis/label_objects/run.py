"""The whole way: read the objects, run the stages, gather the results."""
import os
import shlex
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from ...pipelines.lock import work_dir_lock
from ...pipelines.pipeline import Pipeline
from ...pipelines.progress import OneBar
from ...pipelines.runner import PipelineRunner
from ...reports.report import write_report
from ...structures import UserError, read_json, write_json
from .budget import steps_within
from .gather import gather
from .layout import ObjectSpace
from .objects import Objects, read_objects
from .recipe import Iterations, install, pipeline_text

_LEAST = 8


@dataclass
class Settings:
    """What a person may choose.

    Attributes:
        classes (list[str], optional): In order. Defaults to those of the
            table.
        truth (str, optional): COCO json of masks of some images, which are
            left out of the trainings; the detector is evaluated on them.
        generator (tuple[str, str], optional): Config and checkpoint of a
            generator of masks. Defaults to one that is trained.
        threshold (float): Of the masks' probability, in [0, 1).
        minutes (float, optional): How long it may take. Defaults to as long
            as the usual numbers of steps take.
        iterations (int, optional): Steps of the detector; the generator gets
            half of them.
        seed (int): Of the trainings.
    """
    classes: list[str] | None = None
    truth: str | None = None
    generator: tuple[str, str] | None = None
    threshold: float = .3
    minutes: float | None = None
    iterations: int | None = None
    seed: int = 0


def label_objects(images: str | os.PathLike, clicks: str | os.PathLike,
                  out: str | os.PathLike,
                  settings: Settings | None = None) -> ObjectSpace:
    """Make masks of objects from clicks or boxes, and train a detector.

    Called again, it goes on from what changed.

    Args:
        images (str | PathLike): Folder of images.
        clicks (str | PathLike): Table of clicks or boxes, or COCO json.
        out (str | PathLike): Folder for everything.
        settings (Settings, optional): Defaults to ``Settings()``.

    Returns:
        ObjectSpace: With masks, generator, detector and report.

    Raises:
        UserError: With the fix, for anything that is wrong with what is given.
    """
    settings = settings or Settings()
    space, images = ObjectSpace(out), Path(images).absolute()
    _check(settings)
    with work_dir_lock(space.root):
        objects = read_objects(Path(clicks), images, space, settings.classes,
                               settings.truth)
        _tell(objects)
        _install(space, images, Path(clicks), objects, settings)
        pipeline = Pipeline(str(space.pipeline), {}, str(space.work))
        words = [sys.executable, '-m', 'wsss_plugins.pipelines',
                 str(space.pipeline)]
        print(f'stages by hand: {shlex.join(words)}')
        PipelineRunner(pipeline, display=OneBar()).run(redo=True)
        gather(space, pipeline, objects.classes)
        write_report(pipeline, space.report)
    return space


def _check(settings: Settings) -> None:
    if settings.iterations is not None and settings.iterations < _LEAST:
        raise UserError(f'--max-iters {settings.iterations}: give {_LEAST} or '
                        'more')
    if settings.minutes is not None and settings.minutes <= 0:
        raise UserError(f'--minutes {settings.minutes:g}: give more than 0')
    if not 0 <= settings.threshold < 1:
        raise UserError(f'threshold={settings.threshold}: give a probability '
                        'from 0 to below 1')
    for path in settings.generator or ():
        if not Path(path).is_file():
            raise UserError(f'{path}: not found; give config and checkpoint '
                            'of a generator')


def _tell(objects: Objects) -> None:
    kind = 'clicked' if objects.clicked else 'boxed'
    print(f'{objects.count} {kind} objects in {objects.images} images: '
          f'{", ".join(objects.classes)}')
    if objects.held_out:
        print(f'{objects.held_out} images with known masks are left out of '
              'the trainings')


def _install(space: ObjectSpace, images: Path, clicks: Path,
             objects: Objects, settings: Settings) -> None:
    """Write pipeline and configs, and what they were made from."""
    old = read_json(space.file) if space.file.is_file() else {}

    def text(steps: Iterations) -> str:
        return pipeline_text(
            space, images, steps, objects.clicked, objects.held_out > 0,
            settings.threshold, settings.seed, settings.generator)

    steps, options = Iterations(), asdict(settings)
    if settings.iterations:
        half = max(1, settings.iterations // 2)
        steps = Iterations(half, half, settings.iterations)
    written, kept = install(space, text(steps), objects.classes,
                            old.get('written', {}))
    if settings.minutes and space.pipeline.name not in kept:
        if old.get('options') == options and 'steps' in old:
            steps = Iterations(**old['steps'])
        else:
            steps = steps_within(space, settings.minutes)
        written, kept = install(space, text(steps), objects.classes, written)
    for name in kept:
        print(f'{space.root / name}: kept, since it was edited; delete it to '
              'have it made again')
    write_json(space.file, dict(
        version=1, images=str(images), clicks=str(clicks.absolute()),
        classes=list(objects.classes), options=options, steps=asdict(steps),
        written=written,
        command=[sys.executable, '-m', 'wsss_plugins', *sys.argv[1:]]),
        indent=1, ensure_ascii=False)
