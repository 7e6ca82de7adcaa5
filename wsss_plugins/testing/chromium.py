"""Drives a headless Chromium over the pipe of its DevTools protocol."""
import base64
import json
import os
import shutil
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

NAMES = ('chromium', 'chromium-browser', 'google-chrome', 'chrome')
_BUTTONS = dict(none=0, left=1, right=2, middle=4)
_OPTIONS = [
    '--headless=new', '--remote-debugging-pipe', '--no-sandbox',
    '--disable-gpu', '--no-first-run', '--disable-extensions',
    '--disable-background-networking', '--disable-component-update',
    '--disable-dev-shm-usage', '--mute-audio', '--hide-scrollbars'
]


def find_chromium() -> str | None:
    """Path of the browser: ``CHROMIUM`` of the environment, or in PATH."""
    asked = os.environ.get('CHROMIUM')
    found = map(shutil.which, [asked] if asked else NAMES)
    return next(filter(None, found), None)


class Chromium:
    """The browser; its pages share storage, as tabs do.

    Args:
        profile (Path): Folder of what it keeps.
    """

    def __init__(self, profile: Path) -> None:
        to_browser, self._write = os.pipe()
        self._read, from_browser = os.pipe()
        # The browser reads its descriptor 3 and writes 4.
        wire = f'exec 3<&{to_browser} 4>&{from_browser}; exec "$@"'
        self.process = subprocess.Popen(
            ['bash', '-c', wire, 'bash', find_chromium(), *_OPTIONS,
             f'--user-data-dir={profile}', 'about:blank'],
            pass_fds=(to_browser, from_browser), stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        os.close(to_browser)
        os.close(from_browser)
        self._buffer, self._number, self.events = b'', 0, []

    def call(self, method: str, session: str | None = None,
             **params) -> dict:
        """Result of a command."""
        self._number += 1
        message = dict(id=self._number, method=method, params=params)
        if session:
            message['sessionId'] = session
        os.write(self._write, json.dumps(message).encode() + b'\0')
        while True:
            answer = self._next()
            if answer.get('id') == self._number:
                assert 'error' not in answer, (method, answer['error'])
                return answer['result']
            self.events.append(answer)

    def _next(self):
        while b'\0' not in self._buffer:
            part = os.read(self._read, 1 << 16)
            assert part, 'the browser has died'
            self._buffer += part
        message, _, self._buffer = self._buffer.partition(b'\0')
        return json.loads(message)

    def page(self, address: str, width: int = 1440,
             height: int = 900) -> 'Page':
        """A new tab."""
        target = self.call('Target.createTarget', url='about:blank')
        session = self.call('Target.attachToTarget', flatten=True,
                            targetId=target['targetId'])['sessionId']
        return Page(self, session, target['targetId'], address, width,
                    height)

    def close(self) -> None:
        """End it."""
        self.process.terminate()
        self.process.wait(20)
        os.close(self._write)
        os.close(self._read)


class Page:
    """A tab, made by :meth:`Chromium.page`."""

    def __init__(self, browser: Chromium, session: str, target: str,
                 address: str, width: int, height: int) -> None:
        self.browser, self.session, self.target = browser, session, target
        for part in ('Page', 'Runtime', 'Log'):
            self.call(f'{part}.enable')
        self.resize(width, height)
        self.open(address)

    def call(self, method: str, **params) -> dict:
        """Result of a command of the tab."""
        return self.browser.call(method, self.session, **params)

    def resize(self, width: int, height: int) -> None:
        """Set the size of the window in pixels."""
        self.call('Emulation.setDeviceMetricsOverride', width=width,
                  height=height, deviceScaleFactor=1, mobile=False)

    def open(self, address: str) -> None:
        """Go to an address."""
        self.call('Page.navigate', url=address)

    def front(self) -> None:
        """Show the tab."""
        self.call('Page.bringToFront')

    def close(self) -> None:
        """Close the tab."""
        self.browser.call('Target.closeTarget', targetId=self.target)

    def run(self, code: str):
        """Value of JavaScript, awaited."""
        found = self.call('Runtime.evaluate', expression=code,
                          awaitPromise=True, returnByValue=True)
        assert 'exceptionDetails' not in found, found['exceptionDetails']
        return found['result'].get('value')

    def wait(self, code: str, seconds: float = 20) -> None:
        """Wait until JavaScript is truthy; exceptions are not."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = self.call('Runtime.evaluate', expression=f'!!({code})',
                              awaitPromise=True, returnByValue=True)
            if found['result'].get('value') is True:
                return
            time.sleep(.05)
        raise AssertionError(f'{code} did not become true')

    def mouse(self, kind: str, x: float, y: float,
              button: str = 'left') -> None:
        """``'Pressed'``, ``'Moved'`` or ``'Released'``."""
        self.call('Input.dispatchMouseEvent', type=f'mouse{kind}', x=x, y=y,
                  button=button,
                  buttons=_BUTTONS[button] * (kind != 'Released'),
                  clickCount=1)

    def drag(self, points: Sequence[tuple[float, float]],
             button: str = 'left') -> None:
        """Press, move along points of the window, release."""
        self.mouse('Pressed', *points[0], button)
        for x, y in points[1:]:
            self.mouse('Moved', x, y, button)
        self.mouse('Released', *points[-1], button)

    def key(self, key: str, code: str | None = None,
            modifiers: int = 0) -> None:
        """Press and release a key."""
        code = code or (f'Key{key.upper()}' if key.isalpha() else key)
        for kind in ('keyDown', 'keyUp'):
            self.call('Input.dispatchKeyEvent', type=kind, key=key,
                      code=code, modifiers=modifiers)

    def screenshot(self, path: str | os.PathLike) -> None:
        """Write a PNG of the tab."""
        data = self.call('Page.captureScreenshot', format='png')['data']
        Path(path).write_bytes(base64.b64decode(data))

    def problems(self) -> list[dict]:
        """Errors that the page logged, of any kind."""
        found = []
        for event in self.browser.events:
            if event.get('sessionId') != self.session:
                continue
            params = event.get('params', {})
            if event['method'] == 'Runtime.exceptionThrown':
                found.append(params['exceptionDetails'])
            if event['method'] == 'Log.entryAdded' and (
                    params['entry']['level'] == 'error'):
                found.append(params['entry'])
        return found
