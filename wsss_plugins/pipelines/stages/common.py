"""The usual stages: CAM network, CAMs, masks, segmentor, evaluation."""
from collections.abc import Iterable


def with_options(stage: dict, *options: dict) -> dict:
    """Add config options to a stage that a builder made.

    Args:
        stage (dict): The stage; it is changed.
        *options (dict): Options by key; of equal keys the last counts.

    Returns:
        dict: The stage.
    """
    for part in options:
        stage['cfg_options'].update(part)
    return stage


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


def iterations(variable: str) -> dict:
    """Options that make a training as long as a variable of the pipeline.

    Args:
        variable (str): Name of the variable, a number of iterations. The
            first schedule ends with them, which is one iteration earlier
            than in the configs, whose last step still learns.
    """
    return {
        'train_cfg.max_iters': f'{{{variable}}}',
        'param_scheduler.0.end': f'{{{variable}}}'
    }


def train_cam_network(name: str, config: str) -> dict:
    """Train a CAM network; stage ``train_NAME``."""
    return dict(
        name=f'train_{name}',
        kind='train',
        config=config,
        cfg_options={'train_dataloader.dataset.data_root': '{data_root}'})


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
        cfg_options={
            'test_dataloader.dataset.data_root': '{data_root}',
            'test_dataloader.dataset.skip_done.folder': '{stage_dir}/files',
            'test_dataloader.dataset.skip_done.suffix': '.npz',
            'test_evaluator.0.out_dir': '{stage_dir}/files'
        })


def evaluate_cams(name: str, config: str) -> dict:
    """Evaluate CAM files at all thresholds; stage ``eval_NAME``."""
    return dict(
        name=f'eval_{name}',
        kind='test',
        config=config,
        cfg_options={
            'test_dataloader.dataset.data_root': '{data_root}',
            'test_dataloader.dataset.data_prefix.cam_path':
            f'{{cam_{name}}}/files',
            'test_evaluator.0.out_file': '{stage_dir}/sweep.json',
            'test_evaluator.1.out_file': '{stage_dir}/masks.json'
        })


def write_masks(name: str, config: str, cams: str | None = None) -> dict:
    """Make pseudo masks of CAM files; stage ``masks_NAME``.

    Args:
        name (str): Name of the masks.
        config (str): Config of the stage.
        cams (str, optional): Name of the CAM network. Defaults to ``name``.
    """
    return dict(
        name=f'masks_{name}',
        kind='test',
        config=config,
        cfg_options={
            'test_dataloader.dataset.data_root': '{data_root}',
            'test_dataloader.dataset.data_prefix.cam_path':
            f'{{cam_{cams or name}}}/files',
            'test_dataloader.dataset.skip_done.folder': '{stage_dir}/files',
            'test_dataloader.dataset.skip_done.suffix': '.png',
            'test_evaluator.0.out_dir': '{stage_dir}/files'
        })


def evaluate_masks(name: str, config: str) -> dict:
    """Evaluate pseudo masks; stage ``eval_masks_NAME``."""
    return dict(
        name=f'eval_masks_{name}',
        kind='test',
        config=config,
        cfg_options={
            'test_dataloader.dataset.data_root': '{data_root}',
            'test_dataloader.dataset.data_prefix.mask_path':
            f'{{masks_{name}}}/files',
            'test_evaluator.0.out_file': '{stage_dir}/masks.json'
        })


def train_segmentor(name: str, config: str, masks: str | None = None) -> dict:
    """Train a segmentor on pseudo masks; stage ``train_seg_NAME``.

    Args:
        name (str): Name of the segmentor.
        config (str): Its config.
        masks (str, optional): Name of the masks. Defaults to ``name``.
    """
    return dict(
        name=f'train_seg_{name}',
        kind='train',
        config=config,
        cfg_options={
            'train_dataloader.dataset.data_root': '{data_root}',
            'train_dataloader.dataset.data_prefix.seg_map_path':
            f'{{masks_{masks or name}}}/files',
            'val_dataloader.dataset.data_root': '{data_root}'
        })


def test_segmentor(name: str, config: str, tta: bool = False) -> dict:
    """Test a segmentor and write its masks; stage ``seg_NAME``.

    Args:
        name (str): Name of the segmentor.
        config (str): Its config.
        tta (bool): Multi-scale, flip and CRF; the stage is ``seg_tta_NAME``.
    """
    stage = f'seg_tta_{name}' if tta else f'seg_{name}'
    return dict(
        name=stage,
        kind='test',
        config=config,
        checkpoint=f'{{train_seg_{name}}}',
        tta=tta,
        cfg_options={
            'test_dataloader.dataset.data_root': '{data_root}',
            'test_evaluator.output_dir': '{stage_dir}/files'
        })


def metric_rows(names: Iterable[str],
                *metrics: tuple[str, str, str],
                percent: bool = False) -> list[dict]:
    """Rows of a report's headline table, a column for each name.

    Args:
        names (Iterable[str]): Names of CAM networks.
        *metrics (tuple[str, str, str]): What it is, stage without ``_NAME``,
            and the metric's key.
        percent (bool): Whether they are fractions, to be shown in percent.
    """
    return [
        dict(
            row=what,
            column=name.upper(),
            stage=f'{stage}_{name}',
            metric=metric,
            percent=percent) for what, stage, metric in metrics
        for name in names
    ]


def columns_of(*shown: tuple[str, str, str]) -> list[dict]:
    """Columns of a report's samples from (title, kind, path) triples."""
    return [
        dict(title=title, kind=kind, path=path) for title, kind, path in shown
    ]
