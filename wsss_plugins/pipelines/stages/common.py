"""The usual stages: CAM network, CAMs, masks, segmentor, evaluation."""
from collections.abc import Iterable, Sequence

#: Rows of :func:`metric_rows`: the boundary experiment of EPS.
BOUNDARY_METRICS = (
    ('precision of borders', 'eval', 'boundary/precision'),
    ('recall of borders', 'eval', 'boundary/recall'),
    ('F1 of borders', 'eval', 'boundary/f1'))


def with_options(stage: dict, *options: dict, **names) -> dict:
    """Add config options to a stage that a builder made.

    Args:
        stage (dict): The stage; it is changed.
        *options (dict): Options by dotted key; of equal keys the last counts.
        **names: Options by top-level name, such as ``seed``.

    Returns:
        dict: The stage.
    """
    for part in (*options, names):
        stage['cfg_options'].update(part)
    return stage


def resumable(suffix: str) -> dict:
    """Options of a stage that writes a file of each image.

    The config's writer puts them into ``files`` in the stage's folder. After a
    kill the stage goes on: images with a finished file are left out.

    Args:
        suffix (str): How the files' names end.
    """
    return {
        'test_dataloader.dataset.skip_done.folder': '{stage_dir}/files',
        'test_dataloader.dataset.skip_done.suffix': suffix
    }


def run_tool(name: str,
             script: str,
             *args: str,
             external: bool = False) -> dict:
    """Run a script.

    Args:
        name (str): Name of the stage.
        script (str): The script.
        *args (str): Its arguments.
        external (bool): It knows itself whether it is done, and is always
            asked.
    """
    stage = dict(name=name, kind='tool', script=script, args=list(args))
    return dict(stage, external=True) if external else stage


def train_cam_network(name: str, config: str, **options) -> dict:
    """Train a CAM network; stage ``train_NAME``.

    Args:
        name (str): Name of the CAM network.
        config (str): Its config.
        **options: Further options of the config by top-level name, such as
            ``weights``, ``seed`` and ``max_iters``.
    """
    return dict(
        name=f'train_{name}',
        kind='train',
        config=config,
        cfg_options=dict(data_root='{data_root}', **options))


def write_cams(name: str, config: str) -> dict:
    """Write the CAM files of a trained CAM network; stage ``cam_NAME``.

    Goes on after a kill: finished images are left out.
    """
    return dict(
        name=f'cam_{name}',
        kind='test',
        config=config,
        checkpoint=f'{{train_{name}}}',
        tta=True,
        cfg_options=dict(data_root='{data_root}', **resumable('.npz')))


def evaluate_cams(name: str,
                  config: str,
                  pairs: Sequence[tuple[str, str]] = ()) -> dict:
    """Evaluate CAM files at all thresholds; stage ``eval_NAME``.

    Args:
        name (str): Name of the CAM network.
        config (str): Config of the stage.
        pairs (Sequence[tuple[str, str]]): Pairs of classes whose confusion
            counts, the one taken for the other. Defaults to the config's.
    """
    options = {
        'test_evaluator.0.out_file': '{stage_dir}/sweep.json',
        'test_evaluator.1.out_file': '{stage_dir}/masks.json'
    }
    if pairs:
        options['test_evaluator.1.pairs'] = list(pairs)
    return dict(
        name=f'eval_{name}',
        kind='test',
        config=config,
        cfg_options=dict(
            data_root='{data_root}', cam_dir=f'{{cam_{name}}}/files',
            **options))


def write_masks(name: str,
                config: str,
                cams: str | None = None,
                **options) -> dict:
    """Make pseudo masks of CAM files; stage ``masks_NAME``.

    Args:
        name (str): Name of the masks.
        config (str): Config of the stage.
        cams (str, optional): Name of the CAM network. Defaults to ``name``.
        **options: Further options of the config by top-level name, such as
            ``train_list``.
    """
    return dict(
        name=f'masks_{name}',
        kind='test',
        config=config,
        cfg_options=dict(
            data_root='{data_root}',
            cam_dir=f'{{cam_{cams or name}}}/files',
            **resumable('.png'),
            **options))


def evaluate_masks(name: str, config: str) -> dict:
    """Evaluate pseudo masks; stage ``eval_masks_NAME``."""
    return dict(
        name=f'eval_masks_{name}',
        kind='test',
        config=config,
        cfg_options={
            'data_root': '{data_root}',
            'mask_dir': f'{{masks_{name}}}/files',
            'test_evaluator.0.out_file': '{stage_dir}/masks.json'
        })


def train_segmentor(name: str,
                    config: str,
                    masks: str | None = None,
                    **options) -> dict:
    """Train a segmentor on pseudo masks; stage ``train_seg_NAME``.

    Args:
        name (str): Name of the segmentor.
        config (str): Its config.
        masks (str, optional): Name of the masks. Defaults to ``name``.
        **options: Further options of the config by top-level name, such as
            ``weights``, ``seed`` and ``max_iters``.
    """
    return dict(
        name=f'train_seg_{name}',
        kind='train',
        config=config,
        cfg_options=dict(
            data_root='{data_root}',
            mask_dir=f'{{masks_{masks or name}}}/files',
            **options))


def test_segmentor(name: str, config: str, tta: bool = False) -> dict:
    """Test a segmentor and write its masks; stage ``seg_NAME``.

    Args:
        name (str): Name of the segmentor.
        config (str): Its config.
        tta (bool): As the config's ``tta_pipeline`` and ``tta_model`` say:
            DeepLab's protocol, with a CRF; the stage is ``seg_tta_NAME``.
    """
    return dict(
        name=f'seg_tta_{name}' if tta else f'seg_{name}',
        kind='test',
        config=config,
        checkpoint=f'{{train_seg_{name}}}',
        tta=tta,
        cfg_options={
            'data_root': '{data_root}',
            'test_evaluator.output_dir': '{stage_dir}/files'
        })


def metric_rows(names: Iterable[str],
                *metrics: tuple[str, str, str]) -> list[dict]:
    """Rows of a report's headline table, a column for each name.

    Args:
        names (Iterable[str]): Names of CAM networks.
        *metrics (tuple[str, str, str]): What it is, stage without ``_NAME``,
            and the metric's key.
    """
    return [
        dict(
            row=what,
            column=name.upper(),
            stage=f'{stage}_{name}',
            metric=metric) for what, stage, metric in metrics
        for name in names
    ]


def segmentor_rows(titles: dict[str, str], tta: bool = False) -> list[dict]:
    """Rows of a report: val mIoU of the segmentors.

    Args:
        titles (dict[str, str]): Titles of their masks, by their name.
        tta (bool): Whether stages ``seg_tta_NAME`` tested them, too.
    """
    return [
        dict(
            title=f'val mIoU (%) of a segmentor on {title} masks{how}',
            stage=f'{stage}_{name}',
            metric='mIoU')
        for stage, how in (('seg', ''), ('seg_tta', ', CRF'))[:1 + tta]
        for name, title in titles.items()
    ]


def columns_of(*shown: tuple[str, str, str]) -> list[dict]:
    """Columns of a report's samples from (title, kind, path) triples."""
    return [
        dict(title=title, kind=kind, path=path) for title, kind, path in shown
    ]
