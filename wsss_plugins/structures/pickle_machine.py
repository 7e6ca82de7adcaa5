"""The stack machine that a pickle is a program of, without its calls.

Its memory and time grow with the length of the program, whatever that says.
"""
import codecs
import pickle
import struct
from collections.abc import Callable
from typing import Any

from .pickle_values import (
    NAMES,
    Arguments,
    Array,
    Dtype,
    Name,
    RefusedError,
    as_text,
    checked_key,
    plain,
)

_MAX_STEPS = 50_000_000

# Opcodes by what follows them in the file. The meaning of each is told in the
# docstrings of the standard library's pickletools.
_CONSTANTS = {
    pickle.NONE: lambda: None,
    pickle.NEWTRUE: lambda: True,
    pickle.NEWFALSE: lambda: False,
    pickle.EMPTY_LIST: list,
    pickle.EMPTY_TUPLE: tuple,
    pickle.EMPTY_DICT: dict,
    pickle.EMPTY_SET: set,
}
_NUMBERS = {
    pickle.BININT: '<i',
    pickle.BININT1: '<B',
    pickle.BININT2: '<H',
    pickle.BINFLOAT: '>d',
}


def _long(data: bytes) -> int:
    return int.from_bytes(data, 'little', signed=True)


def _utf8(data: bytes) -> str:
    return data.decode('utf-8')


# The length's format, then the reader; None: a string of Python 2.
_SIZED = {
    pickle.LONG1: ('<B', _long),
    pickle.LONG4: ('<i', _long),
    pickle.BINBYTES: ('<I', bytes),
    pickle.SHORT_BINBYTES: ('<B', bytes),
    pickle.BINBYTES8: ('<Q', bytes),
    pickle.BYTEARRAY8: ('<Q', bytearray),
    pickle.BINUNICODE: ('<I', _utf8),
    pickle.SHORT_BINUNICODE: ('<B', _utf8),
    pickle.BINUNICODE8: ('<Q', _utf8),
    pickle.BINSTRING: ('<i', None),
    pickle.SHORT_BINSTRING: ('<B', None),
}


def _int_line(line: bytes) -> int | bool:
    return line == b'01' if line in (b'00', b'01') else int(line)


def _string_line(line: bytes) -> bytes:
    if len(line) < 2 or line[:1] != line[-1:] or line[:1] not in b'\'"':
        raise RefusedError('a string without its quotes')
    return codecs.escape_decode(line[1:-1])[0]


_LINES = {
    pickle.INT: _int_line,
    pickle.LONG: lambda line: int(line.removesuffix(b'L')),
    pickle.FLOAT: float,
    pickle.UNICODE: lambda line: line.decode('raw-unicode-escape'),
}
_PUTS = {pickle.BINPUT: '<B', pickle.LONG_BINPUT: '<I'}
_GETS = {pickle.BINGET: '<B', pickle.LONG_BINGET: '<I'}
_TUPLES = {pickle.TUPLE1: 1, pickle.TUPLE2: 2, pickle.TUPLE3: 3}


