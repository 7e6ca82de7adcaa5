"""What the review server answers, stores and refuses."""
import gzip
import io
import json
import sys
import time
from base64 import b64encode
from http.client import HTTPConnection

import numpy as np
import pytest
from PIL import Image

from wsss_plugins.structures import UserError, read_mask
from wsss_plugins.testing.review_server import (
    CLASSES,
    packed,
    served,
    small_workspace,
)
from wsss_plugins.workspace.corrections import Corrections

pytest.importorskip('starlette')
pytest.importorskip('uvicorn')
SLOW = ('import time, sys\n'
        'for i in range(50):\n'
        '    print("stage", i, end="\\r", flush=True); time.sleep(.05)')


@pytest.fixture(scope='module')
def shared_space(tmp_path_factory):
    return small_workspace(tmp_path_factory.mktemp('w') / 'out')


@pytest.fixture(scope='module')
def reader(shared_space):
    """A server that tests only read from."""
    with served(shared_space) as client:
        yield client


@pytest.fixture
def space(tmp_path):
    return small_workspace(tmp_path / 'out')


@pytest.fixture
def client(space):
    with served(space) as client:
        yield client


def test_list_is_worst_first_and_details_fit(reader, shared_space):
    items = reader.json('api/images')['images']
    scores = [item['score'] for item in items]
    assert len(items) == 4 and scores == sorted(scores, reverse=True)
    assert {i['name']: i['labels'] for i in items}['photo_0'] == ['cat',
                                                                 'owl']
    one = reader.json('api/images/photo_0')
    assert (one['height'], one['width']) == (120, 160)
    assert one['cams'] == [1, 3] and one['reasons'][0]['text']
    mask = reader.pixels('api/images/photo_0/mask')
    assert (mask == read_mask(shared_space.mask_dir / 'photo_0.png')).all()
    cam = reader.pixels('api/images/photo_0/cam?label=3')
    assert cam.shape == (15, 20) and cam.max() == 255


def test_works_without_suspicion_masks_and_cams(space):
    space.suspicion.unlink()
    (space.mask_dir / 'photo_1.png').unlink()
    (space.cam_dir / 'photo_1.npz').unlink()
    with served(space) as client:
        names = [i['name'] for i in client.json('api/images')['images']]
        assert names == sorted(names)
        one = client.json('api/images/photo_1')
        assert one['score'] is None and not one['cams']
        assert not client.pixels('api/images/photo_1/mask').any()
        client.json('api/images/photo_1/cam?label=1', status=404)


def test_pictures(reader):
    for path, side in (('image/photo_2', 160), ('thumb/photo_2', 112)):
        code, headers, data = reader.raw(path)
        assert code == 200 and headers['Content-Type'] == 'image/jpeg'
        with Image.open(io.BytesIO(data)) as image:
            assert max(image.size) == side


def test_save_and_take_back(client, space):
    mask = np.full((120, 160), 2, np.uint8)
    mask[:9] = 255
    path = 'api/images/photo_1'
    entry = client.json(path, 'PUT', dict(
        revision=0, labels=['dog', 'yak'], status='accepted',
        mask=packed(mask)))
    assert entry['revision'] == 1
    assert (client.pixels(f'{path}/mask') == mask).all()
    stages = client.pixels(f'{path}/mask?stages=1')
    assert (stages == read_mask(space.mask_dir / 'photo_1.png')).all()
    made = Corrections(space.corrections, CLASSES)
    assert made.read()['photo_1']['labels'] == ['dog', 'yak']
    assert (made.mask('photo_1') == mask).all()
    with Image.open(made.mask_path('photo_1')) as image:
        assert image.mode == 'P'
    changes = client.json('api/changes?since=0')
    assert list(changes['images']) == ['photo_1']
    assert client.json('api/changes?since=1')['images'] == {}
    client.json(path, 'PUT', dict(revision=1, labels=None, status=None,
                                  mask=None))
    one = client.json(path)
    assert one['labels'] == ['dog'] and not one['masked']
    assert one['status'] is None and one['revision'] == 2


def test_stale_save_is_told_and_changes_nothing(client):
    path = 'api/images/photo_1'
    client.json(path, 'PUT', dict(revision=0, status='accepted'))
    told = client.json(path, 'PUT', dict(revision=0, status='rejected'), 409)
    assert told['entry']['status'] == 'accepted'
    assert client.json(path)['status'] == 'accepted'


def test_other_processes_are_seen(client, space):
    Corrections(space.corrections, CLASSES).set_labels('photo_2', ['dog'])
    changes = client.json('api/changes?since=0')
    assert changes['images']['photo_2']['labels'] == ['dog']


