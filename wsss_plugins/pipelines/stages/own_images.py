"""Stages on own images: from labels to masks and a segmentor, no truth."""
from .common import columns_of, resumable, with_options

# Steps between two lines of a training, which move the bar.
_LOGGED = 5
#: What a stage knows of labels.
LABELS = ['{data_root}/labels.json', '{data_root}/contents.json']


def list_of(split: str) -> str:
    """List of images, below the data: ``'all'``, ``'segmentor'``, ..."""
    return f'ImageSets/Segmentation/{split}.txt'


def train_localizer(config: str, saliency: bool = False,
                    **options) -> dict:
    """Train a CAM network on all images; stage ``train_cam``.

    Args:
        config (str): Its config.
        saliency (bool): Whether it reads saliency maps.
        **options: Further options of the config by top-level name.
    """
    return dict(
        name='train_cam',
        kind='train',
        config=config,
        inputs=[*LABELS, *['{data_root}/saliency'] * saliency],
        cfg_options=dict(
            data_root='{data_root}',
            train_list=list_of('all'),
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
        inputs=[*LABELS],
        cfg_options=dict(
            data_root='{data_root}',
            train_list=list_of('all'),
            **resumable('.npz')))


def write_masks(config: str, cams: str = 'cam') -> dict:
    """Make masks of CAM files; stage ``masks_cam``.

    Args:
        config (str): Config that makes them.
        cams (str): Stage that writes the CAM files.
    """
    return dict(
        name='masks_cam',
        kind='test',
        config=config,
        cfg_options=dict(
            data_root='{data_root}',
            train_list=list_of('all'),
            cam_dir=f'{{{cams}}}/files',
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
            train_list=list_of('all'),
            mask_dir=f'{{{source}}}/files',
            corrections='{corrections}',
            **resumable('.png')))


def write_training_masks(config: str, cams: str = 'cam') -> dict:
    """Make what the segmentor learns of CAM files; stage ``masks_seg``.

    It may ignore pixels, which final masks do not; corrected masks are taken
    as they are.

    Args:
        config (str): Config that makes them.
        cams (str): Stage that writes the CAM files.
    """
    stage = with_options(write_masks(config, cams),
                         corrections='{corrections}')
    return dict(stage, name='masks_seg', inputs=['{corrections}'])


def train_segmentor(config: str, masks: str = 'final', **options) -> dict:
    """Train a segmentor on masks; stage ``train_seg``.

    Args:
        config (str): Its config.
        masks (str): Stage that writes the masks.
        **options: Further options of the config by top-level name.
    """
    return dict(
        name='train_seg',
        kind='train',
        config=config,
        inputs=['{data_root}/' + list_of('segmentor')],
        cfg_options=dict(
            data_root='{data_root}',
            train_list=list_of('segmentor'),
            mask_dir=f'{{{masks}}}/files',
            **{'default_hooks.logger.interval': _LOGGED},
            **options))


def predict_masks(config: str) -> dict:
    """Masks of all images that keep to their labels; stage ``seg``."""
    return dict(
        name='seg',
        kind='test',
        config=config,
        checkpoint='{train_seg}',
        inputs=[*LABELS],
        cfg_options=dict(
            data_root='{data_root}',
            test_list=list_of('all'),
            **resumable('.png')))


def report(num: int = 24, walk: str | None = None) -> dict:
    """Entry ``report`` of such a pipeline.

    Args:
        num (int): Number of images.
        walk (str, optional): Stage that writes CAM files after a random walk.
    """
    walked = [('CAM after the walk', 'cam',
               f'{{{walk}}}/files/{{name}}.npz')] if walk else []
    return dict(
        labels='{data_root}/labels.json',
        trust=dict(
            suspicion='{work_dir}/../suspicion.json',
            scores='{train_cam}/scores.json'),
        samples=[
            dict(
                title='Images, evenly over the list',
                names='{data_root}/' + list_of('all'),
                num=num,
                columns=columns_of(
                    ('image', 'image', '{data_root}/JPEGImages/{name}.jpg'),
                    ('CAM', 'cam', '{cam}/files/{name}.npz'),
                    *walked,
                    ('mask of the CAM', 'mask',
                     '{masks_cam}/files/{name}.png'),
                    ('final mask', 'mask', '{final}/files/{name}.png')))
        ])
