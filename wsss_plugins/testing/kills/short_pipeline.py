"""Pipelines on TinyVOC, made short enough to be run many times."""
from pathlib import Path

from ...pipelines.pipeline import Pipeline
from ...pipelines.places import package_folders

_DATA = ['--num-train=8', '--num-val=4', '--size=64']
#: Schedules warm up for a part of their iterations, which must not be 0.
ITERATIONS = 8


def tiny_pipelines() -> dict[str, Path]:
    """The pipeline of each method on TinyVOC, by the method's name."""
    root = package_folders()[0] / 'configs'
    return {path.parent.name: path
            for path in sorted(root.glob('*/pipeline_tinyvoc.py'))}


def short_options(path: Path, folder: Path) -> dict[str, object]:
    """Overrides of a pipeline's entries: few images, few iterations.

    Args:
        path (Path): Pipeline file.
        folder (Path): The data set is made in it.
    """
    options: dict[str, object] = dict(data_root=str(folder / 'data'))
    for number, entry in enumerate(Pipeline(str(path)).cfg.stages):
        stage = f'stages.{number}'
        if entry['kind'] == 'train':
            options |= {f'{stage}.cfg_options.{key}': value
                        for key, value in _TRAINING.items()}
        elif entry.get('script', '').endswith('make_tinyvoc.py'):
            options[f'{stage}.args'] = [*entry['args'], *_DATA]
    return options


_TRAINING = {
    'max_iters': ITERATIONS, 'batch_size': 2,
    'train_dataloader.num_workers': 1,
    'default_hooks.checkpoint.interval': 2,
    'default_hooks.logger.interval': 1
}
