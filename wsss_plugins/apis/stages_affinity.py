"""Building blocks of PSA's and IRNet's pipelines: labels, training, walk."""
from collections.abc import Sequence

from .stages import columns_of


def write_affinity_labels(name: str, config: str, cams: str) -> dict:
    """Make affinity labels of CAM files; stage ``labels_NAME``.

    Args:
        name (str): Name of the affinity network.
        config (str): Config of the stage.
        cams (str): Name of the localiser.
    """
    return dict(
        name=f'labels_{name}',
        kind='test',
        config=config,
        cfg_options={
            'test_dataloader.dataset.data_root': '{data_root}',
            'test_dataloader.dataset.data_prefix.cam_path':
            f'{{cam_{cams}}}/files',
            'test_dataloader.dataset.skip_done.folder': '{stage_dir}/files',
            'test_dataloader.dataset.skip_done.suffix': '.png',
            'test_evaluator.0.out_dir': '{stage_dir}/files'
        })


def train_affinity(name: str,
                   config: str,
                   backbone: str | None = None) -> dict:
    """Train an affinity network on its labels; stage ``train_NAME``.

    Args:
        name (str): Name of the network.
        config (str): Its config.
        backbone (str, optional): Weights that its backbone starts from.
            Defaults to those of the config.
    """
    weights = {} if backbone is None else {
        'model.backbone.init_cfg.checkpoint': backbone
    }
    return dict(
        name=f'train_{name}',
        kind='train',
        config=config,
        cfg_options={
            'train_dataloader.dataset.data_root': '{data_root}',
            'train_dataloader.dataset.data_prefix.seg_map_path':
            f'{{labels_{name}}}/files',
            **weights
        })


def walk_masks(name: str, config: str, cams: str) -> dict:
    """Walk CAM files along affinities to masks; stage ``masks_NAME``.

    Args:
        name (str): Name of the affinity network.
        config (str): Its config.
        cams (str): Name of the localiser.
    """
    return dict(
        name=f'masks_{name}',
        kind='test',
        config=config,
        checkpoint=f'{{train_{name}}}',
        cfg_options={
            'test_dataloader.dataset.data_root': '{data_root}',
            'test_dataloader.dataset.data_prefix.cam_path':
            f'{{cam_{cams}}}/files',
            'test_dataloader.dataset.skip_done.folder': '{stage_dir}/files',
            'test_dataloader.dataset.skip_done.suffix': '.png',
            'test_evaluator.0.out_dir': '{stage_dir}/files'
        })


def walk_report(name: str, num_train: int = 12, num_val: int = 8) -> dict:
    """Entry ``report`` of a pipeline with localiser ``cam``.

    Args:
        name (str): Name of the affinity network.
        num_train, num_val (int): Numbers of pictures.
    """
    title = name.upper()
    image = ('image', 'image', '{data_root}/JPEGImages/{name}.jpg')
    truth = ('truth', 'mask', '{data_root}/SegmentationClass/{name}.png')
    lists = '{data_root}/ImageSets/Segmentation/'
    rows = (('CAM: pseudo-mask mIoU at the best threshold', 'eval_cam',
             'cam/miou_best'),
            (f'{title}: pseudo-mask mIoU of the walk', f'eval_masks_{name}',
             'mask/miou'))
    return dict(
        labels='{data_root}/image_labels.json',
        metrics=[
            dict(title=what, stage=stage, metric=metric, percent=True)
            for what, stage, metric in rows
        ] + [
            dict(
                title=f'val mIoU (%) of DeepLab V2 on {made} masks',
                stage=f'seg_{seg}',
                metric='mIoU',
                percent=False)
            for made, seg in (('CAM', 'cam'), (title, name))
        ],
        samples=[
            dict(
                title='Training pictures: from class maps to pseudo masks',
                names=f'{lists}train.txt',
                num=num_train,
                columns=columns_of(
                    image, ('CAM', 'cam', '{cam_cam}/files/{name}.npz'),
                    ('CAM mask', 'mask', '{masks_cam}/files/{name}.png'),
                    ('sure pixels', 'mask',
                     f'{{labels_{name}}}/files/{{name}}.png'),
                    (f'{title} mask', 'mask',
                     f'{{masks_{name}}}/files/{{name}}.png'), truth)),
            dict(
                title='Validation pictures: the trained segmentors',
                names=f'{lists}val.txt',
                num=num_val,
                columns=columns_of(
                    image, *_results(['cam', name]), truth))
        ])


def _results(names: Sequence[str]) -> list[tuple[str, str, str]]:
    return [(f'from {name.upper()} masks', 'mask',
             f'{{seg_{name}}}/files/{{name}}.png') for name in names]
