"""A small workspace, and its review page served for tests."""
import gzip
import json
import os
import re
import secrets
import subprocess
import sys
import threading
import time
from base64 import b64encode
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import numpy as np

from .workspace_tree import make_workspace

ROOT = Path(__file__).resolve().parents[2]
CLASSES = ['background', 'cat', 'dog', 'owl']


def samples(count, size=(120, 160)):
    """Bright boxes on dim noise."""
    rng = np.random.default_rng(3)
    for i in range(count):
        image = rng.integers(20, 70, (*size, 3), dtype=np.uint8)
        mask = np.zeros(size, np.uint8)
        mask[30:90, 20 + i:80 + i] = 1 + i % 2
        if i % 3 == 0:
            mask[60:100, 110:150] = 3
        image[mask > 0] += 60 * mask[mask > 0][:, None]
        yield f'photo_{i}', image, mask


def small_workspace(folder, count=4, command=(), scale=2):
    """A workspace of boxes whose originals are twice as large."""
    return make_workspace(folder, samples(count), CLASSES, command, scale)


class Client:
    """Talks to a server as its page does."""

    def __init__(self, address):
        self.address = address
        self.origin = address[:address.index('/', 8)]

    def raw(self, path, method='GET', data=None, base=None, **headers):
        """Status, headers and body."""
        headers = {k.replace('_', '-'): v for k, v in headers.items()}
        request = Request((base or self.address) + path, data, headers,
                          method=method)
        try:
            with urlopen(request, timeout=30) as answer:
                return answer.status, answer.headers, answer.read()
        except HTTPError as error:
            with error:
                return error.code, error.headers, error.read()

    def json(self, path, method='GET', body=None, status=200):
        """The answer, which must have a status."""
        data = None if body is None else json.dumps(body).encode()
        code, _, text = self.raw(path, method, data)
        assert code == status, (code, text)
        return json.loads(text)

    def pixels(self, path, method='GET', body=None):
        """An array of the answer."""
        data = None if body is None else json.dumps(body).encode()
        code, headers, data = self.raw(path, method, data)
        assert code == 200, data
        size = int(headers['X-Height']), int(headers['X-Width'])
        return np.frombuffer(gzip.decompress(data), np.uint8).reshape(size)


def packed(mask):
    """A mask as the page sends it."""
    return b64encode(gzip.compress(np.asarray(mask).tobytes())).decode()


@contextmanager
def served(workspace, make_labeler=None):
    """A client of a server in a thread."""
    import uvicorn

    from ..review.app import make_app
    from ..review.desk import Desk
    from ..review.server import listen

    with listen(workspace) as listener:
        port, token = listener.getsockname()[1], secrets.token_urlsafe(8)
        app = make_app(Desk(workspace, make_labeler), token, port)
        server = uvicorn.Server(uvicorn.Config(
            app, log_level='warning', lifespan='off', ws='none',
            # Setting up uvicorn's own closes the log files of this process.
            log_config=None))
        thread = threading.Thread(
            target=server.run, kwargs=dict(sockets=[listener]))
        thread.start()
        try:
            yield Client(f'http://127.0.0.1:{port}/{token}/')
        finally:
            server.should_exit = True
            thread.join(20)


class Process:
    """``wsss review`` as a process of its own."""

    def __init__(self, root, *options):
        self.process = subprocess.Popen(
            [sys.executable, '-u', '-m', 'wsss_plugins', 'review', str(root),
             '--no-browser', *options], cwd=ROOT, text=True,
            env=dict(os.environ, OMP_NUM_THREADS='1'),
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        seen = []
        for line in self.process.stdout:
            seen.append(line)
            found = re.search(r'http://\S+', line)
            if found:
                self.client = Client(found[0])
                break
        else:
            raise AssertionError(''.join(seen))
        self._wait()

    def _wait(self):
        for _ in range(100):
            try:
                self.client.json('api/workspace')
                return
            except OSError:
                time.sleep(.1)
        raise AssertionError('the server does not answer')

    @property
    def address(self):
        """Of the page."""
        return self.client.address

    @property
    def port(self):
        """That it listens at."""
        return self.client.origin.rpartition(':')[2]

    def memory(self):
        """Resident bytes of the process."""
        text = Path(f'/proc/{self.process.pid}/status').read_text()
        return int(re.search(r'VmRSS:\s+(\d+)', text)[1]) * 1024

    def kill(self):
        """Give it no time for anything."""
        self.process.kill()
        self.process.wait(20)
        self.process.stdout.close()
