"""The same labels in every form that people bring."""
import json
from pathlib import Path

import pytest

from wsss_plugins.own_images.prepare import prepare
from wsss_plugins.structures import ImageLabels, UserError
from wsss_plugins.testing.photo_folder import write_photos
from wsss_plugins.testing.tools import run_tool
from wsss_plugins.workspace.layout import Workspace

TOOL = (Path(__file__).resolve().parents[1] / 'tools' / 'dataset_converters'
        / 'image_labels.py')
LABELS = {'a/1.jpg': ['cat'], 'b/1.jpg': ['bus', 'cat'], 'b/my x.png': [],
          'c.JPG': ['bus']}
ORDERED = ('bus', 'cat')


def pieces(labels, text):
    return ''.join(text.format(label) for label in labels)


def own(folder):
    return dict(classes=['bus', 'cat', 'sheep'], images=LABELS)


def mapping(folder):
    return LABELS


def records(folder):
    return [dict(file_name=n, labels=t) for n, t in LABELS.items()]


def coco(folder):
    ids = dict(bus=4, cat=9)
    return dict(
        images=[dict(id=i, file_name=n) for i, n in enumerate(LABELS)],
        categories=[dict(id=0, name='things'), *(
            dict(id=i, name=n) for n, i in ids.items())],
        annotations=[dict(id=10 * i + ids[t], image_id=i, category_id=ids[t],
                          bbox=[1, 1, 5, 5])
                     for i, n in enumerate(LABELS) for t in LABELS[n]])


def label_studio(folder):
    tasks = []
    for i, (name, tags) in enumerate(LABELS.items()):
        regions = [dict(type='choices', value=dict(choices=tags))] if i % 2 \
            else [dict(type='polygonlabels', value=dict(
                points=[[1, 2]], polygonlabels=[t])) for t in tags]
        tasks.append(dict(
            id=i, data=dict(image='/data/local-files/?d=photos/'
                            + name.replace(' ', '%20')),
            annotations=[dict(result=regions, was_cancelled=False),
                         dict(result=[], was_cancelled=True)]))
    return tasks


def label_studio_short(folder):
    return [dict(id=i, image=f'http://here:8080/data/upload/3/{name}',
                 annotator=1, choice=tags[0] if len(tags) == 1 else
                 dict(choices=tags)) for i, (name, tags) in
            enumerate(LABELS.items())]


def voc(folder):
    for name, tags in LABELS.items():
        path = (folder / name).with_suffix('.xml')
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(
            f'<annotation><filename>{Path(name).name}</filename>' + pieces(
                tags, '<object><name>{}</name></object>') + '</annotation>')


def labelme(folder):
    folder.mkdir()
    for i, (name, tags) in enumerate(LABELS.items()):
        (folder / f'{i}.json').write_text(json.dumps(dict(
            flags=dict.fromkeys(tags[1:], True) | dict(sheep=False),
            shapes=[dict(label=t, points=[[1, 1]]) for t in tags[:1]],
            imagePath='..\\photos\\' + name.replace('/', '\\'))))


def cvat(folder):
    images = ''.join(
        f'<image id="{i}" name="{name}" width="9" height="9">' + pieces(
            tags[:1], '<tag label="{}"/>') + pieces(
            tags[1:], '<box label="{}" xtl="1" ytl="1" xbr="2" ybr="2"/>')
        + '</image>' for i, (name, tags) in enumerate(LABELS.items()))
    folder.write_text(
        '<?xml version="1.0"?>\n<annotations><meta><task><labels>' + pieces(
            ORDERED, '<label><name>{}</name></label>')
        + f'</labels></task></meta>{images}</annotations>')


FORMS = dict(own=own, mapping=mapping, records=records, coco=coco,
             label_studio=label_studio, voc=voc, labelme=labelme, cvat=cvat,
             label_studio_short=label_studio_short)


@pytest.fixture
def photos(tmp_path):
    return write_photos(tmp_path / 'photos', dict.fromkeys(LABELS, 'cat'))


def make(tmp_path, form):
    path = tmp_path / 'labels'
    value = FORMS[form](path)
    if value is not None:
        path.write_text(json.dumps(value))
    return path


def read(photos, labels, out, **options):
    done = prepare(photos, labels, Workspace(out), workers=1, **options)
    return done, {entry.source: list(done.labels.images[name])
                  for name, entry in done.entries.items()}


@pytest.mark.parametrize('form', FORMS)
def test_forms(photos, tmp_path, form):
    done, labels = read(photos, make(tmp_path, form), tmp_path / 'out')
    assert labels == LABELS
    assert done.classes == ('background', *ORDERED)


@pytest.mark.parametrize('form, command', [
    ('labelme', 'labelme'), ('cvat', 'cvat'), ('label_studio_short',
                                               'label-studio')])
def test_forms_as_a_command(tmp_path, form, command, monkeypatch):
    names = {n.replace('/', '_'): tags for n, tags in LABELS.items()}
    monkeypatch.setitem(globals(), 'LABELS', names)
    source = make(tmp_path, form)
    assert not run_tool(TOOL, command, source, tmp_path / 'o.json',
                        '--keep-empty')
    found = ImageLabels.load(tmp_path / 'o.json')
    stems = {n.rpartition('.')[0]: tuple(t) for n, t in names.items()}
    assert {n.rpartition('\\')[2]: t for n, t in found.images.items()} == stems


