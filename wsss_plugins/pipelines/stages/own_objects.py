"""Stages on own objects: from clicks or boxes to masks and a detector."""
from .common import columns_of

_OBJECTS = '{points}'
_CONFIG = 'configs/own_objects/{}.py'


def train_generator(name: str, extractor: str | None = None,
                    **options) -> dict:
    """Train a generator of masks; stage ``train_NAME``.

    Args:
        name (str): ``'mil'``, ``'mal'`` or ``'exits'``.
        extractor (str, optional): Checkpoint of the generator that tells
            which patches are alike.
        **options: Of the config by top-level name, such as ``max_iters``.
    """
    if extractor is not None:
        options['extractor'] = extractor
    return dict(
        name=f'train_{name}',
        kind='train',
        config=_CONFIG.format(name),
        inputs=[_OBJECTS],
        cfg_options=dict(train_file=_OBJECTS, train_images='{images}',
                         data_root='', **options))


def label_objects(config: str, checkpoint: str,
                  threshold: float = .3) -> dict:
    """Write masks of all objects; stage ``masks``.

    Goes on after a kill: finished objects are left out.

    Args:
        config (str): Of a generator.
        checkpoint (str): Its weights, or ``{train_NAME}``.
        threshold (float): Of the probability.
    """
    return dict(
        name='masks',
        kind='test',
        config=config,
        checkpoint=checkpoint,
        inputs=[_OBJECTS],
        cfg_options={
            'test_dataloader.dataset.ann_file': _OBJECTS,
            'test_dataloader.dataset.data_root': '',
            'test_dataloader.dataset.data_prefix.img_path': '{images}',
            'test_dataloader.dataset.need_points': False,
            'test_dataloader.dataset.skip_done': '{stage_dir}/files/shards',
            'test_evaluator.0.ann_file': _OBJECTS,
            'test_evaluator.0.threshold': threshold
        })


def train_detector(**options) -> dict:
    """Train a detector on the masks; stage ``train_det``."""
    return dict(
        name='train_det',
        kind='train',
        config=_CONFIG.format('detector'),
        cfg_options=dict(
            train_file='{masks}/files/instances.json',
            train_images='{images}/', **options))


def detect(truth: str = '') -> dict:
    """Detect objects; stage ``det``.

    Args:
        truth (str): COCO json of masks of other images, which detections are
            evaluated on. Empty: those of the training images are written.
    """
    options = {'test_evaluator.format_only': False} if truth else {}
    return dict(
        name='det',
        kind='test',
        config=_CONFIG.format('detector'),
        checkpoint='{train_det}',
        inputs=[truth or _OBJECTS],
        cfg_options={
            'test_file': truth or _OBJECTS,
            'test_images': '{images}/',
            'found': '{stage_dir}/found',
            **options
        })


def report(truth: str = '', num: int = 24) -> dict:
    """Entry ``report`` of such a pipeline.

    Args:
        truth (str): As of :func:`detect`.
        num (int): Number of images.
    """
    image = ('image', 'image', '{images}/{name}')
    found = ('detector', 'detections', '{det}/found.segm.json')
    training = [image, ('clicks and boxes', 'points', _OBJECTS),
                ('masks', 'instances', '{masks}/files/instances.json')]
    if not truth:
        training.append(found)
    samples = [dict(title='From clicks to masks', names=_OBJECTS, num=num,
                    columns=columns_of(*training))]
    if truth:
        samples.append(dict(
            title='Images with known masks, which nothing was trained on',
            names=truth, num=num, columns=columns_of(
                image, found, ('known masks', 'instances', truth))))
    metrics = [] if not truth else [
        dict(row=text, column='detector', stage='det', metric=metric,
             percent=True)
        for text, metric in (('mask AP', 'coco/segm_mAP'),
                             ('mask AP50', 'coco/segm_mAP_50'))]
    return dict(metrics=metrics, samples=samples)
