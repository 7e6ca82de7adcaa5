"""Objects: extreme points, mask generators, and detectors."""
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from .common import columns_of

_POINTS = '{points}/train.json'
_MASKS = '{points_masks}/train.json'


@dataclass(frozen=True)
class ObjectData:
    """Where a data set in COCO's layout keeps its parts, below data_root.

    Attributes:
        train_images, val_images (str): Folders of images.
        train_file, val_file (str): COCO json of the ground truth. That of
            the training images makes the extreme points, and is read again
            only to evaluate.
    """
    train_images: str
    val_images: str
    train_file: str
    val_file: str

    def at(self, part: str) -> str:
        """Path of a part, with the placeholder of the data root."""
        return '{data_root}/' + getattr(self, part)

    def options(self, train_file: str | None = None) -> dict[str, str]:
        """Options of a config by top-level name.

        Args:
            train_file (str, optional): COCO json of the training images.
                Defaults to the ground truth.
        """
        named = dict(asdict(self), data_root='{data_root}')
        return dict(named, train_file=train_file or self.at('train_file'))


def make_points(data: ObjectData) -> dict:
    """Make extreme points, and leave no mask; stage ``points``.

    Args:
        data (ObjectData): Of the objects.
    """
    return dict(
        name='points',
        kind='tool',
        script='tools/dataset_converters/extreme_points.py',
        args=['coco', data.at('train_file'), '{stage_dir}/train.json',
              '--strip-masks'])


def make_points_with_masks(data: ObjectData) -> dict:
    """Make extreme points beside the masks; stage ``points_masks``.

    For :func:`train_generator` with ``truth``.

    Args:
        data (ObjectData): Of the objects.
    """
    return dict(
        name='points_masks',
        kind='tool',
        script='tools/dataset_converters/extreme_points.py',
        args=['coco', data.at('train_file'), '{stage_dir}/train.json'])


def train_generator(name: str,
                    config: str,
                    data: ObjectData,
                    extractor: str | None = None,
                    truth: bool = False,
                    **options) -> dict:
    """Train a generator; stage ``train_NAME``.

    Args:
        name (str): Name of the generator.
        config (str): Its config.
        data (ObjectData): Of the objects.
        extractor (str, optional): Checkpoint of the generator whose encoder
            tells which patches are similar.
        truth (bool): Whether the training reads ground-truth masks: to log
            precision and recall of retrieved points, and for the upper bound
            of the retrieval. Needs :func:`make_points_with_masks`.
        **options: Further options of the config by top-level name, such as
            ``weights``, ``seed`` and ``max_iters``.
    """
    if extractor is not None:
        options |= {
            'model.extractor.init_cfg.type': 'Pretrained',
            'model.extractor.init_cfg.checkpoint': extractor,
            'model.extractor.init_cfg.prefix': 'student.backbone.'
        }
    return dict(
        name=f'train_{name}',
        kind='train',
        config=config,
        cfg_options={
            **data.options(_MASKS if truth else _POINTS),
            **({
                'train_dataloader.dataset.keep_masks': True
            } if truth else {}),
            **options
        })


def label_objects(name: str, config: str, data: ObjectData,
                  threshold: float | Sequence[float] = .1) -> dict:
    """Write masks of all training objects; stage ``label_NAME``.

    Goes on after a kill: finished objects are left out.

    Args:
        name (str): Name of the generator.
        config (str): Its config.
        data (ObjectData): Of the objects.
        threshold (float | Sequence[float]): Of the probability.
    """
    return dict(
        name=f'label_{name}',
        kind='test',
        config=config,
        checkpoint=f'{{train_{name}}}',
        cfg_options={
            **data.options(_POINTS),
            'test_dataloader.dataset.skip_done': '{stage_dir}/files/shards',
            'test_evaluator.0.threshold': threshold
        })


def evaluate_objects(name: str, data: ObjectData) -> dict:
    """Evaluate the masks of a generator; stage ``eval_NAME``."""
    return dict(
        name=f'eval_{name}',
        kind='tool',
        script='tools/measure_objects.py',
        args=[labeled_objects(name), data.at('train_file'), '{stage_dir}'])


