"""Image-level labels from Label Studio's exports."""
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from ...structures.image_files import split_suffix
from ...structures.problems import error, warning
from .label_format import LabelFormat
from .label_rows import LabelRow, LabelRows, LabelSource, note_empty

_KIND = 'tasks of Label Studio that cannot be read'
# Entries of an exported task, and of one in the short form.
_FULL = ('annotations', 'completions')
_SHORT = ('annotator', 'annotation_id', 'lead_time', 'updated_at')
_IMAGE_KEYS = ('image', 'img', 'photo', 'picture')
# What the server puts before the names of uploads.
_UPLOAD = re.compile(r'^[0-9a-f]{8}-')


class LabelStudioFormat(LabelFormat):
    """Exports as JSON and JSON-MIN: choices, and labels of regions."""
    name = 'label-studio'
    source = 'JSON export of Label Studio'
    may_be_empty = True

    def recognizes(self, source: LabelSource) -> bool:
        """By the entries of its tasks."""
        data = source.json
        return isinstance(data, list) and bool(data) and all(
            isinstance(task, dict) and (_is_full(task) or _is_short(task))
            for task in data)

    def rows(self, source: LabelSource,
             classes: Sequence[str] = ()) -> LabelRows:
        """Each task that somebody has annotated."""
        found, waiting, several = LabelRows(), 0, 0
        for number, task in enumerate(source.json):
            where = f'{source.path}: task {task.get("id", number)}'
            names = _names(task)
            answers = [set(_labels(result)) for result in _answers(task)]
            if not names:
                found.problems.append(error(
                    _KIND, where, 'no image in its data', 'export tasks of '
                    'images'))
            elif answers:
                several += any(each != answers[0] for each in answers)
                labels = sorted(set().union(*answers))
                found.rows.append(LabelRow(where, names, tuple(labels)))
            else:
                waiting += 1
        _tell(found, source, waiting, several)
        return note_empty(found, source)


def _tell(found: LabelRows, source: LabelSource, waiting: int,
          several: int) -> None:
    if waiting:
        found.problems.append(warning(
            'tasks that are not annotated', source.path, f'{waiting} tasks '
            'have no annotation, or are skipped; their images count as '
            'without a row', 'annotate them'))
    if several:
        found.problems.append(warning(
            'tasks with different annotations', source.path, f'{several} '
            'tasks are annotated several times in different ways; their '
            'labels are joined', 'mark the right one as ground truth'))


def _is_full(task: Mapping[str, Any]) -> bool:
    return isinstance(task.get('data'), dict) and any(
        isinstance(task.get(key), list) for key in _FULL)


def _is_short(task: Mapping[str, Any]) -> bool:
    return 'data' not in task and any(key in task for key in _SHORT)


def _answers(task: Mapping[str, Any]) -> list[Any]:
    """Results of each annotation that counts."""
    if not _is_full(task):
        return [[value for key, value in task.items()
                 if isinstance(value, list | dict) or key == 'choice'
                 or key == 'label']]
    done = [each for key in _FULL for each in task.get(key) or ()
            if isinstance(each, dict) and not each.get('was_cancelled')]
    right = [each for each in done if each.get('ground_truth')]
    return [[region.get('value') for region in each.get('result') or ()
             if isinstance(region, dict)] for each in right or done]


def _labels(value: Any) -> Iterator[str]:
    """Names of classes in what a control of the page returned."""
    if isinstance(value, str):
        yield value.strip()
    elif isinstance(value, list):
        for each in value:
            yield from _labels(each)
    elif isinstance(value, dict):
        for key, each in value.items():
            if key == 'choices' or key.endswith('labels'):
                yield from _labels(each)


def _names(task: Mapping[str, Any]) -> tuple[str, ...]:
    """What the image of a task may be called."""
    data = task.get('data', task)
    texts = {k: v for k, v in data.items() if isinstance(v, str) and v}
    path = next((texts[k] for k in _IMAGE_KEYS if k in texts), None)
    if path is None:
        path = next((v for v in texts.values()
                     if split_suffix(urlsplit(v).path)[1]), None)
    if path is None:
        return ()
    parts = urlsplit(path)
    local = parse_qs(parts.query).get('d')
    # A name may hold what separates the parts of an address.
    full = local[0] if local else unquote(parts.path) if (
        parts.scheme and parts.netloc) else unquote(path)
    last = full.rpartition('/')[2]
    return tuple(dict.fromkeys((full, last, _UPLOAD.sub('', last))))