class PickleMachine:
    """The stack machine that a pickle is a program of.

    Args:
        data (bytes): The program.
        encoding (str): ``'latin1'`` or ``'bytes'``, for Python 2's strings.
    """

    def __init__(self, data: bytes, encoding: str) -> None:
        self.data, self.position = data, 0
        self.decodes = encoding == 'latin1'
        self.stack: list[Any] = []
        self.marks: list[int] = []
        self.memo: dict[int, Any] = {}
        # An array's content is read once or, by Python 2's detour, twice.
        self.budget = 4 * len(data) + 1024

    def run(self) -> Any:
        """The value that the program leaves."""
        for _ in range(_MAX_STEPS):
            code = self._take(1)
            if code == pickle.STOP:
                return plain(self._pop())
            self._step(code)
        raise RefusedError(f'it has more than {_MAX_STEPS} parts')

    def _step(self, code: bytes) -> None:
        if code in _SIZED:
            size, read = _SIZED[code]
            data = self._take(self._number(size))
            self.stack.append(read(data) if read else self._string(data))
        elif code in _NUMBERS:
            self.stack.append(self._number(_NUMBERS[code]))
        elif code in _PUTS:
            self.memo[self._number(_PUTS[code])] = self._top()
        elif code in _GETS:
            self.stack.append(self._recall(self._number(_GETS[code])))
        elif code in _CONSTANTS:
            self.stack.append(_CONSTANTS[code]())
        elif code in _TUPLES:
            items = [self._pop() for _ in range(_TUPLES[code])]
            self._push_tuple(items[::-1])
        elif code in _LINES:
            self.stack.append(_LINES[code](self._line()))
        elif code in _ACTIONS:
            _ACTIONS[code](self)
        else:
            raise RefusedError(f'opcode {code!r} is not one of plain data')

    # Reading the program.

    def _take(self, size: int) -> bytes:
        end = self.position + size
        if size < 0 or end > len(self.data):
            raise RefusedError('it is cut off')
        data = self.data[self.position:end]
        self.position = end
        return data

    def _number(self, code: str) -> int | float:
        return struct.unpack(code, self._take(struct.calcsize(code)))[0]

    def _line(self) -> bytes:
        end = self.data.find(b'\n', self.position)
        if end < 0:
            raise RefusedError('it is cut off')
        return self._take(end + 1 - self.position)[:-1]

    def _string(self, data: bytes) -> str | bytes:
        return data.decode('latin1') if self.decodes else data

    # The stack.

    def _pop(self) -> Any:
        self._top()
        return self.stack.pop()

    def _top(self) -> Any:
        if len(self.stack) <= (self.marks[-1] if self.marks else 0):
            raise RefusedError('it takes from an empty stack')
        return self.stack[-1]

    def _top_of(self, kind: type) -> Any:
        if type(self._top()) is not kind:
            raise RefusedError(f'it fills a {type(self._top()).__name__} as '
                               f'if it were a {kind.__name__}')
        return self.stack[-1]

    def _since_mark(self) -> list:
        if not self.marks:
            raise RefusedError('it misses a mark')
        start = self.marks.pop()
        items = self.stack[start:]
        del self.stack[start:]
        return items

    def _recall(self, key: int) -> Any:
        if key not in self.memo:
            raise RefusedError(f'it recalls {key}, which it never kept')
        return self.memo[key]

    def _push_tuple(self, items: list) -> None:
        named = any(isinstance(item, Name) for item in items)
        value = tuple(i if isinstance(i, Name) else plain(i) for i in items)
        self.stack.append(Arguments(value) if named else value)

    # Actions.

    def _drop(self) -> None:
        if self.marks and self.marks[-1] == len(self.stack):
            self.marks.pop()
        else:
            self._pop()

    def _append(self) -> None:
        value = plain(self._pop())
        self._top_of(list).append(value)

    def _append_all(self) -> None:
        values = [plain(item) for item in self._since_mark()]
        self._top_of(list).extend(values)

    def _set_item(self) -> None:
        value, key = plain(self._pop()), plain(self._pop())
        self._top_of(dict)[checked_key(key)] = value

    def _set_items(self) -> None:
        pairs = self._pairs()
        self._top_of(dict).update(pairs)

    def _pairs(self) -> dict:
        items = [plain(item) for item in self._since_mark()]
        if len(items) % 2:
            raise RefusedError('a key without a value')
        return {checked_key(k): v for k, v in zip(items[::2], items[1::2])}

    def _add_items(self) -> None:
        values = self._keys()
        self._top_of(set).update(values)

    def _keys(self) -> list:
        return [checked_key(plain(item)) for item in self._since_mark()]

    def _global(self, module: str, name: str) -> None:
        name = f'{module}.{name}'
        if name not in NAMES:
            raise RefusedError(f'it asks for {name!r}, which is not plain '
                               'data')
        self.stack.append(NAMES[name])

    def _instance(self) -> None:
        name = b'.'.join((self._line(), self._line())).decode('utf-8')
        raise RefusedError(f'it asks for {name!r}, which is not plain data')

    def _stack_global(self) -> None:
        name, module = as_text(self._pop()), as_text(self._pop())
        self._global(module, name)

    def _reduce(self) -> None:
        args, name = self._pop(), self._pop()
        args = args.items if isinstance(args, Arguments) else args
        if type(args) is not tuple or not isinstance(name, Name):
            raise RefusedError('a call of no function')
        self._spend(args)
        self.stack.append(name.call(*args))

    def _build(self) -> None:
        state, target = plain(self._pop()), self._top()
        if not isinstance(target, Dtype | Array):
            raise RefusedError(f'a {type(target).__name__} with a state')
        if type(state) is not tuple:
            raise RefusedError('a state that is no tuple')
        self._spend(state)
        target.build(state)

    def _spend(self, parts: tuple) -> None:
        """Refuse programs that copy one large part many times."""
        self.budget -= sum(
            len(part) for part in parts
            if isinstance(part, str | bytes | bytearray | list))
        if self.budget < 0:
            raise RefusedError('it copies its content again and again')


_Action = Callable[[PickleMachine], Any]


def _push(read: _Action) -> _Action:
    return lambda machine: machine.stack.append(read(machine))


_ACTIONS: dict[bytes, _Action] = {
    pickle.PROTO: lambda m: m._take(1),
    pickle.FRAME: lambda m: m._take(8),
    pickle.MARK: lambda m: m.marks.append(len(m.stack)),
    pickle.POP: PickleMachine._drop,
    pickle.POP_MARK: PickleMachine._since_mark,
    pickle.DUP: _push(PickleMachine._top),
    pickle.STRING: _push(lambda m: m._string(_string_line(m._line()))),
    pickle.PUT: lambda m: m.memo.update({int(m._line()): m._top()}),
    pickle.MEMOIZE: lambda m: m.memo.update({len(m.memo): m._top()}),
    pickle.GET: _push(lambda m: m._recall(int(m._line()))),
    pickle.TUPLE: lambda m: m._push_tuple(m._since_mark()),
    pickle.LIST: _push(lambda m: [plain(i) for i in m._since_mark()]),
    pickle.DICT: _push(PickleMachine._pairs),
    pickle.FROZENSET: _push(lambda m: frozenset(m._keys())),
    pickle.APPEND: PickleMachine._append,
    pickle.APPENDS: PickleMachine._append_all,
    pickle.SETITEM: PickleMachine._set_item,
    pickle.SETITEMS: PickleMachine._set_items,
    pickle.ADDITEMS: PickleMachine._add_items,
    pickle.GLOBAL: lambda m: m._global(_utf8(m._line()), _utf8(m._line())),
    pickle.STACK_GLOBAL: PickleMachine._stack_global,
    pickle.INST: PickleMachine._instance,
    pickle.REDUCE: PickleMachine._reduce,
    pickle.BUILD: PickleMachine._build,
}
