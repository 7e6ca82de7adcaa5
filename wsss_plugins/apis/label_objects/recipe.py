"""The pipeline of own objects, written into their folder."""
import os
from dataclasses import dataclass
from pathlib import Path

from ...pipelines.places import package_folders
from ...structures import UserError, atomic_path
from ..editable_files import write_editable
from ..read_config import read_config
from ..shortcuts import apply_options
from .layout import ObjectSpace

_FOLDER = 'configs/own_objects'


@dataclass(frozen=True)
class Iterations:
    """Steps of the trainings.

    Attributes:
        mil, generator, detector (int): Of each.
    """
    mil: int = 300
    generator: int = 600
    detector: int = 1200


def pipeline_text(space: ObjectSpace, images: Path, steps: Iterations,
                  clicked: bool, truth: bool, threshold: float, seed: int,
                  given: tuple[str, str] | None = None) -> str:
    """A pipeline file for these objects.

    Args:
        space (ObjectSpace): Their folder.
        images (Path): Folder of the images.
        steps (Iterations): Of the trainings.
        clicked (bool): Whether all have extreme points.
        truth (bool): Whether masks of other images are known.
        threshold (float): Of the masks' probability.
        seed (int): Of the trainings.
        given (tuple[str, str], optional): Config and checkpoint of a
            generator. Defaults to one that is trained here.
    """
    entries = dict(
        title='Own objects', work_dir=str(space.work), images=str(images),
        points=str(space.points), truth=str(space.truth) if truth else '',
        mil_iters=steps.mil, generator_iters=steps.generator,
        detector_iters=steps.detector, threshold=threshold, seed=seed)
    lines = [f'{key} = {value!r}' for key, value in entries.items()]
    return '\n'.join([
        '"""From clicks or boxes to masks, and to a detector."""',
        'from wsss_plugins.pipelines.stages import own_objects', '', *lines,
        '', 'stages = [', *_generator(clicked, given),
        '    own_objects.train_detector(',
        "        max_iters='{detector_iters}', seed='{seed}'),",
        '    own_objects.detect(truth),', ']',
        'report = own_objects.report(truth)', ''
    ])


def _generator(clicked: bool, given: tuple[str, str] | None) -> list[str]:
    """Lines of the stages up to the masks."""
    if given:
        config, checkpoint = (os.path.abspath(path) for path in given)
        return [f'    own_objects.label_objects({config!r}, {checkpoint!r},',
                '                              threshold),']
    if not clicked:
        return [
            "    own_objects.train_generator(",
            "        'mal', max_iters='{generator_iters}', seed='{seed}'),",
            "    own_objects.label_objects('configs/own_objects/mal.py',",
            "                              '{train_mal}', threshold),"
        ]
    return [
        "    own_objects.train_generator(",
        "        'mil', max_iters='{mil_iters}', seed='{seed}'),",
        "    own_objects.train_generator(",
        "        'exits', '{train_mil}/iter_{mil_iters}.pth',",
        "        max_iters='{generator_iters}', seed='{seed}'),",
        "    own_objects.label_objects('configs/own_objects/exits.py',",
        "                              '{train_exits}', threshold),"
    ]


def install(space: ObjectSpace, text: str, classes: tuple[str, ...],
            written: dict[str, str]) -> tuple[dict[str, str], list[str]]:
    """Write the pipeline and its configs, to be read and edited.

    Args:
        space (ObjectSpace): Where to.
        text (str): Of the pipeline.
        classes (tuple[str, ...]): Of the detector.
        written (dict[str, str]): Digests of what an earlier run wrote.

    Returns:
        tuple[dict[str, str], list[str]]: Digests now; names of files that
        were edited since, and kept.
    """
    with atomic_path(space.facts) as temporary:
        temporary.write_text(f'classes = {tuple(classes)!r}\n',
                             encoding='utf-8')
    texts = {space.pipeline.name: text}
    for path in sorted(_configs().glob('*.py')):
        cfg = read_config(path, ('model', ))
        apply_options(cfg, dict(facts=str(space.facts)))
        texts[f'{_FOLDER}/{path.name}'] = cfg.pretty_text
    return write_editable(space.root, texts, written)


def _configs() -> Path:
    for folder in package_folders():
        if (folder / _FOLDER).is_dir():
            return folder / _FOLDER
    raise UserError(f'{_FOLDER} was not installed with the package')
