"""Localization cues: made, converted, evaluated, and learned."""
from collections.abc import Sequence

from .common import columns_of, resumable, write_cams


def write_single_view_cams(name: str, config: str) -> dict:
    """Write CAMs of one view, with no flip and scales; stage ``cam_NAME``.

    Args:
        name (str): Name of the CAM network; stage ``train_NAME`` trains it.
        config (str): Its config.
    """
    return dict(write_cams(name, config), tta=False)


def write_gradient_saliency(name: str, config: str) -> dict:
    """Write gradient saliency; stage ``saliency``.

    Goes on after a kill: finished images are left out.

    Args:
        name (str): Name of the CAM network; stage ``train_NAME`` trains it.
        config (str): Config of the stage, of the same network.
    """
    return dict(
        name='saliency',
        kind='test',
        config=config,
        checkpoint=f'{{train_{name}}}',
        cfg_options=dict(data_root='{data_root}', **resumable('.npz')))


def write_cues(config: str, cams: str) -> dict:
    """Make cues of CAMs and gradient saliency; stage ``cues``.

    Args:
        config (str): Config of the stage.
        cams (str): Name of the CAM network.
    """
    return dict(
        name='cues',
        kind='test',
        config=config,
        cfg_options=dict(
            data_root='{data_root}',
            cam_dir=f'{{cam_{cams}}}/files',
            gradient_dir='{saliency}/files',
            **resumable('.png')))


def convert_cues(folder: str) -> dict:
    """Convert published cues and their image-level labels; stage ``cues``.

    Args:
        folder (str): Folder of ``localization_cues.pickle.gz`` and
            ``input_list.txt``.
    """
    return dict(
        name='cues',
        kind='tool',
        script='tools/dataset_converters/sec_cues.py',
        args=[
            f'{folder}/localization_cues.pickle.gz',
            f'{folder}/input_list.txt', '{stage_dir}/files',
            '{stage_dir}/image_labels.json'
        ])


def evaluate_cues(config: str, labels: str | None = None) -> dict:
    """Evaluate the cues on ground-truth masks; stage ``eval_cues``.

    Args:
        config (str): Config of the stage.
        labels (str, optional): File of image-level labels, which tell the
            number of classes. Defaults to that of the config.
    """
    named = dict(label_file=labels) if labels else {}
    return dict(
        name='eval_cues',
        kind='test',
        config=config,
        cfg_options={
            'data_root': '{data_root}',
            'cue_dir': '{cues}/files',
            'test_evaluator.0.out_file': '{stage_dir}/cues.json',
            **named
        })


def train_with_cues(name: str,
                    config: str,
                    labels: str | None = None,
                    **options) -> dict:
    """Train a segmentor on the cues; stage ``train_seg_NAME``.

    :func:`wsss_plugins.pipelines.stages.common.test_segmentor` tests it.

    Args:
        name (str): Name of the segmentor.
        config (str): Its config.
        labels (str, optional): File of image-level labels of the training
            images. Defaults to that of the config.
        **options: Further options of the config by top-level name, such as
            ``weights``, ``seed`` and ``max_iters``.
    """
    if labels:
        options['train_dataloader.dataset.label_file'] = labels
    return dict(
        name=f'train_seg_{name}',
        kind='train',
        config=config,
        cfg_options=dict(
            data_root='{data_root}', cue_dir='{cues}/files', **options))


def cue_report(names: Sequence[str],
               cams: str | None = 'fg',
               num_train: int = 12,
               num_val: int = 10) -> dict:
    """Entry ``report``: quality of the cues, mIoU, images of all stages.

    Args:
        names (Sequence[str]): Names of the segmentors; masks of all of them
            are shown with CRF, of the first one also without.
        cams (str, optional): Name of the CAM network; None for cues that
            were not made of CAMs.
        num_train, num_val (int): Numbers of images.
    """
    image = ('image', 'image', '{data_root}/JPEGImages/{name}.jpg')
    truth = ('ground truth', 'mask',
             '{data_root}/SegmentationClass/{name}.png')
    lists = '{data_root}/ImageSets/Segmentation/'
    made_of = [] if cams is None else [
        ('CAM', 'cam', f'{{cam_{cams}}}/files/{{name}}.npz'),
        ('gradient saliency, by rank', 'gradient',
         '{saliency}/files/{name}.npz')
    ]
    return dict(
        labels='{data_root}/image_labels.json',
        metrics=_cue_rows() + _miou_rows(names),
        samples=[
            dict(
                title='Training images: from image-level labels to cues',
                names=f'{lists}train.txt',
                num=num_train,
                columns=columns_of(
                    image, *made_of,
                    ('cues', 'cues', '{cues}/files/{name}.png'), truth)),
            dict(
                title='Validation images: the trained segmentors',
                names=f'{lists}val.txt',
                num=num_val,
                columns=columns_of(
                    image, _result(names[0], 'seg', ', no CRF'),
                    *(_result(name, 'seg_tta', ', CRF') for name in names),
                    truth))
        ])


def _result(name: str, stage: str, what: str) -> tuple[str, str, str]:
    return (name + what, 'mask', f'{{{stage}_{name}}}/files/{{name}}.png')


def _cue_rows() -> list[dict]:
    """Rows for the numbers that the public cues are known by."""
    shown = (('right cues, of all', 'accuracy'),
             ('background, precision', 'precision_bg'),
             ('background, recall', 'recall_bg'),
             ('foreground, precision', 'precision_fg'),
             ('foreground, recall', 'recall_fg'),
             ('pixels of the feature map with a cue', 'labeled'))
    return [
        dict(row=what, column='Cues', stage='eval_cues',
             metric=f'cues/{key}') for what, key in shown
    ]


def _miou_rows(names: Sequence[str]) -> list[dict]:
    return [
        dict(row=f'val mIoU (%){what}', column=name,
             stage=f'{stage}_{name}', metric='mIoU')
        for what, stage in (('', 'seg'), (', CRF', 'seg_tta'))
        for name in names
    ]
