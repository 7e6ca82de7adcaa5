"""What a person looks for, out of the folders of the stages."""
import shutil
from pathlib import Path

import torch
from mmengine.config import Config

from ...models.converters.checkpoint_files import read_checkpoint, weights_of
from ...pipelines.pipeline import Pipeline
from ...structures import atomic_path, write_json
from ..read_config import read_config
from ..segmentor_files import CLASSES, CONFIG, WEIGHTS, without_files
from .layout import ObjectSpace

_PATHS = ('ann_file', 'data_root', 'skip_done', 'out_dir', 'outfile_prefix')

# What a test needs beside the model.
_KEPT = ('default_scope', 'custom_imports', 'test_dataloader',
         'test_evaluator', 'test_cfg', 'default_hooks', 'env_cfg',
         'log_processor', 'log_level', 'vis_backends', 'visualizer')


def gather(space: ObjectSpace, pipeline: Pipeline,
           classes: tuple[str, ...]) -> None:
    """Put masks, generator and detector where they are looked for."""
    masks = pipeline.stage('masks')
    with atomic_path(space.instances) as temporary:
        shutil.copyfile(masks.folder / 'files/instances.json', temporary)
    _keep(pipeline, masks.trained_by, space.generator, classes)
    _keep(pipeline, 'train_det', space.detector, classes)


def _keep(pipeline: Pipeline, name: str | None, folder: Path,
          classes: tuple[str, ...]) -> None:
    """Write a trained model to a folder that needs no other."""
    if name is None:
        return
    stage = pipeline.stage(name)
    checkpoint = stage.folder / Path(stage.pointer.read_text().strip()).name
    state = weights_of(read_checkpoint(checkpoint), checkpoint)
    with atomic_path(folder / WEIGHTS) as temporary:
        torch.save(dict(meta=dict(dataset_meta=dict(classes=list(classes))),
                        state_dict=state), temporary)
    plain = read_config(stage.program).to_dict()
    kept = {key: plain[key] for key in _KEPT if key in plain}
    kept['model'] = without_files(plain['model'])
    with atomic_path(folder / CONFIG) as temporary:
        temporary.write_text(Config(_without_paths(kept)).pretty_text,
                             encoding='utf-8')
    write_json(folder / CLASSES, dict(version=1, classes=list(classes)),
               indent=1, ensure_ascii=False)


def _without_paths(node):
    """A config that names no file of this machine."""
    if isinstance(node, (list, tuple)):
        return type(node)(_without_paths(one) for one in node)
    if not isinstance(node, dict):
        return node
    return {key: '' if key in _PATHS and isinstance(value, str) else
            _without_paths(value) for key, value in node.items()
            if not (key in _PATHS and value is None)}
