"""Which masks to look at first: a score of doubt for each image."""
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from ..own_images.workers import run_parallel
from ..structures import (
    ClassMaps,
    ClassSpace,
    ImageLabels,
    read_json,
    read_mask,
    write_json,
)
from .doubts.base import Doubt, Evidence, Reason, mask_areas
from .layout import Workspace

# Longer side at which masks are compared, in pixels.
_SIDE = 256
# Reasons weaker than this are not told.
_WORTH_TELLING = .3
_FIX = 'run "wsss label-images" again'


def all_doubts() -> list[Doubt]:
    """An instance of each kind of doubt."""
    from . import doubts
    found = [getattr(doubts, name) for name in doubts.__all__]
    return [kind() for kind in found if isinstance(kind, type)
            and issubclass(kind, Doubt) and kind is not Doubt]


def total(reasons: Sequence[Reason], weights: dict[str, float]) -> float:
    """Score of an image: the chance that any reason is right, if they were
    independent and each as good as its weight.
    """
    return 1 - float(np.prod([1 - weights[r.kind] * r.score
                              for r in reasons]))


class Suspicion:
    """Scores the images of a workspace.

    Args:
        workspace (Workspace): Whose images.
        classes (Sequence[str]): Names of all classes, background included.
        stages (dict[str, Path]): Folders of the masks ``'cam'``,
            ``'segmentor'`` and ``'final'``.
        scores (Path, optional): Held-out scores of a classifier.
        workers (int): Processes that read files.
    """

    def __init__(self, workspace: Workspace, classes: Sequence[str],
                 stages: dict[str, Path], scores: Path | None = None,
                 workers: int = 2) -> None:
        self.workspace = workspace
        self.space = ClassSpace(tuple(classes))
        self.stages = stages
        self.workers = workers
        self.labels = ImageLabels.load(workspace.labels).images
        self.scores = {}
        if scores is not None and scores.is_file():
            self.scores = read_json(scores, 'scores', _FIX)['images']

    def evidence(self, name: str) -> Evidence:
        """All that is known of an image, small enough to be quick."""
        space = self.space
        masks = {kind: _small(read_mask(folder / f'{name}.png'))
                 for kind, folder in self.stages.items()}
        scores = self.scores.get(name)
        if scores is not None:
            full = np.full(len(space.names), np.nan)
            full[space.foreground] = scores
            scores = full
        return Evidence(
            name, self.label_indices(name), space.names,
            ClassMaps.load(self.workspace.cam_dir / f'{name}.npz'), masks,
            scores)

    def label_indices(self, name: str) -> tuple[int, ...]:
        """Dataset class indices of an image's labels."""
        rows = self.space.label_indices(self.labels.get(name, ()))
        return tuple(self.space.foreground[rows].tolist())

    def areas(self, name: str) -> np.ndarray:
        """Share of each class in the final mask of an image, (classes, )."""
        return mask_areas(
            _small(read_mask(self.stages['final'] / f'{name}.png')),
            len(self.space.names))

    def rank(self) -> list[dict]:
        """All images, worst first, as ``suspicion.json`` holds them."""
        names = sorted(self.labels)
        areas = np.array(list(run_parallel(
            _areas, names, 'areas', self.workers, [self])))
        areas = areas.reshape(len(names), len(self.space.names))
        doubts = all_doubts()
        labels = [self.label_indices(name) for name in names]
        for doubt in doubts:
            doubt.learn(areas, labels)
        entries = list(run_parallel(_entry, names, 'doubts', self.workers,
                                    [self, doubts]))
        return sorted(entries, key=lambda e: (-e['score'], e['name']))


def _areas(suspicion: Suspicion, name: str) -> np.ndarray:
    return suspicion.areas(name)


def _entry(suspicion: Suspicion, doubts: list[Doubt], name: str) -> dict:
    image = suspicion.evidence(name)
    found = [(doubt, doubt.reason(image)) for doubt in doubts]
    weights = {doubt.kind: doubt.weight for doubt, _ in found}
    reasons = sorted((r for _, r in found if r is not None),
                     key=lambda r: -weights[r.kind] * r.score)
    shown = np.flatnonzero(image.areas())
    return dict(
        name=name,
        score=round(total(reasons, weights), 4),
        reasons=[dict(kind=r.kind, score=round(r.score, 4), text=r.text)
                 for r in reasons if r.score >= _WORTH_TELLING],
        labels=[image.classes[i] for i in image.labels],
        classes_in_mask=[image.classes[i] for i in shown
                         if i != suspicion.space.background])


def _small(mask: np.ndarray) -> np.ndarray:
    """A mask at the size at which masks are compared."""
    scale = min(1., _SIDE / max(mask.shape))
    height, width = (max(1, round(side * scale)) for side in mask.shape)
    return cv2.resize(mask, (width, height), interpolation=cv2.INTER_NEAREST)


def write_suspicion(workspace: Workspace, entries: list[dict]) -> None:
    """Write ``suspicion.json``, atomically."""
    write_json(workspace.suspicion, dict(version=1, images=entries), indent=0,
               ensure_ascii=False)
