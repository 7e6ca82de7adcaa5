"""COCO files as streams, and records in shards."""
import json

import numpy as np
import pytest

from wsss_plugins.structures import RecordShards, UserError, json_stream
from wsss_plugins.structures.coco_json import (
    CocoWriter,
    coco_head,
    iter_annotations,
)

DATA = dict(
    info=dict(text='a "quoted" [text], {braces} \\ and ünïcode'),
    annotations=[
        dict(id=i, image_id=i % 3, area=1.5 * i, segmentation=[[i, 2, 3]])
        for i in range(50)
    ],
    images=[dict(id=i, file_name=f'{i}.jpg') for i in range(3)],
    categories=[dict(id=1, name='cat')],
    version=12345)


def written(path, data, **options):
    path.write_text(json.dumps(data, **options), encoding='utf-8')
    return path


@pytest.mark.parametrize('chunk', [1, 2, 3, 7, 64, 1 << 20])
@pytest.mark.parametrize('options', [
    dict(), dict(indent=1), dict(ensure_ascii=False, separators=(',', ':'))
])
def test_reading_in_pieces_gives_what_json_gives(tmp_path, monkeypatch,
                                                 chunk, options):
    path = written(tmp_path / 'a.json', DATA, **options)
    monkeypatch.setattr(json_stream, '_CHUNK', chunk)
    assert list(iter_annotations(path)) == DATA['annotations']
    head = coco_head(path)
    assert dict(head, annotations=DATA['annotations']) == DATA


def test_annotations_are_parsed_as_they_are_asked(tmp_path, monkeypatch):
    text = json.dumps(DATA)
    path = tmp_path / 'a.json'
    path.write_text(text[:len(text) // 2])
    monkeypatch.setattr(json_stream, '_CHUNK', 16)
    assert next(iter_annotations(path)) == DATA['annotations'][0]
    with pytest.raises(UserError, match=r'a\.json: not JSON'):
        list(iter_annotations(path))


@pytest.mark.parametrize('text, message', [
    ('', 'expected one of'), ('[]', 'expected one of'),
    ('{"annotations": [{"id": 1, "image_id": 1} 2]}', 'expected one of'),
    ('{"annotations": [{"id": 1}]}', 'annotation 1: it has no image_id'),
    ('{"annotations": [3]}', r'annotations\[0\]: it is the number 3'),
    ('{"annotations": [{"id": 1,', 'not JSON'),
    ('{"annotations": ' + '[' * 100000, 'not JSON'),
])
def test_broken_files(tmp_path, text, message):
    path = tmp_path / 'a.json'
    path.write_text(text)
    with pytest.raises(UserError, match=message):
        list(iter_annotations(path))


def test_head_without_images(tmp_path):
    path = written(tmp_path / 'a.json', dict(annotations=[], images=[{}]))
    with pytest.raises(UserError, match=r'images\[0\]: it has no id'):
        coco_head(path)
    with pytest.raises(UserError, match='JSON file not found'):
        coco_head(tmp_path / 'none.json')
    (tmp_path / 'b.json').write_bytes(b'{"a": "\xff\xfe"}')
    with pytest.raises(UserError, match='not a whole JSON file .*UTF-8'):
        coco_head(tmp_path / 'b.json')


def test_writer_appears_whole_or_not_at_all(tmp_path):
    path = tmp_path / 'out' / 'a.json'
    with CocoWriter(path, DATA) as writer:
        for annotation in DATA['annotations']:
            writer.write(annotation)
        assert not path.exists()
    assert writer.count == 50
    assert json.loads(path.read_text()) == DATA
    before = path.read_bytes()
    with pytest.raises(RuntimeError), CocoWriter(path, DATA) as writer:
        writer.write(dict(id=1))
        raise RuntimeError
    assert path.read_bytes() == before
    assert [p.name for p in path.parent.iterdir()] == ['a.json']
    with CocoWriter(path, dict(images=[])):
        pass
    assert json.loads(path.read_text()) == dict(images=[], annotations=[])


def test_writer_refuses_what_json_cannot_hold(tmp_path):
    with pytest.raises(ValueError), CocoWriter(tmp_path / 'a', {}) as writer:
        writer.write(dict(area=float('nan')))
    assert not (tmp_path / 'a').exists()


def record(number):
    return dict(text='ü' * (number % 5), id=number, counts=f'{number}"]')


def test_records_are_found_again(tmp_path):
    numbers = np.random.default_rng(0).permutation(101).tolist()
    shards = [RecordShards(tmp_path, size=7) for _ in range(3)]
    for i, number in enumerate(numbers):
        shards[i % 3].add(record(number))
    for shard in shards:
        shard.flush()
    index = shards[0].index()
    assert index.keys.tolist() == sorted(numbers) and len(index) == 101
    assert all(index.get(n) == record(n) for n in numbers)
    assert index.get(101) is None and index.get(-1) is None
    index.close()


def test_records_that_come_twice_are_kept_once(tmp_path):
    for part in ([1, 2, 3], [3, 4], [1, 2, 3]):
        shards = RecordShards(tmp_path, size=100)
        for number in part:
            shards.add(record(number))
        shards.flush()
    assert len(list(tmp_path.iterdir())) == 2
    assert shards.index().keys.tolist() == [1, 2, 3, 4]


def test_shards_of_nothing_and_of_something_else(tmp_path):
    shards = RecordShards(tmp_path / 'none')
    shards.flush()
    assert len(shards.index()) == 0 and shards.index().get(1) is None
    assert not (tmp_path / 'none').exists()
    (tmp_path / 'x.jsonl').write_text('{"key": 3}\n')
    with pytest.raises(UserError, match='no numbered records'):
        RecordShards(tmp_path).index()
    with pytest.raises(UserError, match='size=0'):
        RecordShards(tmp_path, size=0)


def test_half_a_file_is_not_read(tmp_path):
    shards = RecordShards(tmp_path)
    shards.add(record(1))
    shards.flush()
    (tmp_path / '.half.abc.jsonl').write_text('{"id": 7, "te')
    assert shards.index().keys.tolist() == [1]
