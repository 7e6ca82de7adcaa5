"""Which masks to doubt, from what the stages left."""
import os

from ...pipelines.pipeline import Pipeline
from ...workspace.layout import Workspace
from ...workspace.suspicion import Suspicion, write_suspicion

# Stages of a recipe by what their masks stand for.
_STAGES = dict(cam='masks_cam', segmentor='seg', final='final')


def rank_images(workspace: Workspace, pipeline: Pipeline,
                classes: list[str]) -> list[dict]:
    """Score all images and write ``suspicion.json``.

    Args:
        workspace (Workspace): Whose images.
        pipeline (Pipeline): With the stages of a recipe.
        classes (list[str]): Names of all classes, background included.

    Returns:
        list[dict]: Entries, worst first.
    """
    there = {stage.name for stage in pipeline.stages}
    folders = {kind: pipeline.stage(name).folder / 'files'
               for kind, name in _STAGES.items() if name in there}
    scores = pipeline.stage('train_cam').folder / 'scores.json'
    entries = Suspicion(workspace, classes, folders, scores,
                        workers=len(os.sched_getaffinity(0))).rank()
    write_suspicion(workspace, entries)
    return entries
