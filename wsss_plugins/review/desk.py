"""What the page asks for: look up, save, run."""
import hashlib
import shlex
import threading
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..ops.points.extreme_points import points_box
from ..structures import read_image
from ..workspace.layout import Workspace
from .clicks import Clicks, Scale, digest, ordered
from .errors import RequestError
from .fitting import Fitting
from .gallery import Gallery
from .packed import unpack
from .thumbnails import Thumbnails

#: Makes a function of an RGB image and boxes that gives masks.
MakeLabeler = Callable[[str, str], Callable[[np.ndarray, np.ndarray],
                                            np.ndarray]]
_MOST_CLICKS = 200
_CHANGES = ('labels', 'status', 'mask')


class Desk:
    """All that is done for the page.

    Args:
        workspace (Workspace): What is reviewed.
        make_labeler (Callable, optional): Loads the generator of masks of
            objects: config and weights to a function.
    """

    def __init__(self, workspace: Workspace,
                 make_labeler: MakeLabeler | None = None) -> None:
        self.workspace = workspace
        self.gallery = Gallery(workspace)
        self.thumbnails = Thumbnails()
        self.fitting = Fitting(workspace)
        self.clicks = Clicks(workspace.corrections)
        self._make_labeler = make_labeler
        self._labeler: Callable | None = None
        self._computing = threading.Lock()

    def about(self) -> dict:
        """What the page must know first."""
        gallery, root = self.gallery, str(self.workspace.root)
        return dict(
            title=self.workspace.root.name, root=root,
            id=hashlib.sha256(root.encode()).hexdigest()[:12],
            classes=gallery.classes, palette=gallery.palette,
            command=shlex.join(gallery.facts.get('command') or []),
            generator=bool(self._generator()),
            ranked=bool(gallery.doubts), **self._now())

    def list(self) -> dict:
        """All images, worst first."""
        counts = self.clicks.counts()
        items = self.gallery.items(self.gallery.names())
        for item in items:
            item['objects'] = counts.get(item['source'], 0)
        return dict(images=items, **self._now())

    def _now(self) -> dict:
        return dict(revision=self.gallery.corrected['revision'],
                    stamp=self.gallery.stamp())

    def changes(self, since: int, log: int) -> dict:
        """What others changed and how far the command is."""
        return dict(self.gallery.changes(since), stamp=self.gallery.stamp(),
                    fit=self.fitting.state(log))

    def save(self, name: str, body: dict) -> dict:
        """Store corrections of an image.

        Args:
            name (str): Of the image.
            body (dict): ``revision`` (int) that they build on, and any of
                ``labels``, ``status`` and ``mask``; None takes one back.

        Raises:
            StaleError: If somebody else changed it meanwhile.
        """
        gallery = self.gallery
        gallery.check(name)
        revision = body.get('revision')
        if type(revision) is not int:
            raise RequestError(422, 'revision is no number')
        changes = {key: body[key] for key in _CHANGES if key in body}
        if changes.get('mask') is not None:
            changes['mask'] = unpack(changes['mask'], gallery.size(name),
                                     len(gallery.classes))
        return gallery.corrections.change(name, revision, **changes)

    def region(self, name: str, body: dict) -> np.ndarray:
        """Region of clicks, uint8 (H, W); see :func:`click_region`."""
        from .regions import click_region
        image = self.gallery.image(name)
        positive = _points(body.get('positive'))
        if not len(positive):
            raise RequestError(422, 'click on the object first')
        label = body.get('label')
        cams = self.gallery.cams(name)
        cam = None
        if cams is not None and label in cams.labels.tolist():
            cam = cams.maps[cams.labels.tolist().index(label)]
        with self._computing:
            return click_region(
                read_image(image), positive, _points(body.get('negative')),
                cam).astype(np.uint8)

    def objects(self, name: str) -> dict:
        """Clicked objects of an image."""
        found = self.clicks.read(*self._original(name))
        return dict(objects=found, revision=digest(found))

    def save_objects(self, name: str, body: dict) -> dict:
        """Replace the clicked objects of an image."""
        found = self.clicks.write(*self._original(name), body.get('objects'),
                                  body.get('revision'))
        return dict(objects=found, revision=digest(found))

    def _original(self, name: str) -> tuple[str, Scale]:
        """Path of the original and what its pixels are in the work copy."""
        source = self.gallery.sources[self.gallery.check(name)]
        work = self.gallery.size(name)
        return (source.get('source', f'{name}.jpg'),
                Scale(work, source.get('size', work)))

    def object_mask(self, name: str, body: dict) -> np.ndarray:
        """Mask that the generator gives for four clicks, uint8 (H, W)."""
        given = self._generator()
        if not given:
            raise RequestError(404, 'no generator of masks is configured')
        points = ordered(body.get('points'), self.gallery.size(name))
        image = read_image(self.gallery.image(name))
        with self._computing:
            if self._labeler is None:
                self._labeler = self._make_labeler(*given)
            return self._labeler(
                image, points_box(points)[None])[0].astype(np.uint8)

    def _generator(self) -> Sequence[str] | None:
        """Config and weights of ``generator`` in ``wsss.json``."""
        given = self.gallery.facts.get('generator')
        if not isinstance(given, dict) or self._make_labeler is None:
            return None
        root = self.workspace.root
        return tuple(str(root / given[key]) for key in ('config', 'weights'))


def _points(values: Any) -> np.ndarray:
    """Clicks of the page, float64 (N, 2)."""
    try:
        points = np.asarray(values or [], np.float64).reshape(-1, 2)
    except (TypeError, ValueError):
        raise RequestError(422, 'clicks are pairs of x and y') from None
    if len(points) > _MOST_CLICKS or not np.isfinite(points).all():
        raise RequestError(422, 'too many clicks, or none of numbers')
    return np.clip(points, -1e6, 1e6)
