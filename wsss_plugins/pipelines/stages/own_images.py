"""Stages on own images: from labels to masks and a segmentor, no truth."""
from .common import columns_of, resumable

_LIST = 'ImageSets/Segmentation/{}.txt'
# Steps between two lines of a training, which move the bar.
_LOGGED = 5
_LABELS = ['{data_root}/labels.json', '{data_root}/contents.json']


def train_localizer(config: str, **options) -> dict:
    """Train a CAM network on all images; stage ``train_cam``."""
    return dict(
        name='train_cam',
        kind='train',
        config=config,
        inputs=[*_LABELS],
        cfg_options=dict(
            data_root='{data_root}',
            train_list=_LIST.format('all'),
            feature_dir='{work_dir}/features',
            **options))


def write_cams(config: str) -> dict:
    """Write the CAM file of each image; stage ``cam``."""
    return dict(
        name='cam',
        kind='test',
        config=config,
        checkpoint='{train_cam}',
        tta=True,
        inputs=[*_LABELS],
        cfg_options=dict(
            data_root='{data_root}',
            train_list=_LIST.format('all'),
            **resumable('.npz')))


def write_masks(config: str) -> dict:
    """Make masks of the CAM files; stage ``masks_cam``."""
    return dict(
        name='masks_cam',
        kind='test',
        config=config,
        cfg_options=dict(
            data_root='{data_root}',
            train_list=_LIST.format('all'),
            cam_dir='{cam}/files',
            **resumable('.png')))


def correct_masks(name: str, source: str) -> dict:
    """Put a person's masks in place of those of a stage; stage ``NAME``.

    Args:
        name (str): Of the stage.
        source (str): Stage whose masks are taken otherwise.
    """
    return dict(
        name=name,
        kind='test',
        config='configs/own_images/final_masks.py',
        inputs=['{corrections}'],
        cfg_options=dict(
            data_root='{data_root}',
            train_list=_LIST.format('all'),
            mask_dir=f'{{{source}}}/files',
            corrections='{corrections}',
            **resumable('.png')))


def train_segmentor(config: str, **options) -> dict:
    """Train a segmentor on the pseudo masks; stage ``train_seg``."""
    return dict(
        name='train_seg',
        kind='train',
        config=config,
        inputs=['{data_root}/' + _LIST.format('segmentor')],
        cfg_options=dict(
            data_root='{data_root}',
            train_list=_LIST.format('segmentor'),
            mask_dir='{pseudo}/files',
            **{'default_hooks.logger.interval': _LOGGED},
            **options))


def predict_masks(config: str) -> dict:
    """Masks of all images that keep to their labels; stage ``seg``."""
    return dict(
        name='seg',
        kind='test',
        config=config,
        checkpoint='{train_seg}',
        inputs=[*_LABELS],
        cfg_options=dict(
            data_root='{data_root}',
            test_list=_LIST.format('all'),
            **resumable('.png')))


def report(num: int = 24) -> dict:
    """Entry ``report`` of such a pipeline.

    Args:
        num (int): Number of images.
    """
    return dict(
        labels='{data_root}/labels.json',
        trust=dict(
            suspicion='{work_dir}/../suspicion.json',
            scores='{train_cam}/scores.json'),
        samples=[
            dict(
                title='Images, evenly over the list',
                names='{data_root}/' + _LIST.format('all'),
                num=num,
                columns=columns_of(
                    ('image', 'image', '{data_root}/JPEGImages/{name}.jpg'),
                    ('CAM', 'cam', '{cam}/files/{name}.npz'),
                    ('mask of the CAM', 'mask',
                     '{masks_cam}/files/{name}.png'),
                    ('final mask', 'mask', '{final}/files/{name}.png')))
        ])
