"""From a folder of images and labels to a data set that stages work on."""
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ..structures import (
    ClassSpace,
    ImageLabels,
    Problem,
    UserError,
    photo_palette,
)
from ..structures.problems import (
    error,
    errors_of,
    print_problems,
    problem_of,
    warning,
    worst_first,
    write_problems,
)
from .assign import UNLABELED, Assigned, assign
from .classes import ClassCheck
from .classes_file import ClassNames, read_classes
from .entries import Entries, Entry
from .labels import read_label_source
from .map_files import MapMatcher
from .matching import PhotoIndex
from .names import names_of_photos
from .photos import PhotoFolder, look_at_photos, scan_photos
from .saliency import SaliencyMaps, read_saliency, write_saliency
from .split_file import read_split
from .truth import Truth, read_truth, write_truth
from .writing import DataSet, write_data

_FEWEST_PIXELS = 32


class Places(Protocol):
    """Where things lie; a ``Workspace`` has them."""
    root: Path
    data: Path
    images: Path
    entries: Path
    contents: Path
    labels: Path
    facts: Path
    saliency: Path
    truth: Path
    problems: Path
    corrections: Path

    def split_list(self, split: str) -> Path:
        """List of images of a split."""


@dataclass(frozen=True)
class Prepared:
    """What lies in ``OUT/data``.

    Attributes:
        classes (tuple[str, ...]): With the background, which is first.
        palette (list[list[int]]): RGB color of each class.
        labels (ImageLabels): Of all images that are used, corrections
            applied; those that show no class have none.
        entries (dict[str, Entry]): Where the images came from, by name.
        problems (list[Problem]): Warnings.
        changed (list[str]): Names of images that are new, or whose file or
            labels changed, since the last time.
        removed (list[str]): Names of images that were there last time.
    """
    classes: tuple[str, ...]
    palette: list[list[int]]
    labels: ImageLabels
    entries: dict[str, Entry]
    problems: list[Problem]
    changed: list[str]
    removed: list[str]


def prepare(images: str | os.PathLike,
            labels: str | os.PathLike,
            workspace: Places,
            *,
            classes_file: str | os.PathLike | None = None,
            max_side: int = 1024,
            val_share: float = .1,
            seed: int = 0,
            split_file: str | os.PathLike | None = None,
            unlabeled: str = 'ignore',
            overrides: Mapping[str, Sequence[str]] | None = None,
            truth: str | os.PathLike | None = None,
            saliency: str | os.PathLike | None = None,
            workers: int | None = None) -> Prepared:
    """Check images and labels, and write what stages work on.

    All is checked first; all problems are printed, worst first, and written
    to ``OUT/problems.json``. Then copies are written of images that are new
    or have changed, and lists, labels and facts of all.

    Args:
        images (str | PathLike): Folder of images, which may be nested.
        labels (str | PathLike): See :func:`.read_label_source`.
        workspace (Places): Folders and files of OUT.
        classes_file (str | PathLike, optional): Names, order and spellings of
            classes, see :func:`.read_classes`.
        max_side (int): Longer side of the work copies, in pixels.
        val_share (float): Share of the images that is held out, 0 to 0.9.
        seed (int): Of the split.
        split_file (str | PathLike, optional): See :func:`.read_split`.
        unlabeled (str): What images without a row are: ``'ignore'``: not used
            for training, as if they were not there; ``'negative'``: they show
            none of the classes; ``'error'``: a mistake.
        overrides (Mapping[str, Sequence[str]], optional): Corrected labels by
            name of the image, which win.
        truth (str | PathLike, optional): Folder of ground-truth masks of some
            images, see :func:`.read_truth`.
        saliency (str | PathLike, optional): Folder of saliency maps of all
            images, see :func:`.read_saliency`.
        workers (int, optional): Processes. Defaults to one for each core.

    Raises:
        UserError: After the list of problems, if there is an error among
            them; and if an option is out of range.
    """
    _check_options(max_side, val_share, unlabeled)
    _check_places(Path(images), workspace)
    options = dict(max_side=max_side, val_share=val_share, seed=seed)
    reader = _Reader(images, labels, workspace, unlabeled, workers,
                     dict(truth=truth, saliency=saliency))
    read = reader.read(classes_file, split_file, overrides or {})
    _tell(read.problems, workspace)
    found = write_data(read, reader.earlier, workspace, options, workers)
    _tell(found.problems, workspace, read.problems)
    write_truth(reader.truth, found.entries.images, workspace, read.palette)
    write_saliency(reader.maps, found.entries.images, workspace, workers)
    return Prepared(
        read.classes, read.palette, found.labels, found.entries.images,
        worst_first([*read.problems, *found.problems]), found.changed,
        found.removed)


def _check_options(max_side: int, val_share: float, unlabeled: str) -> None:
    if max_side < _FEWEST_PIXELS:
        raise UserError(f'max_side={max_side}: give {_FEWEST_PIXELS} pixels '
                        'or more')
    if not 0 <= val_share <= .9:
        raise UserError(f'val_share={val_share}: give a share from 0 to 0.9')
    if unlabeled not in UNLABELED:
        raise UserError(f'unlabeled={unlabeled!r}; choose one of '
                        f'{", ".join(UNLABELED)}')


def _check_places(images: Path, workspace: Places) -> None:
    """What is written must not be taken for the user's images."""
    place, root = images.resolve(), workspace.root.resolve()
    data = workspace.data.resolve()
    if place == root or data == place or data in place.parents:
        raise UserError(f'{images}: is where {workspace.root} keeps its own '
                        'files; give the folder of your images, and another '
                        'one for what is written')


