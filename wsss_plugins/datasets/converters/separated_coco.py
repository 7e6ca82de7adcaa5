"""Public lists of COCO's separated or occluded objects, as JSON."""
import os

import numpy as np

from ...structures import UserError, load_pickle, segment_rle
from ...structures.failures import READ_FAILURES, reason
from ...structures.text_files import described

_FIELDS = ('file name', 'class', 'annotation id', 'box', 'RLE')


def separated_objects(path: str | os.PathLike) -> list[dict]:
    """Read a public list of separated or occluded objects of val2017.

    The lists (Tri-Layer, G. Zhan et al.: A Tri-Layer Plugin to Improve
    Occluded Detection, BMVC 2022, https://arxiv.org/abs/2210.10046) are
    pickles of rows: file name, class, annotation id, box, RLE. Their boxes
    have two meanings and are left out; the RLE tells them.

    Args:
        path (str | PathLike): The pickle; no code of it is run.

    Returns:
        list[dict]: Each ``id`` (of the annotation), ``file_name``,
        ``category`` (name) and ``segmentation`` (RLE).

    Raises:
        UserError: If the file is none of these lists, or an id comes twice.
    """
    rows = load_pickle(path)
    if not isinstance(rows, (list, tuple)) or not rows:
        raise UserError(f'{path}: not a list of objects; fetch it again')
    objects = [_object(path, i, row) for i, row in enumerate(rows)]
    if len({row['id'] for row in objects}) < len(objects):
        raise UserError(f'{path}: annotation ids come twice; fetch it again')
    return sorted(objects, key=lambda row: row['id'])


def _object(path: str | os.PathLike, number: int, row: object) -> dict:
    where = f'{path}: row {number}'
    if not isinstance(row, (list, tuple)) or len(row) != len(_FIELDS):
        raise UserError(f'{where} is not {", ".join(_FIELDS)}; fetch the '
                        'list again')
    name, category, ident, _, runs = row
    again = 'fetch the list again'
    if not isinstance(runs, dict):
        raise UserError(f'{where}: its RLE is {described(runs)}; {again}')
    if not isinstance(ident, int | np.integer) or isinstance(ident, bool):
        raise UserError(f'{where}: its id is {described(ident)}; {again}')
    try:
        counts, size = runs['counts'], tuple(int(n) for n in runs['size'])
        if isinstance(counts, str):
            counts = counts.encode('latin1')
        runs = segment_rle(dict(size=list(size), counts=counts), size, where)
    except UserError:
        raise
    except READ_FAILURES as error:
        raise UserError(f'{where} has no whole RLE ({reason(error)}); '
                        f'{again}') from None
    return dict(id=int(ident), file_name=str(name), category=str(category),
                segmentation=runs)
