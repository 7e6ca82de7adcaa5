"""Affinity networks: their labels, training, random walk, and instances."""
from collections.abc import Sequence

from .common import columns_of, resumable, segmentor_rows


def write_affinity_labels(name: str, config: str, cams: str,
                          **options) -> dict:
    """Make affinity labels of CAM files; stage ``labels_NAME``.

    Args:
        name (str): Name of the affinity network.
        config (str): Config of the stage.
        cams (str): Name of the CAM network.
        **options: Further options of the config by top-level name, such as
            ``train_list``.
    """
    return dict(
        name=f'labels_{name}',
        kind='test',
        config=config,
        cfg_options=dict(
            data_root='{data_root}',
            cam_dir=f'{{cam_{cams}}}/files',
            **resumable('.png'),
            **options))


def train_affinity_network(name: str, config: str, **options) -> dict:
    """Train an affinity network on its labels; stage ``train_NAME``.

    Args:
        name (str): Name of the network.
        config (str): Its config.
        **options: Further options of the config by top-level name, such as
            ``weights``, ``seed`` and ``max_iters``.
    """
    return dict(
        name=f'train_{name}',
        kind='train',
        config=config,
        cfg_options=dict(
            data_root='{data_root}',
            mask_dir=f'{{labels_{name}}}/files',
            **options))


def write_propagated_masks(name: str,
                           config: str,
                           cams: str,
                           network: str | None = None,
                           suffix: str = '.png') -> dict:
    """Propagate CAMs by a random walk, to masks; stage ``masks_NAME``.

    Args:
        name (str): Name of the masks.
        config (str): Config of an affinity network; its refiners, if it has
            some, work on the network's affinities.
        cams (str): Name of the CAM network.
        network (str, optional): Name of the affinity network. Defaults to
            ``name``.
        suffix (str): How the names of the files end that the config writes.
    """
    return dict(
        name=f'masks_{name}',
        kind='test',
        config=config,
        checkpoint=f'{{train_{network or name}}}',
        cfg_options=dict(
            data_root='{data_root}',
            cam_dir=f'{{cam_{cams}}}/files',
            **resumable(suffix)))


def write_propagated_cams(name: str,
                          config: str,
                          cams: str,
                          network: str | None = None) -> dict:
    """Propagate CAMs to CAM files that later stages refine; ``cam_NAME``.

    For chains of stages: propagated CAMs take the place of a CAM network's.

    Args:
        name (str): Name of the propagated CAMs.
        config (str): Config with a ``wsss_plugins.CAMWriter``.
        cams (str): Name of the CAM network.
        network (str, optional): Name of the affinity network. Defaults to
            ``name``.
    """
    stage = write_propagated_masks(name, config, cams, network, '.npz')
    return dict(stage, name=f'cam_{name}')


def find_instances(name: str, config: str, cams: str, network: str) -> dict:
    """Find instances in CAM files; stage ``instances_NAME``.

    Args:
        name (str): Name of the instances.
        config (str): Config with a ``wsss_plugins.InstanceWriter``.
        cams (str): Name of the CAM network.
        network (str): Name of the affinity network.
    """
    stage = write_propagated_masks(name, config, cams, network, '.json')
    return dict(stage, name=f'instances_{name}')


def found_instances(name: str) -> str:
    """COCO json of :func:`find_instances`, which a detector can learn."""
    return f'{{instances_{name}}}/instances.json'


def evaluate_instances(name: str, ground_truth: str) -> dict:
    """AP of found instances; stage ``eval_instances_NAME``.

    Args:
        name (str): Name of the instances.
        ground_truth (str): COCO json with masks of the same images.
    """
    return dict(
        name=f'eval_instances_{name}',
        kind='tool',
        script='tools/measure_instances.py',
        args=[found_instances(name), ground_truth, '{stage_dir}'])


def instance_rows(name: str) -> list[dict]:
    """Rows of a report: AP of found instances, and of their detector."""
    title = name.upper()
    return [
        dict(
            title=f'{title}: AP50 of pseudo instances',
            stage=f'eval_instances_{name}',
            metric='instances/ap50',
            percent=True),
        dict(
            title=f'val AP50 of masks of Mask R-CNN on {title} instances',
            stage=f'det_{name}',
            metric='coco/segm_mAP_50',
            percent=True)
    ]


def instance_samples(name: str, num: int = 12) -> dict:
    """A group of samples of a report: found instances and ground truth."""
    truth = '{data_root}/annotations/instances_train.json'
    return dict(
        title='Training images: instances from CAMs',
        names=truth,
        num=num,
        columns=columns_of(
            ('image', 'image', '{data_root}/JPEGImages/{name}'),
            (f'{name.upper()} instances', 'instances', found_instances(name)),
            ('ground truth', 'instances', truth)))


def affinity_report(name: str,
                    num_train: int = 12,
                    num_val: int = 8,
                    tta: bool = False) -> dict:
    """Entry ``report`` of a pipeline with CAM network ``cam``.

    Args:
        name (str): Name of the affinity network.
        num_train, num_val (int): Numbers of images.
        tta (bool): Whether the segmentors were tested with ``tta``, too.
    """
    title = name.upper()
    image = ('image', 'image', '{data_root}/JPEGImages/{name}.jpg')
    truth = ('ground truth', 'mask',
             '{data_root}/SegmentationClass/{name}.png')
    lists = '{data_root}/ImageSets/Segmentation/'
    rows = (('CAM: pseudo-mask mIoU at the best threshold', 'eval_cam',
             'cam/miou_best'),
            (f'{title}: pseudo-mask mIoU of the random walk',
             f'eval_masks_{name}', 'mask/miou'))
    return dict(
        labels='{data_root}/image_labels.json',
        metrics=[
            dict(title=what, stage=stage, metric=metric)
            for what, stage, metric in rows
        ] + segmentor_rows({
            'cam': 'CAM',
            name: title
        }, tta),
        samples=[
            dict(
                title='Training images: from CAMs to pseudo masks',
                names=f'{lists}train.txt',
                num=num_train,
                columns=columns_of(
                    image, ('CAM', 'cam', '{cam_cam}/files/{name}.npz'),
                    ('CAM mask', 'mask', '{masks_cam}/files/{name}.png'),
                    ('confident seeds', 'mask',
                     f'{{labels_{name}}}/files/{{name}}.png'),
                    (f'{title} mask', 'mask',
                     f'{{masks_{name}}}/files/{{name}}.png'), truth)),
            dict(
                title='Validation images: the trained segmentors',
                names=f'{lists}val.txt',
                num=num_val,
                columns=columns_of(
                    image, *_results(['cam', name]), truth))
        ])


def _results(names: Sequence[str]) -> list[tuple[str, str, str]]:
    return [(f'from {name.upper()} masks', 'mask',
             f'{{seg_{name}}}/files/{{name}}.png') for name in names]
