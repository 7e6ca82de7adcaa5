"""Columns of a detector's masks."""
import json
from pathlib import Path

from ...registry import REPORT_COLUMNS
from ...structures.errors import UserError
from .instances import InstanceColumn


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
        try:
            found: dict[str, list[dict]] = {}
            for row in json.loads(path.read_text(encoding='utf-8')):
                name = images[row['image_id']].get('file_name')
                if name in self.names and row['score'] >= self.min_score:
                    found.setdefault(name, []).append(
                        dict(row, size=row['segmentation']['size']))
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise UserError(f'{path}: no detections ({error!r}); test the '
                            'detector again') from None
        return {name: sorted(part, key=lambda a: -a['score'])
                for name, part in found.items()}

    def text(self, entry: dict) -> str:
        """Class and score of a detection."""
        return f'{super().text(entry)} {entry["score"]:.2f}'
