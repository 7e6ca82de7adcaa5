"""Building blocks of WSGCN's pipelines: graph networks, the table of all."""
from collections.abc import Sequence

from . import affinity as walk, common as row
from .common import columns_of

# Masks of the table, by name: what made them.
MASKS = dict(
    cam='CAM',
    crf='CAM and CRF',
    aff='PSA walk',
    irn='IRN walk',
    gcn_p='WSGCN-P',
    gcn_i='WSGCN-I')


def train_network(name: str,
                  config: str,
                  labels: str,
                  cams: str,
                  options: dict | None = None,
                  backbone: str | None = None) -> list[dict]:
    """Labels and training of an affinity network; ``train_NAME``.

    Args:
        name (str): Name of the network.
        config (str): Its config.
        labels (str): Config of the stage that makes its labels.
        cams (str): Name of the CAM network.
        options (dict, optional): Further options of the stage of labels.
        backbone (str, optional): Weights that its backbone starts from.
    """
    made = walk.write_affinity_labels(name, labels, cams)
    made['cfg_options'].update(options or {})
    return [made, walk.train_affinity(name, config, backbone)]


def refined_masks(name: str, config: str, cams: str, network: str) -> dict:
    """Refine CAM files on a network's affinities; stage ``masks_NAME``.

    Args:
        name (str): Name of the masks.
        config (str): Config with refiners, such as one of configs/wsgcn.
        cams (str): Name of the CAM network.
        network (str): Name of the affinity network.
    """
    stage = walk.walk_masks(name, config, cams)
    return dict(stage, checkpoint=f'{{train_{network}}}')


def table(names: Sequence[str]) -> list[dict]:
    """Rows of a report: pseudo-mask mIoU of each kind of masks.

    Args:
        names (Sequence[str]): Keys of :data:`MASKS`, with stages
            ``eval_masks_NAME``.
    """
    return [
        dict(
            title=f'{MASKS[name]}: pseudo-mask mIoU',
            stage=f'eval_masks_{name}',
            metric='mask/miou',
            percent=True) for name in names
    ]


def refined_report(names: Sequence[str], segmented: Sequence[str],
                   num_train: int = 12, num_val: int = 8) -> dict:
    """Entry ``report`` of a pipeline with CAM network ``cam``.

    Args:
        names (Sequence[str]): Keys of :data:`MASKS`.
        segmented (Sequence[str]): Those that a segmentor was trained on.
        num_train, num_val (int): Numbers of pictures.
    """
    image = ('image', 'image', '{data_root}/JPEGImages/{name}.jpg')
    truth = ('truth', 'mask', '{data_root}/SegmentationClass/{name}.png')
    lists = '{data_root}/ImageSets/Segmentation/'
    masks = [(MASKS[name], 'mask', f'{{masks_{name}}}/files/{{name}}.png')
             for name in names]
    results = [(f'from masks of {MASKS[name]}', 'mask',
                f'{{seg_{name}}}/files/{{name}}.png') for name in segmented]
    return dict(
        labels='{data_root}/image_labels.json',
        metrics=[
            dict(
                title='CAM: pseudo-mask mIoU at the best threshold',
                stage='eval_cam',
                metric='cam/miou_best',
                percent=True), *table(names),
            *(dict(
                title=f'val mIoU (%) of DeepLab V2 on masks of {MASKS[name]}',
                stage=f'seg_{name}',
                metric='mIoU',
                percent=False) for name in segmented)
        ],
        samples=[
            dict(
                title='Training pictures: the same class maps, refined',
                names=f'{lists}train.txt',
                num=num_train,
                columns=columns_of(
                    image, ('CAM', 'cam', '{cam_cam}/files/{name}.npz'),
                    *masks, truth)),
            dict(
                title='Validation pictures: the trained segmentors',
                names=f'{lists}val.txt',
                num=num_val,
                columns=columns_of(image, *results, truth))
        ])


def measured(stage: dict, config: str) -> list[dict]:
    """A stage ``masks_NAME`` and the one that measures it."""
    name = stage['name'].removeprefix('masks_')
    return [stage, row.evaluate_masks(name, config)]
