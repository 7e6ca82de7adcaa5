"""Writes what stages work on, and only what has changed."""
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..structures import ImageLabels, Problem, atomic_path, write_json
from ..structures.problems import error, errors_of, warning
from .copies import Copied, CopyJob, stamp_of, write_copy
from .entries import Entries, Entry
from .facts import write_facts
from .photos import UNREADABLE, Photo
from .split import TRAIN, VAL, split_images
from .workers import run_parallel

_SPLITS = (TRAIN, VAL)


@dataclass(frozen=True)
class DataSet:
    """What is to be written; images are named by their source.

    Attributes:
        photos (dict[str, Photo]): Image files.
        sizes (dict[str, tuple[int, int]]): Height and width, upright.
        names (dict[str, str]): Safe names.
        labels (dict[str, tuple[str, ...]]): Of images that are used.
        splits (dict[str, str]): That the user gave.
        classes (tuple[str, ...]): With the background.
        palette (list[list[int]]): RGB color of each class.
        problems (list[Problem]): That were found so far.
    """
    photos: dict[str, Photo]
    sizes: dict[str, tuple[int, int]]
    names: dict[str, str]
    labels: dict[str, tuple[str, ...]]
    splits: dict[str, str]
    classes: tuple[str, ...]
    palette: list[list[int]]
    problems: list[Problem]


@dataclass
class Written:
    """What was written.

    Attributes:
        labels (ImageLabels): Of all images.
        entries (Entries): Of all images.
        problems (list[Problem]): That showed only when images were decoded.
        changed (list[str]): Names of images that are new or other than
            before, or whose labels are.
        removed (list[str]): Names of images that were there before.
    """
    labels: ImageLabels | None = None
    entries: Entries = field(default_factory=Entries)
    problems: list[Problem] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)


def write_data(data: DataSet, earlier: Entries, places,
               options: dict, workers: int | None) -> Written:
    """Write copies, labels, lists, facts and entries.

    Nothing but copies is written if an image turns out to be damaged.

    Args:
        data (DataSet): What to write.
        earlier (Entries): Of the last time.
        places (Places): Where to.
        options (dict): ``max_side``, ``val_share`` and ``seed``.
        workers (int, optional): Processes.
    """
    copies = _write_copies(data, earlier, places, options['max_side'],
                           workers)
    found = Written(problems=_damaged(data, copies))
    if errors_of(found.problems):
        return found
    found.problems += _alike(data, copies)
    splits = _splits(data, copies, earlier, options)
    images = {
        data.names[source]: Entry(
            source, copied.size, copied.work_size, copied.digest,
            splits[source], data.photos[source].stamp, copied.stamp)
        for source, copied in sorted(copies.items())
    }
    found.labels = ImageLabels(data.classes[1:], {
        data.names[source]: found_labels
        for source, found_labels in data.labels.items()})
    found.entries = Entries(images, _all_names(data, earlier), data.classes,
                            options)
    found.changed = _changed(found, copies, data, earlier, places)
    found.removed = sorted(set(earlier.images) - set(images))
    _write_lists(data, found, places)
    _sweep(places, set(images))
    return found


def _all_names(data: DataSet, earlier: Entries) -> dict[str, str]:
    """Names by source, also of images that are gone for now."""
    used = set(data.names.values())
    gone = {source: name for source, name in earlier.names.items()
            if name not in used}
    return {**gone, **data.names}


def _write_copies(data: DataSet, earlier: Entries, places, max_side: int,
                  workers: int | None) -> dict[str, Copied]:
    """Copies of the used images, by source."""
    copies, jobs = {}, {}
    same = earlier.options.get('max_side') == max_side
    for source in data.labels:
        name, photo = data.names[source], data.photos[source]
        target = places.images / f'{name}.jpg'
        old = earlier.images.get(name)
        whole = bool(old) and same and stamp_of(target) == old.copy
        if whole and old.stamp == photo.stamp:
            copies[source] = _kept(old)
        else:
            jobs[source] = CopyJob(photo.path, target, max_side,
                                   old.digest if whole else '')
    done = run_parallel(write_copy, list(jobs.values()), 'work copies',
                        workers)
    for source, copied in zip(jobs, done):
        if copied.digest and not copied.written:
            copied = _kept(earlier.images[data.names[source]])
        copies[source] = copied
    return copies


