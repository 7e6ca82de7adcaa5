"""Columns of a detector's masks."""
from pathlib import Path

from ...registry import REPORT_COLUMNS
from ...structures.errors import UserError
from ...structures.failures import reading
from ...structures.text_files import read_json
from .instances import InstanceColumn

_WHAT, _FIX = 'file of detections', 'test the detector again'


@REPORT_COLUMNS.register_module('detections')
class DetectionColumn(InstanceColumn):
    """Masks of mmdet's result file over the image, those of high score.

    The file names images by id: the samples' ``names`` must be a COCO json.

    Args:
        title (str): Above the column.
        path (str): The file, ``*.segm.json``.
        min_score (float): Score from which a detection is shown.
    """

    def __init__(self, title: str, path: str, min_score: float = .5) -> None:
        super().__init__(title, path)
        self.min_score = min_score

    def read(self, path: Path) -> dict[str, list[dict]]:
        """Detections by file name of their image, the highest score first."""
        if self.source is None or self.source.suffix != '.json':
            raise UserError(f'{path}: detections name images by id; name the '
                            'samples by a COCO json')
        images = self.head(self.source)
        found: dict[str, list[dict]] = {}
        with reading(path, _WHAT, _FIX, missing=_FIX):
            for row in read_json(path, _WHAT, _FIX, missing=_FIX):
                name = images[row['image_id']].get('file_name')
                if name in self.names and row['score'] >= self.min_score:
                    found.setdefault(name, []).append(
                        dict(row, size=row['segmentation']['size']))
        return {name: sorted(part, key=lambda a: -a['score'])
                for name, part in found.items()}

    def text(self, entry: dict) -> str:
        """Class and score of a detection."""
        return f'{super().text(entry)} {entry["score"]:.2f}'
