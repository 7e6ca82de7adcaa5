"""Tables of a user's photos: read as they are meant, or told what is wrong."""
import csv
import json

import pytest

from wsss_plugins.own_images.prepare import prepare
from wsss_plugins.structures import UserError
from wsss_plugins.testing.photo_folder import write_photos
from wsss_plugins.workspace.layout import Workspace

PLAIN = {f'{tag}_{k}.png': [tag] for tag in ('sheep', 'bus', 'cat')
         for k in range(2)}
PHOTOS = {**{name: tags[0] for name, tags in PLAIN.items()},
          'in/one.png': 'cat', 'out/one.png': 'bus',
          'Stra\u00dfe \u00e9t\u00e9.png': 'bus', 'day.1.png': 'sheep',
          'twin.png': 'cat', 'twin.jpg': 'cat'}


@pytest.fixture(scope='module')
def photos(tmp_path_factory):
    root = write_photos(tmp_path_factory.mktemp('own') / 'pictures', PHOTOS)
    (root / 'torn.jpg').write_bytes((root / 'twin.jpg').read_bytes()[:300])
    (root / 'notes.txt').write_text('no photo')
    (root / '.hidden.jpg').write_bytes(b'x')
    return root


@pytest.fixture
def read(photos, tmp_path, capsys):
    """Prepare a table; labels by photo, and the list of problems."""
    def run(text, name='tags.csv', **options):
        data = text if isinstance(text, bytes) else text.encode()
        (tmp_path / name).write_bytes(data)
        out = Workspace(tmp_path / f'out_{name}')
        try:
            done = prepare(photos, tmp_path / name, out, workers=1, **options)
            labels = {entry.source: list(done.labels.images[key])
                      for key, entry in done.entries.items()}
        except UserError as error:
            assert str(error).count('\n') == 0 and str(out.problems) in str(
                error)
            assert not out.data.exists()
            labels = None
        told = json.loads(out.problems.read_text())
        printed = capsys.readouterr().err
        for each in told:
            assert each['what'] in printed and each['fix'] in printed
        levels = [each['level'] for each in told]
        assert levels == sorted(levels)
        return labels, [each for each in told if each['level'] == 'error'] if (
            labels is None) else told
    return run


def table(rows=PLAIN, head='image,tags', join=';', more=''):
    lines = [head, *(f'{n},{join.join(t)}' for n, t in rows.items())]
    return '\n'.join(lines) + '\n' + more


def columns(mark):
    return 'image,sheep,bus,cat\n' + ''.join(
        f'{n},{",".join(mark[c in t] for c in ("sheep", "bus", "cat"))}\n'
        for n, t in PLAIN.items())


ACCEPTED = dict(
    plain=table(),
    other_head=table(head='Photo,Category'),
    index=',image,labels\n' + ''.join(
        f'{i},{n},{t[0]}\n' for i, (n, t) in enumerate(PLAIN.items())),
    told_separator='sep=;\n' + table().replace(',', ';'),
    bars=table().replace(',', '|'),
    wide=('\ufeff' + table()).encode('utf-16'),
    old_mac=table().replace('\n', '\r'),
    notes_left_out=table(head='image,tags,who,when'),
    empty_columns=table().replace('\n', ',,\n'),
    lists=table({n: [f'"[\'{t[0]}\']"'] for n, t in PLAIN.items()}),
    flags=columns(('no', 'Yes')), checks=columns(('', '\u2713')),
    floats=columns(('0.0', '1.0')),
    folders_in_front=table({f'D:\\me\\set\\{n}': t
                            for n, t in PLAIN.items()}),
    own_folder=table({f'../pictures/{n}': t for n, t in PLAIN.items()}),
    stems=table({n[:-4]: t for n, t in PLAIN.items()}),
    capitals=table({n.upper(): t for n, t in PLAIN.items()}),
    again=table(more='bus_0.png,bus\n'))


@pytest.mark.parametrize('name', ACCEPTED)
def test_understood(read, name):
    labels, told = read(ACCEPTED[name])
    assert labels == PLAIN
    text = json.dumps(told)
    assert 'torn.jpg' in text and 'in/one.png' in text
    assert 'notes.txt' not in text and '.hidden' not in text


@pytest.mark.parametrize('name, photo', [
    ('out/one.png', None), ('in\\one', 'in/one.png'), ('day.1', 'day.1.png'),
    ('Strasse', ''), ('Stra\u00dfe e\u0301te\u0301.png', None),
    ('twin.JPG', 'twin.jpg'), ('./in/../in/one.png', 'in/one.png')])
def test_names_of_photos(read, photos, name, photo):
    labels, told = read(table(more=f'{name},cat\n'))
    if photo == '':
        assert labels is None and name in told[0]['what']
        return
    found = {n: t for n, t in labels.items() if n not in PLAIN}
    wanted = photo or name.replace('e\u0301', '\u00e9')
    assert found == {wanted: ['cat']}


@pytest.mark.parametrize('cell, labels', [
    ('"cat, bus"', ['bus', 'cat']), ('cat|bus', ['bus', 'cat']), ('', []),
    ('"cat\nbus"', ['bus', 'cat']), ('none', []), (';', []),
    ('"{""choices"": [""cat"", ""bus""]}"', ['bus', 'cat'])])
def test_cells_of_labels(read, cell, labels):
    found, _ = read(table(more=f'twin.png,{cell}\n'))
    assert found == {**PLAIN, 'twin.png': labels}