def _kept(old: Entry) -> Copied:
    return Copied(old.digest, old.size, old.work_size, old.copy)


def _damaged(data: DataSet, copies: Mapping[str, Copied]) -> list[Problem]:
    return [error(f'labeled {UNREADABLE}', source, copied.flaw, copied.fix)
            for source, copied in copies.items() if not copied.digest]


def _alike(data: DataSet, copies: Mapping[str, Copied]) -> list[Problem]:
    """Warn about files of equal content."""
    groups: dict[str, list[str]] = {}
    for source, copied in copies.items():
        groups.setdefault(copied.digest, []).append(source)
    problems = []
    for group in groups.values():
        for other in group[1:]:
            differ = set(data.labels[other]) != set(data.labels[group[0]])
            problems.append(warning(
                'images that are equal', other, f'same file as {group[0]}' + (
                    ', but with other labels' if differ else ''),
                'keep one, with all its labels'))
    return problems


def _splits(data: DataSet, copies: Mapping[str, Copied], earlier: Entries,
            options: dict) -> dict[str, str]:
    """Splits by source; those of the last time stay."""
    same = all(earlier.options.get(key) == options[key]
               for key in ('val_share', 'seed'))
    known = {source: entry.split for source, (_, entry)
             in earlier.by_source().items()} if same else {}
    fixed = {source: split for source, split in {**known, **data.splits}
             .items() if source in data.labels}
    return split_images(data.labels, options['val_share'], options['seed'],
                        fixed, {s: c.digest for s, c in copies.items()})


def _changed(found: Written, copies: Mapping[str, Copied], data: DataSet,
             earlier: Entries, places) -> list[str]:
    before = _labels_before(places.labels)
    changed = []
    for source, copied in copies.items():
        name = data.names[source]
        old = earlier.images.get(name)
        if (old is None or old.digest != copied.digest or copied.written
                or before.get(name) != set(found.labels.images[name])):
            changed.append(name)
    return sorted(changed)


def _labels_before(path: Path) -> dict[str, set[str]]:
    """Labels of the last time, as far as they can be read."""
    try:
        labels = ImageLabels.load(path)
    except ValueError:
        return {}
    return {name: set(found) for name, found in labels.images.items()}


def _write_lists(data: DataSet, found: Written, places) -> None:
    images = found.entries.images
    lists = {split: [n for n in sorted(images) if images[n].split == split]
             for split in _SPLITS}
    # Stages need a sample in each list.
    lists = {split: names or sorted(images)
             for split, names in lists.items()}
    for split, names in dict(all=sorted(images), **lists).items():
        _write_text(places.split_list(split), names)
    # Stages depend on this one: not on names of folders, nor on times.
    write_json(places.contents, {
        name: [entry.digest, *entry.work_size]
        for name, entry in sorted(images.items())}, indent=0,
        ensure_ascii=False)
    found.labels.save(places.labels)
    write_facts(places.facts, places.data, data.classes, data.palette)
    found.entries.save(places.entries)


def _write_text(path: Path, names: Sequence[str]) -> None:
    with atomic_path(path) as temporary:
        temporary.write_text(''.join(f'{name}\n' for name in names),
                             encoding='utf-8')


def _sweep(places, names: set[str]) -> None:
    """Remove copies and maps of images that are gone."""
    for folder, suffix in ((places.images, '.jpg'), (places.saliency,
                                                     '.png')):
        for path in folder.glob(f'*{suffix}'):
            if path.name.removesuffix(suffix) not in names:
                path.unlink(missing_ok=True)
