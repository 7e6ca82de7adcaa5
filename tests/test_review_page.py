"""The review page in a real browser: draw, save, two tabs, killed servers."""
import signal

import numpy as np
import pytest

from wsss_plugins.testing.chromium import Chromium, find_chromium
from wsss_plugins.testing.review_server import (
    CLASSES,
    Process,
    served,
    small_workspace,
)
from wsss_plugins.workspace.corrections import Corrections

pytest.importorskip('starlette')
pytest.importorskip('uvicorn')
pytestmark = pytest.mark.skipif(
    find_chromium() is None,
    reason='no Chromium in PATH, and none named by CHROMIUM')
READY = 'window.app && app.doc && app.doc.name === app.wanted'
STATE = "document.getElementById('saved').dataset.state"
SAVED = f"{STATE} === 'saved' && app.saver.waiting() === 0"
BANNER = "document.getElementById('banner')"


@pytest.fixture(scope='module')
def browser(tmp_path_factory):
    browser = Chromium(tmp_path_factory.mktemp('profile'))
    yield browser
    browser.close()


@pytest.fixture
def space(tmp_path):
    return small_workspace(tmp_path / 'out')


@pytest.fixture
def corrections(space):
    return Corrections(space.corrections, CLASSES)


def open_page(browser, address, image='photo_1', **size):
    page = browser.page(f'{address}#{image}', **size)
    page.wait(f"{READY} && app.doc.name === '{image}'")
    return page


def window(page, x, y):
    """Place in the window of a pixel of the image."""
    return page.run(
        "(() => {const box = document.getElementById('canvas')"
        '.getBoundingClientRect(); const v = app.view;'
        f'return [box.left + v.left + {x} * v.scale,'
        f'box.top + v.top + {y} * v.scale];}})()')


def stroke(page, *points):
    page.drag([window(page, *point) for point in points])


def test_brush_save_reload(browser, space, corrections):
    with served(space) as client:
        page = open_page(browser, client.address)
        page.key('3', 'Digit3')
        page.run('app.brush = 12')
        before = np.array(page.run('[...app.doc.mask.data]')).reshape(120, 160)
        stroke(page, (20.5, 100.5), (60.5, 100.5))
        page.wait(SAVED)
        mask = corrections.mask('photo_1')
        rows, columns = np.mgrid[:120, :160]
        line = np.hypot(columns - np.clip(columns, 20, 60), rows - 100) < 5.5
        assert (mask[line] == 3).all()
        assert (mask[rows < 93] == before[rows < 93]).all()
        # Painting a class says that it is there.
        assert corrections.read()['photo_1']['labels'] == ['dog', 'owl']
        page.call('Page.reload')
        page.wait(READY)
        again = np.array(page.run('[...app.doc.mask.data]'))
        assert (again.reshape(120, 160) == mask).all()
        assert page.problems() == []
        page.close()


def test_undo_and_redo(browser, space, corrections):
    with served(space) as client:
        page = open_page(browser, client.address)
        stroke(page, (20, 100), (60, 100))
        page.key('3', 'Digit3', modifiers=8)  # Shift: a label
        page.wait(f'{SAVED} && app.doc.steps.length === 2')
        assert set(corrections.read()['photo_1']) > {'mask', 'labels'}
        for _ in range(2):
            page.key('z', modifiers=2)
        page.wait(f'{SAVED} && app.doc.place === 0')
        assert set(corrections.read()['photo_1']) == {'changed', 'revision'}
        page.key('Z', modifiers=10)
        page.wait(f'{SAVED} && app.doc.place === 1')
        assert corrections.masked() == ['photo_1']
        page.close()


def test_polygon_erase_and_clicks(browser, space, corrections):
    with served(space) as client:
        page = open_page(browser, client.address, 'photo_0')
        page.key('p')
        for corner in ((4, 4), (24, 4), (24, 24), (4, 24)):
            stroke(page, corner)
            page.run('app.stage.lastDown = 0')
        page.key('Enter')
        page.wait(SAVED)
        mask = corrections.mask('photo_0')
        assert (mask[4:24, 4:24] == 1).all()
        assert (mask == 1)[:, :28].sum() == 400 + (mask == 1)[26:, :28].sum()
        page.key('e')
        stroke(page, (10, 10), (18, 18))
        page.wait(SAVED)
        assert corrections.mask('photo_0')[14, 14] == 0
        page.key('3', 'Digit3')
        page.key('s')
        stroke(page, (130, 80))
        page.wait('app.stage.tools.clicks.region')
        page.drag([window(page, 60, 15)], 'right')
        page.wait('app.stage.tools.clicks.negative.length === 1')
        page.wait('!app.stage.tools.clicks.waiting')
        page.key('Enter')
        page.wait(SAVED)
        mask = corrections.mask('photo_0')
        truth = np.zeros(mask.shape, bool)
        truth[60:100, 110:150] = True
        assert ((mask == 3) & truth).sum() / ((mask == 3) | truth).sum() > .85
        assert page.problems() == []
        page.close()


