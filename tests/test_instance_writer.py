"""Instances of images as files, as one COCO json, and their AP."""
import json

import numpy as np
import pytest

from wsss_plugins.evaluation import InstanceWriter
from wsss_plugins.evaluation.instance_scores import mask_ap
from wsss_plugins.evaluation.instance_writer import join_instances
from wsss_plugins.structures import ImageInstances, UserError

CATEGORIES = [dict(id=1, name='cat'), dict(id=2, name='dog')]


def squares(*places, size=(20, 30)):
    masks = np.zeros((len(places), *size), bool)
    for mask, (y, x) in zip(masks, places):
        mask[y:y + 6, x:x + 6] = True
    return masks


def write(folder, name, places, labels, scores):
    ImageInstances.of_masks(f'{name}.jpg', squares(*places), labels,
                            scores).save(folder / f'{name}.json')


@pytest.fixture
def folder(tmp_path):
    files = tmp_path / 'files'
    files.mkdir()
    write(files, 'b', [(2, 3), (10, 20)], [1, 2], [.9, 0.])
    write(files, 'a', [(4, 4)], [2], [.5])
    write(files, 'c', [], [], [])
    (files / '.c.tmp.json').write_text('half')
    return files


def joined(folder, min_score=1e-5):
    out = folder.parent / 'instances.json'
    counts = join_instances(folder, out, CATEGORIES, min_score)
    return counts, json.loads(out.read_text())


def test_one_json_of_a_folder(folder):
    counts, found = joined(folder)
    assert counts == dict(images=3, instances=2)
    assert [(i['id'], i['file_name'], i['height'], i['width'])
            for i in found['images']] == [
                (1, 'a.jpg', 20, 30), (2, 'b.jpg', 20, 30),
                (3, 'c.jpg', 20, 30)]
    assert found['categories'] == CATEGORIES
    first, second = found['annotations']
    assert (first['id'], first['image_id'], first['category_id']) == (1, 1, 2)
    assert (second['id'], second['image_id']) == (2, 2)
    assert second['bbox'] == [3, 2, 6, 6] and second['area'] == 36
    assert joined(folder, 0.)[0]['instances'] == 3


def test_files_come_back(folder):
    found = ImageInstances.load(folder / 'b.json')
    assert found.size == (20, 30) and list(found.scores) == [.9, 0.]
    assert list(found.labels) == [1, 2]


@pytest.mark.parametrize('text', [
    '', '{"size": [2, 3]}', '[]',
    '{"file_name": "a.jpg", "size": [2, 3], "labels": [1], "scores": [1],'
    ' "masks": ["1"]}',
    '{"file_name": "a.jpg", "size": [2, 3], "labels": [1], "scores": [],'
    ' "masks": []}'])
def test_broken_files(tmp_path, text):
    path = tmp_path / 'a.json'
    path.write_text(text)
    with pytest.raises(UserError, match='a.json'):
        ImageInstances.load(path)


def test_json_among_the_files(tmp_path):
    with pytest.raises(UserError, match='lies in out_dir'):
        InstanceWriter(str(tmp_path), str(tmp_path / 'all.json'))


def truth_of(folder, places, names=('b', 'a')):
    """True masks; images have other ids than the found ones."""
    images = [dict(id=10 + i, file_name=f'{n}.jpg', height=20, width=30)
              for i, n in enumerate(names)]
    annotations = []
    for number, (name, label, place) in enumerate(places, 1):
        one = ImageInstances.of_masks('', squares(place), [label], [1.])
        annotations += [
            dict(a, id=number, image_id=10 + names.index(name))
            for a in one.annotations(0)]
    path = folder.parent / 'truth.json'
    path.write_text(json.dumps(dict(images=images, annotations=annotations,
                                    categories=CATEGORIES)))
    return path


def test_ap_joins_images_by_name_and_counts_scores(folder):
    (folder / 'c.json').unlink()
    joined(folder, 0.)
    found = folder.parent / 'instances.json'
    truth = truth_of(folder, [('b', 1, (2, 3)), ('a', 2, (4, 4))])
    # The wrong dog scores less than the right one, so it costs nothing.
    assert mask_ap(found, truth)['ap50'] == pytest.approx(1)
    write(folder, 'b', [(2, 3), (10, 20)], [1, 2], [.9, .8])
    joined(folder, 0.)
    assert mask_ap(found, truth)['ap50'] == pytest.approx(.75)


def test_ap_of_nothing_and_of_other_images(folder):
    found = folder.parent / 'instances.json'
    joined(folder)
    truth = truth_of(folder, [('b', 1, (2, 3))])
    with pytest.raises(UserError, match="image 'c.jpg' is not in"):
        mask_ap(found, truth)
    (folder / 'c.json').unlink()
    joined(folder, 2.)
    assert mask_ap(found, truth) == dict(ap=0., ap50=0., ap75=0.)


@pytest.mark.parametrize('key, value, word', [
    ('scores', '1', 'scores is the text'),
    ('scores', [float('inf')], 'scores holds'),
    ('labels', ['cat'], "labels holds the text 'cat'"),
    ('masks', [7], 'masks holds the number 7'),
    ('file_name', None, 'file_name is null'),
])
def test_files_of_another_layout(tmp_path, key, value, word):
    path = tmp_path / 'a.json'
    ImageInstances.of_masks('a.jpg', np.ones((1, 4, 5), bool), [1],
                            [.5]).save(path)
    path.write_text(json.dumps(dict(json.loads(path.read_text()),
                                    **{key: value})))
    with pytest.raises(UserError) as error:
        ImageInstances.load(path)
    assert word in str(error.value) and 'a.json' in str(error.value)
