"""What the page shows of a workspace: its images, worst first."""
import os
import threading
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..structures import (
    IGNORE_INDEX,
    ClassMaps,
    ImageLabels,
    UserError,
    checked_size,
    read_json,
    read_mask,
    voc_palette,
)
from ..workspace.corrections import Corrections
from ..workspace.layout import Workspace
from .errors import RequestError


class Gallery:
    """Images, labels, doubts and corrections, read again when they change.

    Args:
        workspace (Workspace): Files of it that are not there yet (masks,
            CAMs, doubts) are left out of what is shown.

    Raises:
        UserError: If it is none, or has no images.
    """

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self._cache: dict[Path, tuple[Any, Any]] = {}
        self._lock = threading.Lock()
        # Says what is wrong with a folder that is none.
        if not self.facts or not self.sources:
            raise UserError(f'{workspace.images}: no images to review; run '
                            '"wsss label-images" first')

    def _read(self, path: Path, read: Callable[[Path], Any]) -> Any:
        """What a file holds, kept until the file changes."""
        stamp = file_stamp(path)
        with self._lock:
            known = self._cache.get(path)
            if known is None or known[0] != stamp:
                known = stamp, read(path)
                self._cache[path] = known
            return known[1]

    @property
    def facts(self) -> dict:
        """Facts of the workspace."""
        return self._read(self.workspace.file,
                          lambda _: self.workspace.load())

    @property
    def classes(self) -> list[str]:
        """Names of the classes, background first."""
        return list(self.facts['classes'])

    @property
    def palette(self) -> list[list[int]]:
        """Colors of the classes."""
        given = self.facts.get('palette') or []
        return [*given, *voc_palette(IGNORE_INDEX)[len(given):]][
            :len(self.classes)]

    @property
    def corrections(self) -> Corrections:
        """What a person changed."""
        return Corrections(self.workspace.corrections, self.classes,
                           self.palette)

    @property
    def corrected(self) -> dict:
        """Content of the file of corrections."""
        made = self.corrections
        return self._read(made.file, lambda _: made.load())

    @property
    def sources(self) -> dict[str, dict]:
        """Where each image came from, by name."""
        path = self.workspace.entries
        if path.is_file():
            return self._read(path, lambda p: read_json(
                p, 'list of images').get('images', {}))
        return self._read(self.workspace.images, lambda p: {
            found.stem: {} for found in sorted(p.glob('*.jpg'))})

    @property
    def labels(self) -> dict[str, tuple[str, ...]]:
        """Labels of the images, without the newest corrections."""
        if not self.workspace.labels.is_file():
            return {}
        return self._read(self.workspace.labels, ImageLabels.load).images

    @property
    def doubts(self) -> dict[str, dict]:
        """Suspicion of the images, worst first."""
        if not self.workspace.suspicion.is_file():
            return {}
        return self._read(self.workspace.suspicion, _read_doubts)

    def stamp(self) -> str:
        """Changes when stages wrote what the page shows."""
        space = self.workspace
        return '/'.join(str(file_stamp(path)) for path in (
            space.file, space.entries, space.labels, space.suspicion,
            space.mask_dir, space.cam_dir))

    def names(self) -> list[str]:
        """Worst first; images without a score behind, by name."""
        doubts, sources = self.doubts, self.sources
        known = [name for name in doubts if name in sources]
        return known + sorted(set(sources) - set(known))

    def check(self, name: str) -> str:
        """The name, if an image has it; no other reaches a path.

        Raises:
            RequestError: If it is no image of the workspace.
        """
        if name not in self.sources:
            raise RequestError(404, f'no image {name!r:.60}')
        return name

    def items(self, names: Iterable[str]) -> list[dict]:
        """Lines of the list: ``name``, ``score``, ``labels``, ``kinds``..."""
        sources, doubts, labels = self.sources, self.doubts, self.labels
        entries, nothing = self.corrected['images'], {}
        return [
            dict(
                name=name,
                source=sources[name].get('source', name),
                split=sources[name].get('split'),
                score=doubts.get(name, nothing).get('score'),
                kinds=[reason.get('kind') for reason in
                       doubts.get(name, nothing).get('reasons', ())],
                **_entry(entries.get(name, nothing), labels.get(name, ())))
            for name in names
        ]

    def detail(self, name: str) -> dict:
        """All about an image but its pixels."""
        self.check(name)
        height, width = self.size(name)
        mask = self.workspace.mask_dir / f'{name}.png'
        return dict(
            self.items([name])[0], height=height, width=width,
            original=list(self.labels.get(name, ())),
            reasons=list(self.doubts.get(name, {}).get('reasons', ())),
            has_mask=mask.is_file(), mask_stamp=str(file_stamp(mask)),
            cams=self._cam_labels(name))

    def size(self, name: str) -> tuple[int, int]:
        """Height and width of the work copy."""
        given = self.sources[name].get('work_size')
        return tuple(given) if given else checked_size(self.image(name))

    def image(self, name: str) -> Path:
        """File of the work copy."""
        return self.workspace.images / f'{self.check(name)}.jpg'

    def mask(self, name: str, corrected: bool = True) -> np.ndarray:
        """Mask of an image, uint8 (H, W); background if there is none.

        Args:
            name (str): Of the image.
            corrected (bool): Whether a corrected one wins over the stages'.

        Raises:
            UserError: If the file is damaged, or of another size.
        """
        self.check(name)
        mask = self.corrections.mask(name) if corrected else None
        path = self.workspace.mask_dir / f'{name}.png'
        if mask is None and path.is_file():
            mask = read_mask(path)
        size = self.size(name)
        if mask is None:
            return np.zeros(size, np.uint8)
        if mask.shape != size:
            raise UserError(f'{path}: mask is {mask.shape}, the image {size};'
                            ' run the stages again')
        return np.where(mask < len(self.classes), mask, IGNORE_INDEX).astype(
            np.uint8)

    def cams(self, name: str) -> ClassMaps | None:
        """CAMs of an image; None if there are none."""
        path = self.workspace.cam_dir / f'{self.check(name)}.npz'
        return ClassMaps.load(path) if path.is_file() else None

    def _cam_labels(self, name: str) -> list[int]:
        try:
            found = self.cams(name)
        except UserError:
            return []  # the image is shown without them
        if found is None:
            return []
        return [k for k in found.labels.tolist()
                if 0 < k < len(self.classes)]

    def cam(self, name: str, label: int) -> np.ndarray:
        """CAM of a class, uint8 (h, w) at the stride of the file."""
        found = self.cams(name)
        if found is None or label not in found.labels:
            raise RequestError(404, 'no CAM of this class')
        place = found.labels.tolist().index(label)
        return np.rint(found.maps[place].clip(0, 1) * 255).astype(np.uint8)

    def changes(self, since: int) -> dict:
        """What was corrected after a revision, by anybody."""
        data, sources, labels = self.corrected, self.sources, self.labels
        return dict(
            revision=data['revision'],
            images={
                name: _entry(entry, labels.get(name, ()))
                for name, entry in data['images'].items()
                if entry.get('revision', 0) > since and name in sources
            })


def _entry(entry: dict, labels: Sequence[str]) -> dict:
    """What is corrected of an image, over its labels."""
    return dict(
        labels=list(entry.get('labels', labels)),
        relabeled='labels' in entry,
        status=entry.get('status'),
        masked=bool(entry.get('mask')),
        revision=entry.get('revision', 0))


def file_stamp(path: str | os.PathLike) -> tuple[int, ...]:
    """Changes whenever a file is replaced or written."""
    try:
        stat = os.stat(path)
    except OSError:
        return ()
    return stat.st_ino, stat.st_mtime_ns, stat.st_size


def _read_doubts(path: Path) -> dict[str, dict]:
    fix = 'run "wsss label-images" again'
    data = read_json(path, 'file of suspicion', fix)
    rows = data.get('images') if isinstance(data, dict) else None
    if not isinstance(rows, list) or not all(
            isinstance(row, dict) and isinstance(row.get('name'), str)
            for row in rows):
        raise UserError(f'{path}: expected {{"images": [{{"name", "score", '
                        f'"reasons"}}]}}; {fix}')
    rows.sort(key=lambda row: -(row.get('score') or 0))
    return {row['name']: row for row in rows}