def _tell(problems: Sequence[Problem], workspace: Places,
          told: Sequence[Problem] = ()) -> None:
    """Print and write problems.

    Raises:
        UserError: If one of them is an error.
    """
    if not problems and told:
        return
    write_problems(workspace.problems, [*told, *problems])
    print_problems(problems)
    wrong = errors_of(problems)
    if wrong:
        raise UserError(
            f'{len(wrong)} problem{"s" * (len(wrong) > 1)} of images and '
            f'labels, listed above and in {workspace.problems}; fix them and '
            'run the same command again')


class _Reader:
    """Reads all that the user gives, and writes nothing."""

    def __init__(self, images: str | os.PathLike, labels: str | os.PathLike,
                 workspace: Places, unlabeled: str,
                 workers: int | None,
                 folders: Mapping[str, str | os.PathLike | None]) -> None:
        self.images = Path(images)
        self.labels = labels
        self.workspace = workspace
        self.unlabeled = unlabeled
        self.workers = workers
        self.earlier = Entries.load(workspace.entries)
        self.folders = {what: folder for what, folder in folders.items()
                        if folder is not None}
        self.truth: Truth | None = None
        self.maps: SaliencyMaps | None = None
        self.problems: list[Problem] = []

    def read(self, classes_file: str | os.PathLike | None,
             split_file: str | os.PathLike | None,
             overrides: Mapping[str, Sequence[str]]) -> DataSet:
        """The data set that is to be written."""
        # Masks and maps may lie beside the photos.
        skip = [self.workspace.root, *(
            folder for folder in self.folders.values()
            if Path(folder).resolve() != self.images.resolve())]
        photos = scan_photos(self.images, skip)
        sizes = look_at_photos(photos, self._known_sizes(), self.workers)
        given = self._classes(classes_file)
        rows = read_label_source(self.labels, self.images,
                                 list(given.aliases) if given else (),
                                 skip)
        self.problems += rows.problems
        check = ClassCheck(given, rows.classes)
        found = assign(rows, photos, check, self.unlabeled)
        if not photos.photos:
            self.problems.append(error(
                'no images', self.images, 'no image that can be read in it',
                'give the folder of the images'))
        self.problems += found.problems
        names = names_of_photos(photos, self.earlier)
        self._override(found, names, check, overrides)
        self._split(found, split_file, photos)
        classes = self._all_classes(found, check)
        self.problems += check.problems
        self._pixel_maps(photos, names, found, sizes, classes)
        return DataSet(
            {p.source: p for p in photos.photos}, sizes, names,
            found.labels, found.splits, classes,
            photo_palette(len(classes)), worst_first(self.problems))

    def _known_sizes(self) -> dict[str, tuple[tuple, tuple[int, int]]]:
        """Stamp and size of images that were whole last time."""
        return {entry.source: (entry.stamp, entry.size)
                for entry in self.earlier.images.values()}

    def _classes(self, path: str | os.PathLike | None) -> ClassNames | None:
        if path is None:
            return None
        try:
            return read_classes(path)
        except UserError as flaw:
            self.problems.append(problem_of(
                'file of classes that cannot be read', flaw))
            return None

    def _override(self, found: Assigned, names: Mapping[str, str],
                  check: ClassCheck,
                  overrides: Mapping[str, Sequence[str]]) -> None:
        """Put corrected labels in place of those that were read."""
        sources = {name: source for source, name in names.items()}
        for name, labels in overrides.items():
            if name in sources:
                found.labels[sources[name]] = check.of_row(
                    labels, f'{self.workspace.corrections}: {name}')
        gone = [name for name in overrides if name not in sources]
        self.problems += [warning(
            'corrections of images that are gone', self.workspace.corrections,
            f'{name} is corrected, but no image has that name now',
            'nothing; the correction is kept') for name in gone]

    def _split(self, found: Assigned, path: str | os.PathLike | None,
               photos: PhotoFolder) -> None:
        if path is not None:
            index = PhotoIndex(photos.root, [p.source for p in photos.photos])
            splits, problems = read_split(path, index)
            found.splits.update(splits)
            self.problems += problems

    def _pixel_maps(self, photos: PhotoFolder, names: Mapping[str, str],
                    found: Assigned, sizes: Mapping[str, tuple[int, int]],
                    classes: Sequence[str]) -> None:
        """Ground truth and saliency."""
        matcher = MapMatcher(photos.root, names, list(found.labels))
        if 'truth' in self.folders:
            self.truth = read_truth(self.folders['truth'], matcher, sizes,
                                    found.labels, classes)
            self.problems += self.truth.problems
        if 'saliency' in self.folders:
            self.maps = read_saliency(self.folders['saliency'], matcher,
                                      sizes, list(found.labels))
            self.problems += self.maps.problems

    def _all_classes(self, found: Assigned,
                     check: ClassCheck) -> tuple[str, ...]:
        """Classes with the background, in the order of earlier runs."""
        names = check.classes(found.labels, self.labels,
                              not errors_of(self.problems))
        return ClassSpace.from_foreground(self._in_order(names, check)).names

    def _in_order(self, names: Sequence[str],
                  check: ClassCheck) -> list[str]:
        """Masks that a person corrected hold indices of classes."""
        earlier = list(self.earlier.classes[1:])
        if check.given is None:
            pinned = earlier if self._has_masks() else [
                name for name in earlier if name in names]
            return [*pinned, *(n for n in names if n not in pinned)]
        if self._has_masks() and list(names[:len(earlier)]) != earlier:
            self.problems.append(error(
                'order of classes that changed', self.workspace.corrections,
                'corrected masks hold indices of the classes '
                f'{", ".join(earlier)}', 'keep these first in the file of '
                'classes, and add new ones behind them'))
        return list(names)

    def _has_masks(self) -> bool:
        masks = self.workspace.corrections / 'masks'
        return any(masks.glob('[!.]*.png'))
