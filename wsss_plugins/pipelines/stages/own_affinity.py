"""Affinity networks on own images: masks and CAMs by their random walk."""
from . import affinity
from .common import with_options
from .own_images import LABELS, list_of


def propagated_masks(name: str, labels: str, config: str,
                     refined: str | None = None, **options) -> list[dict]:
    """Stages that take the place of :func:`.own_images.write_masks`.

    For networks whose refiners end in masks. Affinity labels of the CAMs
    (stage ``labels_NAME``), the network that learns them (``train_NAME``),
    and the masks of its random walk (``masks_cam``).

    Args:
        name (str): Of the network.
        labels (str): Config that makes the affinity labels.
        config (str): Config of the network.
        refined (str, optional): Config of the same network with other
            refiners, which makes the masks. Defaults to ``config``.
        **options: Of its training by top-level name, such as ``seed``.
    """
    masks = affinity.write_propagated_masks('cam', refined or config, 'cam',
                                            network=name)
    return _learned(name, labels, config, masks, **options)


def propagated_cams(name: str, labels: str, config: str,
                    **options) -> list[dict]:
    """Stages between :func:`.own_images.write_cams` and ``write_masks``.

    Affinity labels of the CAMs (stage ``labels_NAME``), the network that
    learns them (``train_NAME``), and the CAMs after its random walk
    (``cam_NAME``).

    Args:
        name (str): Of the network.
        labels (str): Config that makes the affinity labels.
        config (str): Config of the network, which writes CAM files.
        **options: Of its training by top-level name, such as ``seed``.
    """
    cams = affinity.write_propagated_cams(name, config, 'cam')
    return _learned(name, labels, config, cams, **options)


def _learned(name: str, labels: str, config: str, last: dict,
             **options) -> list[dict]:
    """Affinity labels, their network, and the stage that it is for."""
    train_list = dict(train_list=list_of('all'))
    from_cams = dict(cam_dir='{cam}/files')
    made = with_options(affinity.write_affinity_labels(name, labels, 'cam'),
                        train_list, from_cams)
    trained = affinity.train_affinity_network(name, config, **train_list,
                                              **options)
    return [dict(stage, inputs=[*LABELS]) for stage in (
        made, trained, with_options(last, train_list, from_cams))]
