"""A new format of image-level labels is one new file."""
import importlib
from pathlib import Path

from wsss_plugins.datasets import converters
from wsss_plugins.datasets.converters.label_format import label_formats
from wsss_plugins.structures import ImageLabels
from wsss_plugins.testing.tools import run_tool

TOOL = (Path(__file__).resolve().parents[1] / 'tools' / 'dataset_converters'
        / 'image_labels.py')
LINES = '''
from pathlib import Path
from wsss_plugins.datasets.converters.label_format import LabelFormat
from wsss_plugins.structures import ImageLabels

class LinesFormat(LabelFormat):
    """NAME: CLASS CLASS"""
    name, source = 'lines', 'text file of NAME: CLASS CLASS'

    def add_arguments(self, parser):
        parser.add_argument('--sign', default=':')

    def read(self, args, classes, names):
        rows = [line.split(args.sign)
                for line in Path(args.source).read_text().splitlines()]
        return ImageLabels(tuple(classes),
                           {name: found.split() for name, found in rows})
'''


def test_new_format(tmp_path, monkeypatch):
    before = set(label_formats())
    assert {'coco', 'csv'} <= before and 'lines' not in before
    (tmp_path / 'lines_of_text.py').write_text(LINES)
    monkeypatch.setattr(converters, '__path__',
                        [*converters.__path__, str(tmp_path)])
    importlib.invalidate_caches()
    source, output = tmp_path / 'labels.txt', tmp_path / 'labels.json'
    source.write_text('a= cat dog\nb= dog\n')
    assert run_tool(TOOL, 'lines', source, output, '--sign', '=',
                    '--classes', 'cat', 'dog') == 0
    assert ImageLabels.load(output).images == dict(
        a=('cat', 'dog'), b=('dog', ))
