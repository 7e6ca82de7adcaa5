"""The folder of a trained segmentor: all that a prediction needs."""
import ast
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config

from ..models.converters.checkpoint_files import read_checkpoint, weights_of
from ..structures import UserError, atomic_path, read_json, write_json
from .read_config import read_config

VERSION = 1
CONFIG, WEIGHTS, CLASSES = 'config.py', 'weights.pth', 'classes.json'
#: Longer side that larger images are computed at, in pixels.
MAX_SIDE = 1024
_FOLDER = 'segmentor'
_READS_IMAGE = ('LoadImageFromFile', 'LoadUprightImage',
                'LoadImageFromNDArray')
_READS_TRUTH = ('LoadAnnotations', )
_PACKS, _PACKER = 'Pack', 'PackSegInputs'
_FIX = 'copy the whole folder again, or save the segmentor again'


@dataclass(frozen=True)
class SegmentorFiles:
    """A segmentor that was read, but not built.

    Attributes:
        cfg (Config): With ``model``, ``test_pipeline`` and perhaps
            ``tta_pipeline``, neither of which reads files.
        weights (dict): Weights by name.
        weights_file (str): Where they come from.
        classes (tuple[str, ...]): Names by index, the background included;
            empty if nothing tells them.
        palette (list): RGB triples; empty if nothing tells them.
        max_side (int): Longer side that larger images are computed at.
    """
    cfg: Config
    weights: dict[str, torch.Tensor]
    weights_file: str
    classes: tuple[str, ...]
    palette: list[list[int]]
    max_side: int = MAX_SIDE


def save_segmentor(cfg: Config | str | os.PathLike,
                   checkpoint: str | os.PathLike,
                   folder: str | os.PathLike,
                   classes: Sequence[str],
                   palette: Sequence[Sequence[int]],
                   max_side: int = MAX_SIDE) -> Path:
    """Write a segmentor to a folder that can be moved, and needs no other.

    The config is resolved and names no file; the weights hold no optimizer,
    and nothing but tensors and names, so that they load safely. mmseg's own
    ``init_model`` and ``inference_model`` open both.

    Args:
        cfg (Config | str | PathLike): Config that the segmentor was trained
            with.
        checkpoint (str | PathLike): What the training wrote.
        folder (str | PathLike): Target; its files are replaced.
        classes (Sequence[str]): Names by index, the background included.
        palette (Sequence): RGB triple of each class, 0..255.
        max_side (int): Longer side of the images that it was trained on;
            larger ones are computed at it.

    Returns:
        Path: The folder.

    Raises:
        UserError: If the segmentor has another number of classes, or a file
            is broken or cannot be written.
    """
    if not isinstance(cfg, Config):
        cfg = read_config(cfg, ('model', ))
    classes, palette = list(classes), [list(map(int, c)) for c in palette]
    if len(palette) != len(classes):
        raise UserError(f'{len(palette)} colors for {len(classes)} classes; '
                        'give one for each')
    _check_counts(cfg, len(classes))
    state = weights_of(read_checkpoint(checkpoint), checkpoint)
    folder = Path(folder)
    meta = dict(dataset_meta=dict(classes=classes, palette=palette))
    with atomic_path(folder / WEIGHTS) as temporary:
        torch.save(
            dict(meta=meta, state_dict={
                name: value.detach().cpu().clone()
                for name, value in state.items()
            }), temporary)
    with atomic_path(folder / CONFIG) as temporary:
        temporary.write_text(
            '# All that a prediction needs; made from the training\'s config.'
            f'\n{Config(_prediction_part(cfg)).pretty_text}',
            encoding='utf-8')
    write_json(
        folder / CLASSES,
        dict(version=VERSION, classes=classes, palette=palette,
             max_side=max_side),
        indent=1, ensure_ascii=False)
    return folder