def test_a_line_for_each_label(read):
    text = table(more=table({n: ['cat'] for n in PLAIN}).partition('\n')[2])
    labels, told = read(text)
    assert labels == {n: sorted({*t, 'cat'}) for n, t in PLAIN.items()}
    assert any('joined' in each['what'] for each in told)


REFUSED = dict(
    gone=(table(more='lost.png,cat\nfar.png,bus\nelse/day.1.tif,cat\n'),
          [('8', 'lost.png'), ('9', 'far.png'), ('10', "is it 'day.1.png'?")]),
    zeros_and_ones=(table({n: [str(i % 2)] for i, n in enumerate(PLAIN)}),
                    [('only 0 and 1|0 or 1', )]),
    torn=(table(more='torn.jpg,cat\n,bus\nlost.png,bus\n'),
          [('9', ), ('8', 'torn.jpg'), ('10', 'lost.png')]),
    contradicted=(table(more='cat_0.png,bus\n'), [('8', 'cat_0.png', 'bus')]),
    unclear=(table(more='one.png,cat\ntwin,cat\n'),
             [('8', 'in/one.png', 'out/one.png'), ('9', 'twin.jpg')]),
    near=(table().replace('0.png,bus', '0.png,buses'), [('4', 'buses')]),
    twice=('image,bus,bus\nbus_0.png,1,0\n', [('1', "'bus'")]),
    blanks=(table({**PLAIN, 'twin.png': ['fire dog'], 'twin.jpg': [
        'Fire_dog']}), [('fire dog', 'Fire_dog')]),
    background=(table().replace('0.png,bus', '0.png,Background'),
                [('4', 'background')]),
    one_class=(table({n: ['bus'] for n in PLAIN}), [('bus', '6')]),
    nothing=(table({n: [] for n in PLAIN}), [('no image has a label', )]),
    ragged=(table(more='twin.png,cat,bus\n'), [('8', '3 cells')]),
    short=('image,sheep,bus\nbus_0.png,1\nbus_1.png,0,1\n', [('2', )]),
    counts=(columns(('0', '2')), [('neither 0 nor 1', )] * 6),
    encoding=(table(more='stra\u00dfe.png,cat\n').encode('latin-1'),
              [('8', 'UTF-8')]),
    nul=(table().replace('bus_1', 'bus\0_1'), [('5', 'NUL')]),
    quote=(table(more='twin.png,"cat\n'), [('8', 'quote|end of data')]),
    two_columns=(table(head='image,tags,class'), [('tags, class', )]),
    no_head=(table(head='bus_0.png,bus'), [('1', 'header')]),
    empty=('', [('header', )]), head=('image,tags\n', [('no lines', )]),
    binary=(b'PK\x03\x04' + bytes(99), [('spreadsheet', )]))


@pytest.mark.parametrize('name', REFUSED)
def test_told(read, name):
    text, wanted = REFUSED[name]
    labels, told = read(text)
    assert labels is None and len(told) == len(wanted)
    for each, words in zip(told, wanted):
        line = f'{each["where"]}: {each["what"]}'
        assert 'tags.csv' in line
        for word in words:
            assert any(w in line for w in word.split('|')), line


def test_what_images_without_a_row_are(read):
    labels, _ = read(table(), unlabeled='negative')
    assert len(labels) == len(PHOTOS) and labels['in/one.png'] == []
    labels, told = read(table(), 'u.csv', unlabeled='error')
    assert labels is None
    assert {'in/one.png', 'out/one.png'} <= {e['where'] for e in told}


def test_a_file_of_classes(read, tmp_path):
    text = table(more='twin.png,"Kitty;BUS"\n')
    path = tmp_path / 'classes.txt'
    path.write_text('cat: Kitty, pussycat\nsheep\nbus\n')
    labels, _ = read(text, classes_file=path)
    assert labels['twin.png'] == ['cat', 'bus']  # in the order of the file
    path.write_text('sheep: [lamb]\nbuss: []\ncat: kitty\n')
    labels, told = read(text, 't.csv', classes_file=path)
    assert labels is None and [e['what'][:30] for e in told] == [
        "unknown class 'bus', perhaps '", "unknown class 'BUS' (1 rows)"]
    path.write_text('sheep: lamb\nlamb: bus\n')
    labels, told = read(text, 't.csv', classes_file=path)
    assert labels is None and "'lamb' comes twice" in told[0]['what']


def test_a_comma_in_the_name_of_a_class(read, tmp_path):
    path = tmp_path / 'classes.json'
    path.write_text(json.dumps(['sheep', 'bus', 'cat', 'bus, red']))
    with open(tmp_path / 'tags.csv', 'w', newline='') as file:
        writer = csv.writer(file)
        writer.writerows([['image', 'tags'], *(
            [n, ';'.join(t)] for n, t in PLAIN.items()),
            ['twin.png', 'bus, red']])
    labels, _ = read((tmp_path / 'tags.csv').read_bytes(), classes_file=path)
    assert labels['twin.png'] == ['bus, red']


def held_out(out):
    return Workspace(out).split_list('val').read_text().split()


def test_a_split_in_the_table(read, photos, tmp_path):
    text = 'image,tags,split\n' + ''.join(
        f'{n},{t[0]},{("Train", "validation")["_1" in n]}\n'
        for n, t in PLAIN.items())
    read(text)
    names = held_out(tmp_path / 'out_tags.csv')
    assert names == ['bus_1', 'cat_1', 'sheep_1']
    (tmp_path / 'held.txt').write_text('cat_0\nbus_0.png\n')
    read(table(), 'other.csv', split_file=tmp_path / 'held.txt', seed=3)
    names = held_out(tmp_path / 'out_other.csv')
    assert names == ['bus_0', 'cat_0']
