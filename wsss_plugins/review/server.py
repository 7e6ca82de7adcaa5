"""The server's process: one address of this machine, until Ctrl+C."""
import hashlib
import os
import secrets
import socket
import sys
import threading
import webbrowser

from ..structures import UserError
from ..workspace.layout import Workspace
from .desk import Desk, MakeLabeler

_HOST = '127.0.0.1'
_FIRST, _COUNT = 20_000, 20_000
_TRIES = 20
_MISSING = ('the review page needs Starlette and uvicorn; run "pip install '
            '\'wsss_plugins[own]\'"')


def serve(workspace: Workspace | str | os.PathLike, port: int = 0,
          open_browser: bool = True,
          make_labeler: MakeLabeler | None = None) -> None:
    """Serve the review page of a workspace until it is interrupted.

    Only this machine reaches it, with a token that is new at every start.

    Args:
        workspace (Workspace | str | PathLike): What is reviewed.
        port (int): To listen at. Defaults to one that belongs to the folder,
            so that what a page could not save is found by the next one.
        open_browser (bool): Whether to show the page.
        make_labeler (Callable, optional): Loads a generator of masks of
            objects, for live masks: takes config and weights, and gives a
            function of an RGB image (H, W, 3) and boxes (N, 4) to masks,
            bool (N, H, W).

    Raises:
        UserError: If there is nothing to review, the port is taken, or the
            server's libraries are missing.
    """
    try:
        import uvicorn

        from .app import make_app
    except ModuleNotFoundError as error:
        raise UserError(f'{_MISSING} ({error})') from None
    if not isinstance(workspace, Workspace):
        workspace = Workspace(workspace)
    desk = Desk(workspace, make_labeler)
    with listen(workspace, port) as listener:
        port, token = listener.getsockname()[1], secrets.token_urlsafe(24)
        address = f'http://{_HOST}:{port}/{token}/'
        server = uvicorn.Server(uvicorn.Config(
            make_app(desk, token, port), log_level='warning',
            access_log=False, lifespan='off', server_header=False,
            proxy_headers=False, ws='none', timeout_graceful_shutdown=3,
            # Setting up uvicorn's own closes the log files of this process.
            log_config=None))
        _announce(desk, address, open_browser)
        server.run(sockets=[listener])
    if desk.fitting.running():
        print(f'the command goes on; its log: {desk.fitting.log}')


def listen(workspace: Workspace, port: int = 0) -> socket.socket:
    """A listening socket.

    Args:
        workspace (Workspace): Decides which port is tried first.
        port (int): A certain one, if not 0.

    Raises:
        UserError: If that is taken.
    """
    root = os.fsencode(workspace.root)
    place = int.from_bytes(hashlib.sha256(root).digest()[:4], 'big')
    ports = [port] if port else [
        *(_FIRST + (place + i) % _COUNT for i in range(_TRIES)), 0]
    for one in ports:
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((_HOST, one))
            listener.listen(128)
            return listener
        except (OSError, OverflowError) as error:
            listener.close()
            refused = error
    raise UserError(f'port {port} cannot be used ({refused}); choose another, '
                    'or leave out --port')


def _announce(desk: Desk, address: str, open_browser: bool) -> None:
    count = len(desk.gallery.sources)
    print(f'{desk.workspace.root}: {count} images to review at\n\n'
          f'  {address}\n\nOnly this machine reaches it. Stop it with Ctrl+C; '
          'everything is saved as you go.', flush=True)
    if open_browser and _has_screen():
        # Behind the start of the server, which then answers at once.
        threading.Timer(.4, webbrowser.open, [address]).start()


def _has_screen() -> bool:
    """Whether a browser would not take over the terminal."""
    return sys.platform in ('darwin', 'win32') or bool(
        os.environ.get('DISPLAY') or os.environ.get('WAYLAND_DISPLAY'))
