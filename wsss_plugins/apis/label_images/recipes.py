"""Recipes: pipelines that turn own images into masks."""
import ast
from collections.abc import Callable
from pathlib import Path

from mmengine.config import Config

from ...pipelines.pipeline import Pipeline
from ...pipelines.places import find_pipeline, find_program, package_folders
from ...pipelines.stages.own_truth import CHOOSER, with_truth
from ...structures import UserError
from ...workspace.layout import Workspace
from ..editable_files import write_editable
from ..read_config import read_config
from ..shortcuts import apply_options, names_of

Edit = Callable[[Config], None]
_PREFIX = 'pipeline_'
# Folder of the maps, among the inputs of a stage that needs them.
_SALIENCY = 'saliency'
# What is added to a recipe where there is ground truth.
_TRUTH = '''

# Ground truth of some images: masks are evaluated, the background is chosen.
from wsss_plugins.pipelines.stages import own_truth  # noqa: E402

stages = own_truth.with_truth(stages, choice={choice!r})
report = own_truth.with_truth_report(report)
'''


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


def needs_saliency(recipe: Path) -> bool:
    """Whether a stage of a recipe reads saliency maps."""
    pipeline = Pipeline(str(recipe))
    return any(path.name == _SALIENCY for stage in pipeline.stages
               for path in stage.inputs)


def install(recipe: Path, workspace: Workspace, written: dict[str, str],
            truth: bool = False, edit: Edit | None = None
            ) -> tuple[dict[str, str], list[str]]:
    """Write a recipe and its configs into a workspace, to be read and edited.

    Configs are written with the facts of the images in them. Files that were
    edited since they were written are kept.

    Args:
        recipe (Path): The pipeline file.
        workspace (Workspace): Where to; its fact file is there.
        written (dict[str, str]): Digests of what an earlier run wrote, by
            path in the workspace.
        truth (bool): Whether there is ground truth of some images.
        edit (Callable, optional): Changes a config before it is written.

    Returns:
        tuple[dict[str, str], list[str]]: Digests now; files that were kept.
    """
    text = recipe.read_text(encoding='utf-8')
    stages = Pipeline(str(recipe)).cfg.to_dict()['stages']
    if truth:
        choice = find_choice(recipe, stages)
        text = text.rstrip() + _TRUTH.format(choice=choice)
        stages = with_truth(stages, choice)
    texts = {workspace.pipeline.name: text}
    for stage in stages:
        name = stage.get('config')
        # One that is named by a whole path is read from there.
        if name is None or Path(name).is_absolute() or name in texts:
            continue
        program = find_program(str(recipe), name, recipe.parent)
        texts[name] = _resolved(program, workspace, edit)
    return write_editable(workspace.root, texts, written)


def find_choice(recipe: Path, stages: list[dict]) -> str | None:
    """Config that chooses the background of the masks of the CAMs.

    Args:
        recipe (Path): The pipeline file.
        stages (list[dict]): Its stages.

    Returns:
        str | None: What the config of ``masks_cam`` names in ``chooser``;
        None if it takes no choice.
    """
    for stage in stages:
        if stage['name'] == 'masks_cam':
            cfg = read_config(find_program(str(recipe), stage['config'],
                                           recipe.parent))
            if 'chosen' in names_of(cfg):
                return cfg.get('chooser', CHOOSER)
    return None


def _resolved(program: Path, workspace: Workspace,
              edit: Edit | None) -> str:
    """A config without bases, with the facts of the images."""
    cfg = read_config(program)
    apply_options(cfg, dict(facts=str(workspace.facts)))
    if edit is not None:
        edit(cfg)
    return cfg.pretty_text