SMALL = np.zeros((120, 160), np.uint8)
BAD = [
    dict(mask='x'), dict(mask=7), dict(mask=b64encode(b'abc').decode()),
    dict(mask=packed(SMALL[1:])), dict(mask=packed(np.zeros(10**7, 'u1'))),
    dict(mask=packed(SMALL + 4)), dict(mask=packed(SMALL)[:40]),
    dict(status='fine'), dict(status=3), dict(labels='cat'),
    dict(labels=['a', 'a']), dict(labels=[1]), dict(labels=['background']),
    dict(revision='0'), dict(revision=None), dict(revision=True)
]


@pytest.mark.parametrize('bad', BAD, ids=range(len(BAD)))
def test_wrong_bodies_store_nothing(reader, shared_space, bad):
    told = reader.json('api/images/photo_1', 'PUT', dict(revision=0) | bad,
                       422)
    assert told['error']
    assert not shared_space.corrections.exists()


@pytest.mark.parametrize('data', [b'', b'[]', b'{', b'\xff', b'[' * 10**5])
def test_what_is_no_object_is_refused(reader, data):
    assert reader.raw('api/images/photo_1', 'PUT', data)[0] == 422


def test_bodies_have_a_limit(reader):
    from wsss_plugins.review.app import MAX_BODY
    host, _, path = reader.address[7:].partition('/')
    for head in ({'Content-Length': str(MAX_BODY + 1)},
                 {'Transfer-Encoding': 'chunked'}):
        talk = HTTPConnection(host, timeout=30)
        talk.putrequest('PUT', f'/{path}api/images/photo_1')
        for pair in head.items():
            talk.putheader(*pair)
        talk.endheaders()
        if 'Transfer-Encoding' in head:
            part = bytes(2**20)
            for _ in range(MAX_BODY // 2**20):
                talk.send(b'100000\r\n' + part + b'\r\n')
            talk.send(b'1\r\nx\r\n')
        assert talk.getresponse().status == 413
        talk.close()


def test_token_host_and_origin(reader):
    paths = ('', 'api/images', 'static/main.js', 'image/photo_0')
    for path in paths:
        assert reader.raw(path)[0] == 200
        for base in ('/', '/x' + reader.address[-9:], '//'):
            code, _, text = reader.raw(path, base=reader.origin + base)
            assert code == 403 and b'photo' not in text
        assert reader.raw(path, Host='evil.example')[0] == 403
        assert reader.raw(path, Origin='http://evil.example')[0] == 403
        assert reader.raw(path, Sec_Fetch_Site='cross-site')[0] == 403
        assert reader.raw(path, Origin=reader.origin,
                          Sec_Fetch_Site='same-origin')[0] == 200
    port = reader.origin.rpartition(':')[2]
    assert reader.raw('', Host=f'127.0.0.1:{int(port) + 1}')[0] == 403
    assert reader.raw('', Host=f'localhost:{port}')[0] == 200


def test_headers_forbid_outside_files(reader):
    for path in ('', 'api/images', 'static/app.js', 'nothing'):
        headers = reader.raw(path)[1]
        policy = headers['Content-Security-Policy']
        assert "default-src 'none'" in policy and 'unsafe' not in policy
        assert headers['Referrer-Policy'] == 'no-referrer'
        assert headers['X-Content-Type-Options'] == 'nosniff'
    page = reader.raw('')[2].decode()
    assert 'http:' not in page and 'https:' not in page


@pytest.mark.parametrize('name', [
    '..', '../photo_0', '%2e%2e%2fphoto_0', '..%2f..%2fwsss',
    '%2fetc%2fpasswd', 'photo_0%00', 'photo_9', '.', 'photo_0/../photo_0x',
    '%5c..%5cx'])
def test_no_path_leaves_the_lists(reader, name):
    for start, end in (('image/', ''), ('thumb/', ''), ('static/', ''),
                       ('api/images/', ''), ('api/images/', '/mask'),
                       ('api/images/', '/objects')):
        code, _, text = reader.raw(f'{start}{name}{end}')
        # A bare '.' or '..' is an address of another, existing page.
        assert code in (403, 404, 405) or name in ('.', '..'), (start, name)
        assert b'root:' not in text


def test_damaged_files_are_told_in_words(space):
    (space.mask_dir / 'photo_1.png').write_bytes(b'broken')
    (space.cam_dir / 'photo_2.npz').write_bytes(b'broken')
    (space.images / 'photo_3.jpg').write_bytes(b'broken')
    with served(space) as client:
        assert 'photo_1.png' in client.json('api/images/photo_1/mask',
                                            status=422)['error']
        assert 'photo_2.npz' in client.json('api/images/photo_2/cam?label=1',
                                            status=422)['error']
        assert client.json('api/images/photo_2')['cams'] == []
        assert 'photo_3.jpg' in client.json('thumb/photo_3',
                                            status=422)['error']


def test_region_of_clicks_finds_the_box(reader, shared_space):
    truth = np.zeros((120, 160), bool)
    truth[60:100, 110:150] = True
    body = dict(positive=[[130, 80]], negative=[[50, 60]], label=3)
    found = reader.pixels('api/images/photo_0/region', 'POST', body) > 0
    assert (found & truth).sum() / (found | truth).sum() > .9
    again = reader.pixels('api/images/photo_0/region', 'POST', body) > 0
    assert (found == again).all()
    # Without CAMs of the class as well.
    body['label'] = 2
    found = reader.pixels('api/images/photo_0/region', 'POST', body) > 0
    assert (found & truth).sum() / (found | truth).sum() > .9


@pytest.mark.parametrize('body', [
    {}, dict(positive=[]), dict(positive=[[1]]), dict(positive='abc'),
    dict(positive=[['a', 'b']]), dict(positive=[[1, 2]] * 201),
    dict(positive=[[float('nan'), 1]])])
def test_wrong_clicks_are_refused(reader, body):
    reader.json('api/images/photo_0/region', 'POST', body, 422)


def test_fit_again(tmp_path):
    space = small_workspace(tmp_path / 'out',
                            command=[sys.executable, '-c', SLOW])
    with served(space) as client:
        assert client.json('api/changes')['fit']['state'] == 'idle'
        client.json('api/fit', 'POST')
        assert 'already' in client.json('api/fit', 'POST', status=409)['error']
        text = wait_for(client, lambda fit: 'stage' in fit['text'])['text']
        assert text.startswith('stage 0\r')
    # The server is gone, the command is not; the next server sees it.
    with served(space) as client:
        fit = client.json('api/changes')['fit']
        assert fit['state'] == 'running' and not fit['own']
        client.json('api/fit', 'POST', status=409)
        client.json('api/fit', 'DELETE', status=409)
        wait_for(client, lambda fit: fit['state'] == 'ended')


def wait_for(client, done, log=0):
    for _ in range(600):
        fit = client.json(f'api/changes?log={log}')['fit']
        if done(fit):
            return fit
        time.sleep(.05)
    raise AssertionError(fit)


@pytest.mark.parametrize('code, state', [
    ('print("fine")', 'done'), ('raise SystemExit(3)', 'failed')])
def test_end_of_the_command_is_known(tmp_path, code, state):
    space = small_workspace(tmp_path / 'out',
                            command=[sys.executable, '-c', code])
    with served(space) as client:
        client.json('api/fit', 'POST')
        wait_for(client, lambda fit: fit['state'] == state)
        client.json('api/fit', 'POST')  # and again


def test_stop(tmp_path):
    # Long enough for a command that ignores interrupts.
    slow = SLOW.replace('range(50)', 'range(500)')
    space = small_workspace(tmp_path / 'out',
                            command=[sys.executable, '-c', slow])
    with served(space) as client:
        client.json('api/fit', 'DELETE', status=409)
        client.json('api/fit', 'POST')
        wait_for(client, lambda fit: 'stage' in fit['text'])
        client.json('api/fit', 'DELETE')
        wait_for(client, lambda fit: fit['state'] == 'stopped')


@pytest.mark.parametrize('command', [[], ['/nowhere/wsss2', 'x']])
def test_command_that_cannot_run_is_told(tmp_path, command):
    space = small_workspace(tmp_path / 'out', command=command)
    with served(space) as client:
        assert client.json('api/fit', 'POST', status=422)['error']


def test_what_is_no_workspace_is_refused(tmp_path):
    from wsss_plugins.review import serve
    with pytest.raises(UserError, match='no workspace'):
        serve(tmp_path)
    space = small_workspace(tmp_path / 'out', count=0)
    with pytest.raises(UserError, match='no images'):
        serve(space)


def test_taken_port_is_told(space):
    from wsss_plugins.review.server import listen
    with listen(space) as one:
        port = one.getsockname()[1]
        with pytest.raises(UserError, match=str(port)):
            listen(space, port)
        with listen(space) as other:
            assert other.getsockname()[1] != port
    with listen(space) as again:
        assert again.getsockname()[1] == port


def test_every_static_file_is_in_the_package(repo_root):
    """What a wheel carries is what setup.py names."""
    text = (repo_root / 'setup.py').read_text()
    for path in (repo_root / 'wsss_plugins/review/static').iterdir():
        assert f"'review/static/*{path.suffix}'" in text, path


def test_packed_masks_survive(reader):
    assert gzip.decompress(reader.raw('api/images/photo_0/mask')[2])
    assert json.loads(reader.raw('api/workspace')[2])['classes'] == CLASSES
