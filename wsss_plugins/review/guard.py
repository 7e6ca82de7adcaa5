"""Who may talk to the server: its own page, on this machine."""
import hmac
from collections.abc import Mapping

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_HOSTS = ('127.0.0.1', 'localhost')
_HEADERS = {
    'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' blob: data:; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
    'Referrer-Policy': 'no-referrer',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
}
_NO_TOKEN = ('This address belongs to an earlier start of "wsss review", or '
             'lacks its token. Open the address that the command printed.')


class Guard:
    """Lets requests in that know the token and come from the page itself.

    Other sites that a browser has open can send requests to this machine:
    those carry their own ``Origin`` or ``Sec-Fetch-Site``, and with a name
    that was made to point here another ``Host``.

    Args:
        app (ASGIApp): What answers, mounted at ``/TOKEN``.
        token (str): First part of every path.
        port (int): That the server listens at.
    """

    def __init__(self, app: ASGIApp, token: str, port: int) -> None:
        self.app = app
        self.token = token
        self.hosts = [f'{host}:{port}' for host in _HOSTS]

    async def __call__(self, scope: Scope, receive: Receive,
                       send: Send) -> None:
        """Answer a request, or refuse it."""
        if scope['type'] != 'http':
            return  # neither web sockets nor a lifespan are served
        app = self.app
        flaw = self.flaw(scope)
        if flaw:
            app = PlainTextResponse(flaw, 403)
        await app(scope, receive, _with_headers(send))

    def flaw(self, scope: Scope) -> str | None:
        """Why a request is refused; None if it is not."""
        headers = {k.decode('latin-1'): v.decode('latin-1')
                   for k, v in scope['headers']}
        if headers.get('host') not in self.hosts:
            return 'Only the address that "wsss review" printed is served.'
        if not _from_own_page(headers):
            return 'Requests of other sites are refused.'
        first = scope['path'].split('/')[1:2]
        if not hmac.compare_digest(''.join(first).encode(),
                                   self.token.encode()):
            return _NO_TOKEN
        return None


def _from_own_page(headers: Mapping[str, str]) -> bool:
    origin = headers.get('origin')
    if origin is not None and origin != f'http://{headers["host"]}':
        return False
    return headers.get('sec-fetch-site', 'none') in ('none', 'same-origin')


def _with_headers(send: Send) -> Send:
    async def guarded(message: Message) -> None:
        if message['type'] == 'http.response.start':
            given = {name for name, _ in message['headers']}
            message['headers'] = list(message['headers']) + [
                (name.lower().encode(), value.encode())
                for name, value in _HEADERS.items()]
            if b'cache-control' not in given:
                message['headers'].append((b'cache-control', b'no-store'))
        await send(message)
    return guarded