def read_segmentor(model: str | os.PathLike | Config,
                   weights: str | os.PathLike | None = None
                   ) -> SegmentorFiles:
    """Read the folder of a segmentor, or any config and its checkpoint.

    Args:
        model (str | PathLike | Config): Folder of :func:`save_segmentor`, or
            one that has it as ``segmentor``; or a config of mmseg.
        weights (str | PathLike, optional): Checkpoint of a config.

    Raises:
        UserError: If a file is missing, broken, or holds code.
    """
    if isinstance(model, (str, os.PathLike)) and Path(model).is_dir():
        if weights is not None:
            raise UserError(f'{model}: a folder has its own weights; give a '
                            'config with a checkpoint, or the folder alone')
        return _read_folder(_segmentor_folder(Path(model)))
    if weights is None:
        missing = '' if isinstance(model, Config) or Path(
            model).exists() else ' (no such file or folder)'
        raise UserError(
            f'{getattr(model, "filename", model)}{missing}: give the folder '
            'of a segmentor, or a config and its checkpoint')
    cfg = model if isinstance(model, Config) else read_config(
        model, ('model', ))
    checkpoint = read_checkpoint(weights)
    names, palette = _told_classes(checkpoint, cfg)
    return SegmentorFiles(
        Config(_prediction_part(cfg)), weights_of(checkpoint, weights),
        str(weights), names, palette)


def _segmentor_folder(folder: Path) -> Path:
    """The folder itself, or that of a workspace."""
    for place in (folder, folder / _FOLDER):
        if (place / CONFIG).is_file() or (place / WEIGHTS).is_file():
            return place
    raise UserError(f'{folder}: no segmentor in it (no {CONFIG} and '
                    f'{WEIGHTS}); name the folder that "wsss label-images" '
                    'wrote, or a config and its checkpoint')


def _read_folder(folder: Path) -> SegmentorFiles:
    if not (folder / CONFIG).is_file():
        raise UserError(f'{folder / CONFIG}: not found; {_FIX}')
    facts = read_json(folder / CLASSES, 'classes of a segmentor', _FIX, _FIX)
    try:
        names = tuple(map(str, facts['classes']))
        palette = [[int(v) for v in color] for color in facts['palette']]
        max_side = int(facts.get('max_side', MAX_SIDE))
        if len(palette) != len(names) or {len(c) for c in palette} != {3}:
            raise ValueError
    except (TypeError, KeyError, ValueError, AttributeError):
        raise UserError(f'{folder / CLASSES}: not the classes of a '
                        f'segmentor; {_FIX}') from None
    # Folders that people edited or that an earlier version wrote, too.
    cfg = Config(_prediction_part(Config(_plain_values(folder / CONFIG))))
    _check_counts(cfg, len(names), folder / CONFIG)
    path = folder / WEIGHTS
    return SegmentorFiles(cfg, weights_of(read_checkpoint(path), path),
                          str(path), names, palette, max_side)


def _plain_values(path: Path) -> dict[str, Any]:
    """A config of plain values, read without running it.

    Such a folder is handed on, so that its config must run no code.
    """
    try:
        tree = ast.parse(path.read_text(encoding='utf-8'))
        found = {}
        for node in tree.body:
            if not isinstance(node, ast.Assign):
                raise ValueError
            found[node.targets[0].id] = _value(node.value)
    except SyntaxError as error:
        raise UserError(f'{path}: line {error.lineno}: {error.msg}; '
                        f'{_FIX}') from None
    except (ValueError, AttributeError):
        raise UserError(
            f'{path}: line {node.lineno} is more than a plain value, and the '
            'config of a segmentor runs no code; to run it nevertheless, give '
            f'it and {WEIGHTS} as config and checkpoint') from None
    if 'model' not in found:
        raise UserError(f'{path}: no model in it; {_FIX}')
    return found


def _value(node: ast.AST) -> Any:
    """Of a literal, or of ``dict(...)`` of such."""
    if isinstance(node, ast.Call):
        if node.func.id != 'dict' or node.args:
            raise ValueError
        return {word.arg: _value(word.value) for word in node.keywords
                if word.arg or _refuse()}
    if isinstance(node, ast.Dict):
        return {ast.literal_eval(key): _value(value)
                for key, value in zip(node.keys, node.values)}
    if isinstance(node, ast.List):
        return [_value(one) for one in node.elts]
    if isinstance(node, ast.Tuple):
        return tuple(_value(one) for one in node.elts)
    return ast.literal_eval(node)


