"""What can be told of masks without any ground truth."""
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from ...pipelines.arguments import check_arguments
from ...registry import REPORT_SECTIONS
from ...structures import UserError, read_json
from ..elements import escape, soft
from ..page import ReportPage
from ..tables import Bar, percent, table
from .base import Section

_FIX = 'run the pipeline again'
_SHOWN = 20


@dataclass
class TrustFiles:
    """Entry ``trust``.

    Attributes:
        suspicion (str): JSON with ``images``, worst first: name, score,
            reasons, labels, classes_in_mask.
        scores (str, optional): JSON with held-out average precision ``ap``
            by foreground class.
    """
    suspicion: str
    scores: str | None = None


@REPORT_SECTIONS.register_module('trust')
class TrustSection(Section):
    """Classes, what the classifier knows of them, and the doubtful images."""
    title = 'Trust'
    order = 5

    def check(self, where: str, stages: Sequence[str]) -> None:
        """Check the entry."""
        check_arguments(where, self.entry, TrustFiles)

    def html(self, page: ReportPage) -> str:
        """Two tables; nothing without an entry."""
        if self.entry is None:
            return ''
        files = TrustFiles(**self.entry)
        images = _read(files.suspicion)['images']
        ap = _read(files.scores)['ap'] if files.scores else []
        return (self._classes(page, images, ap) + '<h3>Look at these first'
                '</h3>' + self._worst(images))

    @staticmethod
    def _classes(page: ReportPage, images: list[dict], ap: list) -> str:
        labeled = Counter(c for image in images for c in image['labels'])
        shown = Counter(c for image in images
                        for c in set(image['classes_in_mask'])
                        & set(image['labels']))
        doubt: dict[str, list[float]] = {}
        for image in images:
            for name in image['labels']:
                doubt.setdefault(name, []).append(image['score'])
        most = max([1, *labeled.values()])
        rows = []
        for i, name in enumerate(page.classes[1:]):
            scores = doubt.get(name, [])
            rows.append([
                name, Bar(labeled[name], labeled[name] / most), shown[name],
                percent(ap[i]) if i < len(ap) and ap[i] is not None else None,
                sum(scores) / len(scores) if scores else None
            ])
        return soft(
            'Average precision is that of a classifier for images that it '
            'was not fitted to: how well the class is told from the others '
            'by image-level labels alone. Doubt is explained below.') + table(
                ['class', 'labeled images', 'in their mask',
                 'average precision, %', 'mean doubt'], rows)

    @staticmethod
    def _worst(images: list[dict]) -> str:
        rows = [[image['name'], Bar(image['score'], image['score']),
                 ', '.join(image['labels']) or 'none of the classes',
                 '; '.join(r['text'] for r in image['reasons'])]
                for image in images[:_SHOWN]]
        return soft(
            f'The {min(_SHOWN, len(images))} images of {len(images)} with '
            'most doubt, 0 to 1. It comes from what disagrees, not from '
            'ground truth; <code>wsss review</code> shows all, worst first.'
        ) + table(['image', 'doubt', 'labels', 'why'], rows)


def _read(path: str) -> dict:
    data = read_json(path, 'part of the report', _FIX, _FIX)
    if not isinstance(data, dict):
        raise UserError(f'{escape(path)}: not of the expected layout; {_FIX}')
    return data
