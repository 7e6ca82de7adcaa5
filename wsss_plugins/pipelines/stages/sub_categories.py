"""Networks that learn sub-categories: clusters of each class' features."""
from .common import train_cam_network, with_options, write_cams


def train_sub_categories(name: str,
                         config: str,
                         features: str | None = None,
                         num_sub: int | str | None = None,
                         loss_weight: float | str | None = None,
                         **options) -> dict:
    """Train a CAM network on sub-categories; stage ``train_NAME``.

    Args:
        name (str): Name of the network.
        config (str): Its config, with a
            ``wsss_plugins.SubCategoryClusteringHook``.
        features (str, optional): Name of the CAM network whose features the
            first round clusters; that hook must be the first one then.
            Defaults to what the config says.
        num_sub (int | str, optional): Sub-categories of each class, or a
            placeholder. Defaults to the config's.
        loss_weight (float | str, optional): Of the loss on sub-categories,
            or a placeholder. Defaults to the config's.
        **options: Further options of the config by top-level name, such as
            ``weights``, ``seed`` and ``max_iters``.
    """
    changed = {
        'model.decode_head.num_sub': num_sub,
        'model.decode_head.loss_sub.loss_weight': loss_weight,
        'custom_hooks.0.feature_checkpoint':
        features and f'{{train_{features}}}'
    }
    return with_options(
        train_cam_network(name, config, **options),
        {k: v for k, v in changed.items() if v is not None})


def write_sub_category_cams(name: str,
                            config: str,
                            num_sub: int | str | None = None,
                            merged: bool = False) -> dict:
    """Write the CAM files of such a network; stage ``cam_NAME``.

    Args:
        name (str): Name of the network.
        config (str): Its config.
        num_sub (int | str, optional): As in its training.
        merged (bool): CAMs of a class are those of its sub-categories, merged
            by their maximum, instead of those of the classifier of classes;
            the stage is ``cam_NAME_sub``.
    """
    stage = write_cams(name, config)
    if num_sub is not None:
        with_options(stage, {'model.decode_head.num_sub': num_sub})
    if not merged:
        return stage
    with_options(stage, {'model.type': 'wsss_plugins.SubCategoryCAMSegmentor'})
    return dict(stage, name=f'cam_{name}_sub')


def sub_category_groups(titles: dict[str, str],
                        num: int | None = None) -> list[dict]:
    """Entry ``report.sub_categories``: clusters of the last round.

    Args:
        titles (dict[str, str]): Titles by name of a network.
        num (int, optional): Images of each cluster.
    """
    more = {} if num is None else dict(num=num)
    return [
        dict(
            title=title,
            folder=f'{{train_{name}}}/sub_categories',
            images='{data_root}/JPEGImages/{name}.jpg',
            **more) for name, title in titles.items()
    ]
