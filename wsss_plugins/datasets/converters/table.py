"""Tables that people keep by hand or save from a spreadsheet."""
import csv
import io
import os
import re
from pathlib import Path

from ...structures import Problem, UserError
from ...structures.failures import reading
from ...structures.problems import error, problem_of

#: Names of the column that names images.
IMAGE_COLUMNS = ('image', 'images', 'name', 'file', 'filename', 'file_name')
_DELIMITERS = ',;\t|'
_FIX = 'save it as a CSV file in UTF-8'
_KIND = 'table that cannot be read'
_UTF16 = b'\xff\xfe', b'\xfe\xff'
# First bytes of XLSX and ODS (ZIP), and of XLS.
_SPREADSHEETS = b'PK\x03\x04', b'\xd0\xcf\x11\xe0'
# What spreadsheets write above a table to tell its separator.
_TOLD = re.compile('sep=(.)\n', re.IGNORECASE)
_NOT_UTF8 = re.compile('[\ud800-\udfff]')
_SHOWN = 5
Rows = list[tuple[int, list[str]]]


def read_rows(path: str | os.PathLike) -> Rows:
    """Cells of the lines that are not empty, with the number of the line.

    Cells are separated by commas, semicolons, tabs or bars, whichever splits
    the first line into a header; spaces around them do not count.

    Args:
        path (str | PathLike): The table, in UTF-8 or UTF-16.

    Raises:
        UserError: If it is missing, no text, or a quote is not closed.
    """
    rows, problems = scan_rows(path)
    if problems:
        raise UserError(problems[0].line)
    return rows


def scan_rows(path: str | os.PathLike) -> tuple[Rows, list[Problem]]:
    """As :func:`read_rows`, but what is wrong is collected.

    Returns:
        tuple: Lines that could be read, and a problem for each flaw.
    """
    try:
        with reading(path, 'table', _FIX, 'fix the path'):
            data = Path(path).read_bytes()
    except UserError as problem:
        return [], [problem_of(_KIND, problem)]
    if data.startswith(_SPREADSHEETS):
        return [], [_problem(path, 'it is a spreadsheet or an archive, not a '
                             'table of text')]
    try:
        text = _decoded(data)
    except UnicodeDecodeError:
        return [], [_problem(path, 'not a whole table (not UTF-16 text)')]
    problems = _flaws_of_text(path, text)
    rows, wrong = _parsed(path, text.replace('\0', ''))
    return [(number, row) for number, row in rows
            if any(row) and not any(map(_NOT_UTF8.search, row))
            ], problems + wrong


def _problem(where: object, what: str, fix: str = _FIX) -> Problem:
    return error(_KIND, where, what, fix)


def _decoded(data: bytes) -> str:
    """Text with plain line ends; surrogates where it is not UTF-8."""
    wide = data.startswith(_UTF16)
    text = (data.decode('utf-16') if wide else
            data.decode('utf-8-sig', 'surrogateescape'))
    text = text.removeprefix('\ufeff')  # some programs write two marks
    return text.replace('\r\n', '\n').replace('\r', '\n')


def _flaws_of_text(path: str | os.PathLike, text: str) -> list[Problem]:
    problems = []
    for pattern, what in (
            (_NOT_UTF8, 'not a whole table (not UTF-8 text in line '),
            (re.compile('\0'), 'not a text file (NUL bytes in line ')):
        lines = [str(number) for number, line in enumerate(
            text.split('\n'), 1) if pattern.search(line)]
        if lines:
            some = ', '.join(lines[:_SHOWN])
            more = ', ...' if len(lines) > _SHOWN else ''
            problems.append(_problem(path, f'{what}{some}{more})'))
    return problems


def _parsed(path: str | os.PathLike, text: str) -> tuple[Rows, list[Problem]]:
    told = _TOLD.match(text)
    delimiter = told[1] if told else _delimiter(text)
    # The line that tells it stays, empty, for the numbers of lines.
    text = '\n' + text[told.end():] if told else text
    reader = csv.reader(io.StringIO(text, newline=''), strict=True,
                        delimiter=delimiter)
    rows, problems = [], []
    while True:
        start = reader.line_num + 1
        try:
            rows.append((start, [cell.strip() for cell in next(reader)]))
        except StopIteration:
            return rows, problems
        except csv.Error as flaw:
            problems.append(_problem(
                path, f'not a CSV file: line {start}: {flaw}',
                'close the quotes'))


def _delimiter(text: str) -> str:
    """What separates the cells of the first line that is not empty."""
    header = text.lstrip('\n').partition('\n')[0]
    # Ties go to the comma.
    return max(_DELIMITERS, key=header.count)
