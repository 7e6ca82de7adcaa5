"""Tables that people keep by hand or save from a spreadsheet."""
import csv
import io
import os

from ...structures import UserError, read_text
from ...structures.failures import reading

#: Names of the column that names images.
IMAGE_COLUMNS = ('image', 'images', 'name', 'file', 'filename', 'file_name')
_DELIMITERS = ',;\t'
_FIX = 'save it as a CSV file in UTF-8'
Rows = list[tuple[int, list[str]]]


def read_rows(path: str | os.PathLike) -> Rows:
    """Cells of the lines that are not empty, with the number of the line.

    Cells are separated by commas, semicolons or tabs, whichever splits the
    first line into a header; spaces around them do not count.

    Args:
        path (str | PathLike): The table, in UTF-8 or UTF-16.

    Raises:
        UserError: If it is missing, no text, or a quote is not closed.
    """
    text = read_text(path, 'table', _FIX)
    with reading(path, 'table', _FIX, 'fix the path'):
        try:
            reader = csv.reader(io.StringIO(text, newline=''), strict=True,
                                delimiter=_delimiter(text))
            rows = [(reader.line_num, [cell.strip() for cell in row])
                    for row in reader]
        except csv.Error as error:
            raise UserError(f'{path}: not a CSV file ({error}); close the '
                            'quotes') from None
    return [(number, row) for number, row in rows if any(row)]


def _delimiter(text: str) -> str:
    """What separates the cells of the first line that is not empty."""
    header = text.lstrip('\n').partition('\n')[0]
    # Ties go to the comma.
    return max(_DELIMITERS, key=header.count)
