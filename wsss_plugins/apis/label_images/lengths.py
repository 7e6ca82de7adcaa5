"""Lengths of trainings that suit the number of images."""
import re

from ...pipelines.pipeline import Pipeline
from .estimate import TRAINING

# Recipes are written for so many images and more.
_WRITTEN_FOR = 600
_FEWEST = 100
_NAME = re.compile(r'\{(\w+)\}')


def shortened(pipeline: Pipeline, images: int) -> dict[str, int]:
    """Lengths of a recipe's other trainings, for few images.

    In proportion to their number, but no less than 100 steps, and no more
    than the recipe says. The segmentor's is planned elsewhere.

    Args:
        pipeline (Pipeline): A recipe, each of whose trainings has its length
            from a top-level entry: ``max_iters='{irn_iters}'``.
        images (int): Number of images.

    Returns:
        dict[str, int]: Steps by name of the entry.
    """
    found = {}
    for stage in pipeline.cfg.stages:
        length = stage.get('cfg_options', {}).get('max_iters')
        name = _NAME.fullmatch(str(length))
        written = pipeline.cfg.get(name[1]) if name else None
        if stage['name'] != TRAINING and isinstance(written, int):
            fewer = max(_FEWEST, round(written * images / _WRITTEN_FOR))
            found[name[1]] = min(written, fewer)
    return found