def labeled_objects(name: str) -> str:
    """COCO json of :func:`label_objects`, which a detector can learn."""
    return f'{{label_{name}}}/files/instances.json'


def train_detector(name: str,
                   config: str,
                   data: ObjectData,
                   annotations: str | None = None,
                   **options) -> dict:
    """Train a detector on masks of objects; stage ``train_det_NAME``.

    Args:
        name (str): Name of the detector.
        config (str): Its config, of mmdet.
        data (ObjectData): Of the objects.
        annotations (str, optional): COCO json of the masks that it learns,
            such as :func:`labeled_objects`. Defaults to the ground truth.
        **options: Further options of the config by top-level name, such as
            ``weights``, ``seed`` and ``max_iters``.
    """
    return dict(
        name=f'train_det_{name}',
        kind='train',
        config=config,
        cfg_options={**data.options(annotations), **options})


def test_detector(name: str, config: str, data: ObjectData) -> dict:
    """Test a detector on ground-truth masks; stage ``det_NAME``."""
    return dict(
        name=f'det_{name}',
        kind='test',
        config=config,
        checkpoint=f'{{train_det_{name}}}',
        cfg_options={
            **data.options(),
            'test_evaluator.outfile_prefix': '{stage_dir}/found'
        })


def retention(names: Sequence[str], true: str = 'true') -> dict:
    """AP of detectors over that on the ground truth; stage ``retention``.

    Args:
        names (Sequence[str]): Names of detectors; the last one's retention is
            the last line.
        true (str): Name of the detector that learned the ground truth.
    """
    return dict(
        name='retention',
        kind='tool',
        script='tools/retention.py',
        args=['{stage_dir}',
              *(f'{name}={{det_{name}}}' for name in (true, *names))])


def object_rows(names: Sequence[str]) -> list[dict]:
    """Rows of a report: quality of the masks, a column for each generator."""
    shown = (('mean IoU of pseudo masks', 'miou'),
             ('of objects cut in two', 'miou_split'),
             ('of whole objects', 'miou_whole'),
             ('cut objects whose mask is cut as well', 'split_found'),
             ('mean IoU over classes', 'class_miou'),
             ('AP50 of pseudo masks', 'ap50'),
             ('AP75 of pseudo masks', 'ap75'))
    return [
        dict(
            row=what,
            column=name.upper(),
            stage=f'eval_{name}',
            metric=f'objects/{key}',
            percent=True) for what, key in shown for name in names
    ]


def detector_rows(names: Sequence[str], true: str = 'true') -> list[dict]:
    """Rows of a report: AP of detectors, and retention."""
    rows = [
        dict(
            row='val mask AP of the detector',
            column=name.upper(),
            stage='retention',
            metric=f'{name}/ap',
            percent=True) for name in (true, *names)
    ]
    return rows + [
        dict(
            row='retention',
            column=name.upper(),
            stage='retention',
            metric=f'{name}/retention',
            percent=True) for name in names
    ]


def object_samples(names: Sequence[str],
                   data: ObjectData,
                   detectors: Sequence[str] = (),
                   num_train: int = 12,
                   num_val: int = 8) -> list[dict]:
    """Samples of a report.

    Args:
        names (Sequence[str]): Generators whose masks are shown.
        data (ObjectData): Of the objects.
        detectors (Sequence[str]): Detectors whose detections are shown.
        num_train, num_val (int): Numbers of images.
    """
    image = ('image', 'image', data.at('train_images') + '/{name}')
    truth = ('ground truth', 'instances', data.at('train_file'))
    groups = [
        dict(
            title='Training objects: from four points to masks',
            names=_POINTS,
            num=num_train,
            columns=columns_of(
                image, ('points and boxes', 'points', _POINTS),
                *((name.upper(), 'instances', labeled_objects(name))
                  for name in names), truth))
    ]
    if detectors:
        groups.append(
            dict(
                title='Validation images: the trained detectors',
                names=data.at('val_file'),
                num=num_val,
                columns=columns_of(
                    ('image', 'image', data.at('val_images') + '/{name}'),
                    *((f'on {name} masks', 'detections',
                       f'{{det_{name}}}/found.segm.json')
                      for name in detectors),
                    ('ground truth', 'instances', data.at('val_file')))))
    return groups
