"""Hours of the stages of pipelines, from times that were measured."""
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from mmengine.config import Config

from ..pipelines.pipeline import Pipeline
from ..pipelines.stage import Stage
from ..structures import UserError, read_json
from .augmented_test import enable_tta
from .read_config import read_config
from .shortcuts import apply_options
from .stage_parts import crop_side, stage_parts

_AGAIN = 'make it with benchmarks/run.py NAME --json FILE'


@dataclass(frozen=True)
class DataSet:
    """How large a data set is.

    Attributes:
        name (str): Of the column.
        train (int): Training images.
        evaluated (int): Training images with ground truth, on which CAMs and
            masks are evaluated.
        val (int): Validation images.
        pixels (int): Of an image.
    """
    name: str
    train: int
    evaluated: int
    val: int
    pixels: int

    def images(self, list_file: str) -> int:
        """Images of a list of the names that VOC has for it."""
        name = Path(list_file).stem
        if name.startswith('val'):
            return self.val
        return self.evaluated if name == 'train' else self.train


VOC = DataSet('VOC', 10_582, 1_464, 1_449, 500 * 375)
COCO = DataSet('COCO', 82_783, 82_783, 40_504, 640 * 480)


class Times:
    """Seconds of an image by the parts of its stage.

    Args:
        paths (Sequence[str | Path]): Files of ``benchmarks/run.py --json``.

    Raises:
        UserError: If a file is missing or holds no times of stages.
    """

    def __init__(self, paths: Sequence[str | Path]) -> None:
        self._rows: dict[tuple, tuple[float, int]] = {}
        for path in paths:
            found = read_json(path, 'file of times', _AGAIN)
            rows = found.get('rows') if isinstance(found, dict) else None
            rows = [row for row in rows or () if 'stage' in row]
            if not rows:
                raise UserError(f'{path}: no times of stages; {_AGAIN}, NAME '
                                'being stages or paper_networks')
            for row in rows:
                # The first counts: growth comes later, on other sizes.
                self._rows.setdefault(
                    (bool(row.get('training')), *row['stage']),
                    (row['ours_s'] / row['images'], row['pixels']))

    def of(self, parts: Sequence[str], training: bool,
           pixels: int | None) -> float | None:
        """Seconds of an image, or None if no stage of these parts is known.

        Args:
            parts (Sequence[str]): Of the stage.
            training (bool): Whether it trains.
            pixels (int, optional): Of the image, to which the time is
                proportional. None: of any image.
        """
        row = self._rows.get((training, *parts))
        if row is None:
            return None
        return row[0] * (1 if pixels is None else pixels / row[1])


@dataclass(frozen=True)
class PlannedStage:
    """A stage's images and the seconds of each, by data set.

    Attributes:
        name (str): Of the stage.
        images (dict[str, float]): Images that it sees; of a training, all of
            its batches together.
        seconds (dict[str, float | None]): Of an image; None if not measured.
    """
    name: str
    images: dict[str, float]
    seconds: dict[str, float | None]

    def hours(self, name: str, cores: int) -> float | None:
        """Hours on a data set, images shared by so many cores."""
        seconds = self.seconds[name]
        if seconds is None:
            return None
        return seconds * self.images[name] / cores / 3600


def planned_stages(path: str | Path, times: Times,
                   data_sets: Sequence[DataSet] = (VOC, COCO)
                   ) -> tuple[str, list[PlannedStage]]:
    """Stages of a pipeline file for PASCAL VOC, planned for other sets too.

    A training has as many epochs on each set; crops are of its config's size.

    Args:
        path (str | Path): The pipeline file.
        times (Times): What was measured.
        data_sets (Sequence[DataSet]): The first is that of the file.

    Returns:
        tuple[str, list[PlannedStage]]: Title, and stages with a config.
    """
    pipeline = Pipeline(str(path))
    stages = [_planned(stage, times, data_sets) for stage in pipeline.stages
              if stage.kind in ('train', 'test')]
    return pipeline.cfg.title, stages


def _planned(stage: Stage, times: Times,
             data_sets: Sequence[DataSet]) -> PlannedStage:
    training = stage.kind == 'train'
    cfg = _config(stage)
    parts = stage_parts(cfg, training)
    if training:
        side = crop_side(cfg)
        epochs = _images_seen(cfg, data_sets[0]) / data_sets[0].train
        images = {one.name: epochs * one.train for one in data_sets}
        pixels = {one.name: side and side**2 for one in data_sets}
    else:
        listed = cfg.test_dataloader.dataset.get('ann_file', '')
        images = {one.name: one.images(listed) for one in data_sets}
        pixels = {one.name: one.pixels for one in data_sets}
    seconds = {name: times.of(parts, training, size)
               for name, size in pixels.items()}
    return PlannedStage(stage.name, images, seconds)


def _config(stage: Stage) -> Config:
    cfg = read_config(stage.program)
    apply_options(cfg, {
        key: value for key, value in stage.cfg_options.items()
        if 'skip_done' not in key
    })
    if stage.tta:
        enable_tta(cfg)
    return cfg


def _images_seen(cfg: Config, data_set: DataSet) -> int:
    """Images of all batches of a training."""
    if 'max_iters' in cfg.train_cfg:
        return cfg.train_cfg.max_iters * cfg.train_dataloader.batch_size
    return cfg.train_cfg.max_epochs * data_set.train


def plan_table(title: str, stages: Sequence[PlannedStage],
               names: Sequence[str], cores: Sequence[int]) -> str:
    """A Markdown table of hours.

    Args:
        title (str): Of the pipeline, as 'METHOD on DATA SET'.
        stages (Sequence[PlannedStage]): Rows.
        names (Sequence[str]): Of data sets.
        cores (Sequence[int]): Columns of each.
    """
    columns = [(name, count) for name in names for count in cores]
    heads = ['stage', 'images', 's/image',
             *(f'{name}, {count}' for name, count in columns)]
    rows = [_row(stage, names[0], columns) for stage in stages]
    rows.append(['**all that is measured**', '', '', *(
        _number(sum(stage.hours(*column) or 0 for stage in stages))
        for column in columns)])
    widths = [max(len(row[i]) for row in (heads, *rows))
              for i in range(len(heads))]
    lines = [heads, ['-' * width for width in widths], *rows]
    method = title.partition(' on ')[0]
    return '\n'.join([f'## {method}', '', *_lines(lines, widths)])


def _lines(rows: Sequence[Sequence[str]],
           widths: Sequence[int]) -> Iterator[str]:
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths))
        yield f'| {" | ".join(cells)} |'


def _row(stage: PlannedStage, name: str,
         columns: Sequence[tuple[str, int]]) -> list[str]:
    seconds = stage.seconds[name]
    return [
        f'`{stage.name}`', f'{stage.images[name]:,.0f}', _number(seconds),
        *(_number(stage.hours(*column)) for column in columns)
    ]


def _number(value: float | None) -> str:
    """Three digits; a dash for what is not known."""
    if value is None:
        return '-'
    return f'{value:,.0f}' if value >= 100 else f'{value:.3g}'
