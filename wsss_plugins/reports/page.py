"""What the sections of a page read, and where they say what is missing."""
import logging
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from ..pipelines.pipeline import Pipeline
from ..structures.classes import BACKGROUND, ClassSpace
from ..structures.errors import UserError
from ..structures.image_labels import ImageLabels
from ..structures.image_list import some
from .collect import StageResult, collect_results
from .elements import alarm, warning
from .results.base import Result

_LOGGER = logging.getLogger(__name__)
_Kind = TypeVar('_Kind', bound=Result)


class ReportPage:
    """A pipeline's results, and warnings for the top of its page.

    Attributes:
        pipeline (Pipeline): Whose page.
        results (list[StageResult]): Of its stages, in order.
        warnings (list[str]): HTML for the top of the page.

    Args:
        pipeline (Pipeline): Whose stages left results in the work dir.
    """

    def __init__(self, pipeline: Pipeline) -> None:
        self.pipeline = pipeline
        self.results: list[StageResult] = collect_results(pipeline)
        self.warnings: list[str] = []
        damaged = [line for r in self.results for line in r.damaged]
        if damaged:
            self.warn(f'{len(damaged)} result files are not shown.', damaged)

    def of(self, kind: type[_Kind]) -> Iterator[tuple[str, _Kind]]:
        """Results of a class with the names of their stages.

        Args:
            kind (type): The class, such as ``SweepResult``.
        """
        for stage in self.results:
            result = stage.result(kind)
            if result is not None:
                yield stage.name, result

    def warn(self, summary: str, lines: Sequence[str] = ()) -> None:
        """Say on top of the page, and in the log, that something is wrong.

        Args:
            summary (str): A sentence.
            lines (Sequence[str]): Details to unfold.
        """
        self.warnings.append(
            warning(summary, lines) if lines else alarm(summary))
        _LOGGER.warning('report: %s %s', summary, some(lines))

    @cached_property
    def classes(self) -> tuple[str, ...]:
        """Class names of the data set, the background included.

        Named in the pipeline file, or those of the image-level labels; empty
        if neither is there, with a warning if it should be.
        """
        if 'classes' in self.pipeline.cfg:
            names = tuple(self.pipeline.cfg.classes)
            if BACKGROUND in names:
                return names
            return ClassSpace.from_foreground(names).names
        path = self.pipeline.cfg.get('report', {}).get('labels')
        if not path:
            return ()
        path = Path(self.pipeline.fill(path))
        try:
            if not path.is_file():
                raise UserError(f'{path} is missing')
            labels = ImageLabels.load(path)
            return ClassSpace.from_foreground(labels.classes).names
        except UserError as error:
            self.warn(f'{error}, so classes are shown by number.')
            return ()
