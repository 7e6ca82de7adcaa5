"""What a section of the page is."""
from collections.abc import Sequence
from typing import Any, ClassVar

from ...structures.errors import UserError
from ..page import ReportPage


class Section:
    """A part of the page with a heading of its own.

    A subclass is registered in ``wsss_plugins.registry.REPORT_SECTIONS``. The
    name it gets there is that of its entry in a pipeline's ``report``, and
    the entry is handed to its constructor; a section without an entry gets
    None. ``NAME=False`` leaves a section out.

    Args:
        entry (object, optional): Its entry in the pipeline file. For a check,
            placeholders are not yet filled in.
    """
    #: Heading.
    title: ClassVar[str] = ''
    #: Place on the page: sections with smaller numbers come first. Those of
    #: this package count by tens.
    order: ClassVar[float] = 0

    def __init__(self, entry: Any = None) -> None:
        self.entry = entry

    def check(self, where: str, stages: Sequence[str]) -> None:
        """Check the entry, before any stage runs.

        Args:
            where (str): File and entry, for messages.
            stages (Sequence[str]): Names of the pipeline's stages.

        Raises:
            UserError: If the entry is wrong. By default each is: a section
                that reads one overrides this.
        """
        raise UserError(f'{where} = {self.entry!r}: this section takes no '
                        'options; write False to leave it out')

    def html(self, page: ReportPage) -> str:
        """The section below its heading.

        Args:
            page (ReportPage): Gives results and class names, and takes
                warnings.

        Returns:
            str: HTML; empty if there is nothing to show, which leaves out
            the heading as well.
        """
        raise NotImplementedError