def _refuse() -> bool:
    raise ValueError


def _prediction_part(cfg: Config) -> dict[str, Any]:
    """Model and pipelines, without what is trained with or names files."""
    plain = cfg.to_dict()
    part = dict(
        default_scope=plain.get('default_scope') or 'mmseg',
        model=without_files(plain['model']),
        test_pipeline=_arrays_only(_test_pipeline(plain)))
    if plain.get('custom_imports'):
        part['custom_imports'] = plain['custom_imports']
    if plain.get('tta_pipeline'):
        part['tta_pipeline'] = _arrays_only(plain['tta_pipeline'])
    return part


def without_files(node: Any) -> Any:
    """A model whose parts start from no file."""
    if isinstance(node, (list, tuple)):
        return type(node)(without_files(one) for one in node)
    if not isinstance(node, dict):
        return node
    found = {}
    for key, value in node.items():
        if key == 'pretrained' or (key == 'init_cfg' and _is_pretrained(
                value)):
            found[key] = None
        else:
            found[key] = without_files(value)
    return found


def _is_pretrained(init_cfg: Any) -> bool:
    entries = init_cfg if isinstance(init_cfg, (list, tuple)) else [init_cfg]
    return any(isinstance(one, dict) and 'checkpoint' in one
               for one in entries)


def _test_pipeline(plain: dict[str, Any]) -> list[dict]:
    """Steps of the test's data set, whatever it is wrapped in."""
    dataset = plain.get('test_dataloader') or {}
    dataset = dataset.get('dataset') or {}
    while 'pipeline' not in dataset and dataset.get('dataset'):
        dataset = dataset['dataset']
    steps = dataset.get('pipeline') or plain.get('test_pipeline')
    return steps or [dict(type='LoadImageFromFile'),
                     dict(type='PackSegInputs')]


def _arrays_only(steps: Sequence[dict]) -> list[dict]:
    """Steps that read no annotation; images come from one kind of step."""
    kept = []
    for step in steps:
        kind = str(step['type']).rpartition('.')[2]
        if kind in _READS_TRUTH:
            continue
        if kind in _READS_IMAGE:
            step = dict(type='LoadImageFromFile')
        if kind.startswith(_PACKS) and kind != _PACKER:
            # Those of image-level labels want labels.
            step = dict(type=_PACKER)
        if kind == 'TestTimeAug':
            branches = (_arrays_only(some) for some in step['transforms'])
            step = dict(step, transforms=[some for some in branches if some])
        kept.append(step)
    return kept


def _check_counts(cfg: Config, count: int,
                  where: str | os.PathLike | None = None) -> None:
    """Refuse a model of another number of classes."""
    for head, wanted in _head_counts(cfg.model):
        if wanted != count:
            raise UserError(
                f'{where or cfg.filename or "config"}: {head} has '
                f'num_classes={wanted}, but there are {count} classes with '
                'the background; train it with these classes')


def _head_counts(model: dict) -> Iterator[tuple[str, int]]:
    for key in ('decode_head', 'auxiliary_head'):
        heads = model.get(key) or ()
        for head in heads if isinstance(heads, (list, tuple)) else (heads, ):
            if 'num_classes' in head:
                yield key, head['num_classes']


def _told_classes(checkpoint: Any,
                  cfg: Config) -> tuple[tuple[str, ...], list[list[int]]]:
    """Names and colors that a checkpoint or its config tells, if they do."""
    meta = checkpoint.get('meta') if isinstance(checkpoint, dict) else None
    told = (meta or {}).get('dataset_meta') or _config_meta(cfg)
    names = tuple(map(str, told.get('classes') or ()))
    palette = [list(map(int, color)) for color in told.get('palette') or ()]
    return names, palette


def _config_meta(cfg: Config) -> dict:
    """``metainfo`` of the data set of a config."""
    for key in ('test_dataloader', 'train_dataloader'):
        dataset = (cfg.get(key) or {}).get('dataset') or {}
        if dataset.get('metainfo'):
            return dataset['metainfo']
    return {}
