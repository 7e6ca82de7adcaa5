"""Several ways to refine the same CAMs, side by side."""
from collections.abc import Sequence

from .affinity import write_propagated_masks
from .common import columns_of, evaluate_masks, segmentor_rows


def with_evaluation(stage: dict, config: str) -> list[dict]:
    """A stage ``masks_NAME`` and the one that evaluates its masks."""
    name = stage['name'].removeprefix('masks_')
    return [stage, evaluate_masks(name, config)]


def refine_cams(name: str, config: str, cams: str, network: str,
                evaluation: str) -> list[dict]:
    """Refine CAMs to masks, and evaluate these; stage ``masks_NAME``.

    Args:
        name (str): Name of the masks.
        config (str): Config of the affinity network, with or without
            refiners.
        cams (str): Name of the CAM network.
        network (str): Name of the affinity network.
        evaluation (str): Config of stage ``eval_masks_NAME``.
    """
    return with_evaluation(
        write_propagated_masks(name, config, cams, network), evaluation)


def refinement_rows(masks: dict[str, str]) -> list[dict]:
    """Rows of a report: pseudo-mask mIoU of each kind of masks.

    Args:
        masks (dict[str, str]): Titles by name; stages ``eval_masks_NAME``.
    """
    return [
        dict(
            title=f'{title}: pseudo-mask mIoU',
            stage=f'eval_masks_{name}',
            metric='mask/miou') for name, title in masks.items()
    ]


def refinement_report(masks: dict[str, str],
                      segmented: Sequence[str],
                      num_train: int = 12,
                      num_val: int = 8,
                      tta: bool = False) -> dict:
    """Entry ``report`` of a pipeline with CAM network ``cam``.

    Args:
        masks (dict[str, str]): Titles of masks by their name.
        segmented (Sequence[str]): Those that a segmentor was trained on.
        num_train, num_val (int): Numbers of images.
        tta (bool): Whether the segmentors were tested with ``tta``, too.
    """
    image = ('image', 'image', '{data_root}/JPEGImages/{name}.jpg')
    truth = ('ground truth', 'mask',
             '{data_root}/SegmentationClass/{name}.png')
    lists = '{data_root}/ImageSets/Segmentation/'
    made = [(title, 'mask', f'{{masks_{name}}}/files/{{name}}.png')
            for name, title in masks.items()]
    results = [(f'from {masks[name]} masks', 'mask',
                f'{{seg_{name}}}/files/{{name}}.png') for name in segmented]
    return dict(
        labels='{data_root}/image_labels.json',
        metrics=[
            dict(
                title='CAM: pseudo-mask mIoU at the best threshold',
                stage='eval_cam',
                metric='cam/miou_best'), *refinement_rows(masks),
            *segmentor_rows({name: masks[name] for name in segmented}, tta)
        ],
        samples=[
            dict(
                title='Training images: the same CAMs, refined',
                names=f'{lists}train.txt',
                num=num_train,
                columns=columns_of(
                    image, ('CAM', 'cam', '{cam_cam}/files/{name}.npz'),
                    *made, truth)),
            dict(
                title='Validation images: the trained segmentors',
                names=f'{lists}val.txt',
                num=num_val,
                columns=columns_of(image, *results, truth))
        ])