def test_folders(tmp_path, capsys):
    photos = write_photos(tmp_path / 'photos', {
        'train/cat/1.jpg': 'cat', 'train/bus/1.jpg': 'bus',
        'valid/cat/deep/2.JPG': 'cat', 'valid/bus/2.png': 'bus',
        'valid/none/3.jpg': 'sheep', 'beside.jpg': 'cat'})
    (photos / 'train/bus/page.jpg').write_text('<html>')
    for labels in ('folders', photos):
        done, found = read(photos, labels, photos / 'out')
        assert found == {
            'train/bus/1.jpg': ['bus'], 'train/cat/1.jpg': ['cat'],
            'valid/bus/2.png': ['bus'], 'valid/cat/deep/2.JPG': ['cat'],
            'valid/none/3.jpg': []}
        assert {e.source[:5] == 'train' for e in done.entries.values()
                if e.split == 'train'} == {True}
        told = capsys.readouterr().err
        assert 'page.jpg' in told and 'beside.jpg' in told and 'none' in told


def test_folders_of_copies(tmp_path):
    photos = write_photos(tmp_path / 'photos', {
        f'{i}.jpg': 'cat' for i in range(3)})
    labels = tmp_path / 'by class'
    for name in ('cat/0.jpg', 'bus/1.jpg', 'bus/2.jpg', 'cat/2.jpg'):
        (labels / name).parent.mkdir(parents=True, exist_ok=True)
        (labels / name).write_bytes((photos / name[4:]).read_bytes())
    _, found = read(photos, labels, tmp_path / 'out')
    assert found == {'0.jpg': ['cat'], '1.jpg': ['bus'],
                     '2.jpg': ['bus', 'cat']}


WRONG = dict(
    unknown=('{"classes": ["cat"], "images": {"c.JPG": ["bus"]}}', ['bus']),
    other='{"a": 1}', cut='[{"image": "c.JPG", "labels": [',
    twice='{"c.JPG": ["cat"], "c.JPG": ["bus"]}',
    video='<?xml version="1.0"?><annotations><track id="0" label="a"/>'
    '</annotations>',
    cut_xml='<?xml version="1.0"?><annotations><image',
    other_xml='<html></html>')


@pytest.mark.parametrize('name', WRONG)
def test_broken(photos, tmp_path, name, capsys):
    path = tmp_path / 'labels'
    path.write_text(WRONG[name] if isinstance(WRONG[name], str)
                    else WRONG[name][0])
    with pytest.raises(UserError, match='problem'):
        read(photos, path, tmp_path / 'out')
    told = capsys.readouterr().err
    assert told.startswith('error: ') and str(path) in told
    assert not (tmp_path / 'out/data').exists()


def test_all_broken_annotations_are_told(photos, tmp_path, capsys):
    source = make(tmp_path, 'voc')
    (source / 'c.xml').write_text('<annotation>')
    (source / 'a/1.xml').write_text('<annotation><object/></annotation>')
    with pytest.raises(UserError, match='2 problems'):
        read(photos, source, tmp_path / 'out')
    told = capsys.readouterr().err
    assert 'c.xml' in told and 'a/1.xml' in told


def test_missing(photos, tmp_path, capsys):
    with pytest.raises(UserError, match='1 problem of'):
        read(photos, tmp_path / 'gone.csv', tmp_path / 'out')
    assert 'gone.csv: labels not found' in capsys.readouterr().err
    with pytest.raises(UserError, match='gone: folder of images not found'):
        read(tmp_path / 'gone', tmp_path / 'gone.csv', tmp_path / 'out')


def examples():
    """Labels that the documentation shows, by their first words."""
    text = (TOOL.parents[2] / 'docs/own_images/tables_and_photos.md'
            ).read_text()
    blocks, lines = [], []
    for line in [*text.split('\n'), '']:
        if line.startswith('    '):
            lines.append(line[4:])
        elif lines:
            blocks.append('\n'.join(lines) + '\n')
            lines = []
    starts = ('image,', '{"classes"', '{"images"', '<annotation', '{"imagePa',
              '[{"data"')
    return [block for block in blocks if block.startswith(starts)]


@pytest.mark.parametrize('text', examples(), ids=lambda text: text[:12])
def test_examples_of_the_documentation(tmp_path, text):
    photos = write_photos(tmp_path / 'photos', dict.fromkeys(
        ('cow1.jpg', 'farm/2.jpg', 'farm/3.jpg', 'sky.jpg'), 'cat'))
    labels = tmp_path / 'labels'
    if text.startswith(('<annotation>', '{"imagePath')):
        labels.mkdir()
        labels /= 'cow1.xml' if text[0] == '<' else 'cow1.json'
    labels.write_text(text)
    source = labels.parent if labels.parent != tmp_path else labels
    _, found = read(photos, source, tmp_path / 'out', unlabeled='negative')
    wanted = ['cow', 'car'] if text.startswith('{"imagePath') else ['cow']
    assert set(found.pop('cow1.jpg')) == set(wanted)
    assert found['sky.jpg'] == []
    if text.startswith('image,'):
        assert set(found['farm/2.jpg']) == {'cow', 'car'}


def test_the_documentation_shows_each_form():
    assert len(examples()) == 8
