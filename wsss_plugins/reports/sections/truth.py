"""What a few images with ground truth tell."""
from collections.abc import Sequence
from pathlib import Path

from ...registry import REPORT_SECTIONS
from ...structures import UserError, read_image_list
from ..elements import escape, soft
from ..page import ReportPage
from ..results.chosen import ChosenResult
from ..results.few_images import FewImagesResult
from ..tables import percent, table
from .base import Section

_WHAT = dict(
    eval_cam='CAMs at the usual threshold',
    eval_masks='masks of the CAMs',
    eval_final='final masks, which keep to the labels',
    eval_seg='segmentor alone, without labels')
# Images of a class below which its IoU tells little.
_FEW = 3


@REPORT_SECTIONS.register_module('truth')
class TruthSection(Section):
    """Scores with their intervals, the choice, and classes with too little.

    The entry is the list of the images that the segmentor was trained on.
    """
    title = 'Ground truth of some images'
    order = 7

    def check(self, where: str, stages: Sequence[str]) -> None:
        """Check the entry."""
        if not isinstance(self.entry, str):
            raise UserError(f'{where} = {self.entry!r}; name the list of the '
                            "segmentor's training images")

    def html(self, page: ReportPage) -> str:
        """A table of what was evaluated; nothing without an entry."""
        found = list(page.of(FewImagesResult))
        if self.entry is None or not found:
            return ''
        return (self._about(found[0][1]) + _scores(found) + _choices(page)
                + _little(found[0][1]))

    def _about(self, result: FewImagesResult) -> str:
        listed = Path(self.entry)
        try:
            truth = set(read_image_list(listed.with_name('truth.txt')))
            trained = len(truth & set(read_image_list(listed)))
        except UserError:
            trained = 0
        return soft(
            f'{result.images} images with ground truth, which trained '
            f'nothing. {trained} of them are among the training images of '
            'the segmentor, with the masks that were made here. Intervals '
            '(95 %) are over draws of images; IoU by class is below.')


def _scores(found: list[tuple[str, FewImagesResult]]) -> str:
    rows = []
    for stage, result in found:
        low, high = [*result.interval, None, None][:2]
        rows.append([_WHAT.get(stage, stage), percent(result.miou),
                     percent(low), percent(high)])
    return table(['masks', 'mIoU, %', 'from', 'to'], rows, 'results')


def _choices(page: ReportPage) -> str:
    """Choices in words, and the candidates."""
    content = ''
    for _, result in page.of(ChosenResult):
        choice = result.choice
        low, high = (100 * x for x in choice.gain)
        content += (
            f'<h3>Chosen by ground truth: {escape(choice.parameter)}</h3>'
            + soft(f'{escape(choice.told())}. Against the default, '
                   f'{low:+.1f} to {high:+.1f} points. Scores of all masks '
                   'on these images, here and above, are a little too good, '
                   'as the choice was made by them; the held-out one is not.')
            + table([choice.parameter, 'mIoU, %'], [
                [f'{value:g}', percent(miou)]
                for value, miou in zip(choice.values, choice.miou)]))
    return content


def _little(result: FewImagesResult) -> str:
    few = [f'{escape(name)} ({count})' for name, count in
           result.images_by_class.items() if count < _FEW]
    if not few:
        return ''
    return soft('Too few images to tell the IoU of these classes (number of '
                f'images that show them): {", ".join(few)}.')
