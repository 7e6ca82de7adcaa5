"""Recipes: pipelines that turn own images into masks."""
import ast
from pathlib import Path

from ...pipelines.pipeline import Pipeline
from ...pipelines.places import find_pipeline, package_folders
from ...structures import UserError
from ...workspace.layout import Workspace
from ..editable_files import write_editable
from ..read_config import read_config
from ..shortcuts import apply_options

_PREFIX = 'pipeline_'


def recipes() -> dict[str, Path]:
    """Pipeline files of all recipes by name: ``pipeline_NAME.py``."""
    found: dict[str, Path] = {}
    for folder in package_folders():
        for path in sorted((folder / 'configs/own_images').glob(
                f'{_PREFIX}*.py')):
            found.setdefault(path.stem.removeprefix(_PREFIX), path)
    return found


def describe(path: Path) -> str:
    """First line of a recipe's docstring."""
    text = ast.get_docstring(ast.parse(path.read_text(encoding='utf-8')))
    return (text or '').partition('\n')[0]


def find_recipe(name: str) -> Path:
    """Pipeline file of a recipe.

    Args:
        name (str): One of :func:`recipes`, or a pipeline file of one's own.

    Raises:
        UserError: If there is none of that name.
    """
    if name.endswith('.py'):
        return find_pipeline(name)
    known = recipes()
    if name not in known:
        raise UserError(f'--recipe {name}: choose one of {", ".join(known)}, '
                        'or name a pipeline file')
    return known[name]


def install(recipe: Path, workspace: Workspace,
            written: dict[str, str]) -> tuple[dict[str, str], list[str]]:
    """Write a recipe and its configs into a workspace, to be read and edited.

    Configs are written with the facts of the images in them. Files that were
    edited since they were written are kept.

    Args:
        recipe (Path): The pipeline file.
        workspace (Workspace): Where to; its fact file is there.
        written (dict[str, str]): Digests of what an earlier run wrote, by
            path in the workspace.

    Returns:
        tuple[dict[str, str], list[str]]: Digests now; files that were kept.
    """
    texts = {workspace.pipeline.name: recipe.read_text(encoding='utf-8')}
    pipeline = Pipeline(str(recipe))
    for entry, stage in zip(pipeline.cfg.stages, pipeline.stages):
        # One that is named by a whole path is read from there.
        named = stage.script is not None and Path(entry['config'])
        if named and not named.is_absolute():
            texts[entry['config']] = _resolved(stage.program, workspace)
    return write_editable(workspace.root, texts, written)


def _resolved(program: Path, workspace: Workspace) -> str:
    """A config without bases, with the facts of the images."""
    cfg = read_config(program)
    apply_options(cfg, dict(facts=str(workspace.facts)))
    return cfg.pretty_text
