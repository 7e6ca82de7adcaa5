"""What the server answers."""
import json
from collections.abc import Callable
from functools import partial
from importlib import resources
from typing import Any

import numpy as np
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Mount, Route

from ..structures import UserError
from ..workspace.corrections import StaleError
from .desk import Desk
from .errors import RequestError
from .guard import Guard
from .packed import pack

MAX_BODY = 16 * 2**20
_TYPES = dict(html='text/html', js='text/javascript', css='text/css',
              svg='image/svg+xml')
_KEEP = {'Cache-Control': 'private, max-age=3600'}


def make_app(desk: Desk, token: str, port: int) -> Guard:
    """The application.

    Args:
        desk (Desk): What does the work.
        token (str): First part of every path.
        port (int): That it will be served at.
    """
    one = '/api/images/{name}'
    routes = [
        Route('/', partial(_static, 'index.html')),
        Route('/static/{name}', _static_file),
        Route('/image/{name}', _call(desk, _image)),
        Route('/thumb/{name}', _call(desk, _thumb)),
        Route('/api/workspace', _call(desk, lambda d, r: d.about())),
        Route('/api/images', _call(desk, lambda d, r: d.list())),
        Route('/api/changes', _call(desk, _changes)),
        Route('/api/fit', _call(desk, lambda d, r: d.fitting.start()),
              methods=['POST']),
        Route('/api/fit', _call(desk, lambda d, r: d.fitting.stop()),
              methods=['DELETE']),
        Route(one, _call(desk, lambda d, r: d.gallery.detail(_name(r)))),
        Route(one, _call(desk, Desk.save), methods=['PUT']),
        Route(f'{one}/mask', _call(desk, _mask)),
        Route(f'{one}/cam', _call(desk, _cam)),
        Route(f'{one}/region', _call(desk, Desk.region), methods=['POST']),
        Route(f'{one}/objects', _call(
            desk, lambda d, r: d.objects(_name(r)))),
        Route(f'{one}/objects', _call(desk, Desk.save_objects),
              methods=['PUT']),
        Route(f'{one}/object-mask', _call(desk, Desk.object_mask),
              methods=['POST']),
    ]
    return Guard(Starlette(routes=[Mount(f'/{token}', routes=routes)]),
                 token, port)


def _call(desk: Desk, action: Callable) -> Callable:
    """An endpoint that works in a thread and answers mistakes in words.

    Actions of GET and of requests without body take the request, others the
    name of the image and the body.
    """
    async def endpoint(request: Request) -> Response:
        try:
            if request.method in ('PUT', 'POST') and 'name' in (
                    request.path_params):
                what = (_name(request), await _body(request))
            else:
                what = (request, )
            found = await run_in_threadpool(action, desk, *what)
            return _response(found)
        except RequestError as error:
            return JSONResponse(error.content, error.status)
        except StaleError as error:
            return JSONResponse(
                dict(error=str(error), entry=error.entry), 409)
        except UserError as error:
            return JSONResponse(dict(error=str(error)), 422)
    return endpoint


def _response(found: Any) -> Response:
    if isinstance(found, Response):
        return found
    if isinstance(found, np.ndarray):
        height, width = found.shape
        return Response(
            pack(found), media_type='application/octet-stream',
            headers={'Content-Encoding': 'gzip', 'X-Height': str(height),
                     'X-Width': str(width)})
    return JSONResponse(found)


async def _body(request: Request) -> dict:
    """The JSON object of a request.

    Raises:
        RequestError: If it is too large or none.
    """
    data = bytearray()
    if int(request.headers.get('content-length') or 0) > MAX_BODY:
        raise RequestError(413, 'more than the server takes')
    async for part in request.stream():
        data += part
        if len(data) > MAX_BODY:
            raise RequestError(413, 'more than the server takes')
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise RequestError(422, 'the body is no JSON object')
    return found


def _name(request: Request) -> str:
    return request.path_params['name']


async def _static(name: str, request: Request) -> Response:
    kind = _TYPES.get(name.rpartition('.')[2])
    # The folder's own listing decides, not a path made of what was asked.
    files = {f.name: f for f in
             (resources.files(__package__) / 'static').iterdir()}
    if kind is None or name not in files:
        return Response('not found', 404)
    return Response(files[name].read_bytes(), media_type=kind,
                    headers={'Cache-Control': 'no-cache'})


async def _static_file(request: Request) -> Response:
    return await _static(_name(request), request)


def _image(desk: Desk, request: Request) -> Response:
    path = desk.gallery.image(_name(request))
    if not path.is_file():
        raise RequestError(404, f'{path}: image not found')
    return FileResponse(path, media_type='image/jpeg', headers=_KEEP)


def _thumb(desk: Desk, request: Request) -> Response:
    data = desk.thumbnails.get(desk.gallery.image(_name(request)))
    return Response(data, media_type='image/jpeg', headers=_KEEP)


def _changes(desk: Desk, request: Request) -> dict:
    return desk.changes(_number(request, 'since'), _number(request, 'log'))


def _mask(desk: Desk, request: Request) -> np.ndarray:
    return desk.gallery.mask(_name(request),
                             'stages' not in request.query_params)


def _cam(desk: Desk, request: Request) -> np.ndarray:
    return desk.gallery.cam(_name(request), _number(request, 'label'))


def _number(request: Request, name: str) -> int:
    text = request.query_params.get(name, '0')
    if not text.isdecimal() or len(text) > 15:
        raise RequestError(422, f'{name} is no number')
    return int(text)