def test_keys_go_through_the_list(browser, space, corrections):
    with served(space) as client:
        names = [i['name'] for i in client.json('api/images')['images']]
        page = open_page(browser, client.address, names[0])
        kept = client.pixels(f'api/images/{names[0]}/mask')
        page.key('a')
        page.wait(f"{READY} && app.doc.name === '{names[1]}'")
        page.key('r')
        page.wait(f"{READY} && app.doc.name === '{names[2]}' && {SAVED}")
        entries = corrections.read()
        assert entries[names[0]]['status'] == 'accepted'
        assert entries[names[1]]['status'] == 'rejected'
        # What was accepted stays, whatever stages write later.
        assert (corrections.mask(names[0]) == kept).all()
        assert '2 of 4' in page.run(
            "document.getElementById('progress-text').textContent")
        page.run("document.getElementById('by-status').value = 'open';"
                 'app.filters.changed()')
        assert page.run('app.shown.length') == 2
        page.key('k')
        page.close()


def test_new_label_needs_a_run(browser, space, corrections):
    with served(space) as client:
        page = open_page(browser, client.address)
        page.key('l')
        page.call('Input.insertText', text='yak <b>')
        page.key('Enter')
        page.wait(SAVED)
        assert corrections.read()['photo_1']['labels'] == ['dog', 'yak <b>']
        page.wait("document.getElementById('toasts').textContent"
                  ".includes('fit again')")
        page.close()


def test_second_tab_is_told_and_overwrites_nothing(browser, space,
                                                   corrections):
    with served(space) as client:
        one, two = (open_page(browser, client.address) for _ in range(2))
        two.front()
        start = window(two, 100, 20)
        two.mouse('Pressed', *start)
        two.mouse('Moved', *window(two, 120, 20))
        one.front()
        stroke(one, (20, 100), (60, 100))
        one.wait(SAVED)
        first = corrections.mask('photo_1')
        two.front()
        two.mouse('Released', *window(two, 120, 20))
        two.wait(f"{STATE} === 'conflict' && !{BANNER}.hidden")
        assert (corrections.mask('photo_1') == first).all()
        two.run("document.getElementById('keep-mine').click()")
        two.wait(SAVED)
        mine = corrections.mask('photo_1')
        assert mine[20, 110] and not mine[100, 40]
        # The other tab, where nothing waits, follows.
        one.front()
        one.wait('app.doc.mask.at(110, 20) && !app.doc.mask.at(40, 100)')
        one.close()
        two.close()


def test_killed_server_loses_nothing(browser, space, corrections):
    server = Process(space.root)
    page = open_page(browser, server.address)
    stroke(page, (20, 100), (60, 100))
    page.wait(SAVED)
    server.process.send_signal(signal.SIGSTOP)
    stroke(page, (100, 20), (120, 20))
    # The request is on its way when the server dies.
    page.wait('app.saver.sending.size === 1')
    server.kill()
    page.wait(f"{STATE} === 'offline' && !{BANNER}.hidden")
    stroke(page, (100, 60), (120, 60))
    page.wait('Object.values(localStorage)'
              ".some((text) => text.includes('mask'))")
    assert corrections.mask('photo_1')[100, 40]
    again = Process(space.root, '--port', server.port)
    try:
        other = open_page(browser, again.address, 'photo_2')
        for tab in (page, other):
            tab.wait(f'{SAVED} && {BANNER}.hidden')
        mask = corrections.mask('photo_1')
        assert mask[100, 40] and mask[20, 110] and mask[60, 110]
        other.close()
    finally:
        again.kill()
    page.close()


def test_new_page_saves_what_a_closed_one_kept(browser, space, corrections):
    server = Process(space.root)
    page = open_page(browser, server.address)
    server.kill()
    stroke(page, (20, 100), (60, 100))
    page.wait("Object.keys(localStorage).some((k) => k.includes(':draft:'))")
    page.close()
    assert corrections.read() == {}
    again = Process(space.root, '--port', server.port)
    try:
        page = open_page(browser, again.address, 'photo_2')
        page.wait(SAVED)
        assert corrections.mask('photo_1')[100, 40]
        assert not page.run('app.saver.leftovers().length')
        page.close()
    finally:
        again.kill()


def test_objects(browser, space):
    with served(space) as client:
        page = open_page(browser, client.address, 'photo_0')
        page.key('o')
        page.wait('app.stage.objects.revision')
        page.key('3', 'Digit3')
        for point in ((130, 60), (110, 80), (130, 99), (149, 80)):
            stroke(page, point)
        page.wait('app.stage.objects.objects.length === 1')
        path = 'api/images/photo_0/objects'
        page.run('app.stage.objects.saving')
        assert client.json(path)['objects'][0]['class'] == 'owl'
        stroke(page, (110.5, 80.5), (100.5, 80.5))  # a point is moved
        page.key('2', 'Digit2')  # and the class changed
        page.run('app.stage.objects.saving')
        one = client.json(path)['objects'][0]
        assert one['class'] == 'dog' and abs(one['points'][1][0] - 100) < 2
        page.key('Delete')
        page.run('app.stage.objects.saving')
        assert client.json(path)['objects'] == []
        page.key('z', modifiers=2)
        page.run('app.stage.objects.saving')
        assert len(client.json(path)['objects']) == 1
        assert page.problems() == []
        page.close()
