"""Text, JSON and lists: encodings, marks, columns, and what is refused."""
import json

import pytest

from wsss_plugins.structures import (
    UserError,
    read_image_list,
    read_json,
    read_text,
)
from wsss_plugins.structures.failures import reason
from wsss_plugins.structures.text_files import described, name_flaw


@pytest.mark.parametrize('data', [
    'é\nb\n'.encode(), b'\xef\xbb\xbf' + 'é\r\nb\r\n'.encode(),
    'é\nb\n'.encode('utf-16'), b'\xfe\xff' + 'é\nb\n'.encode('utf-16-be')])
def test_marks_and_line_ends(tmp_path, data):
    (tmp_path / 'a.txt').write_bytes(data)
    assert read_text(tmp_path / 'a.txt') == 'é\nb\n'


@pytest.mark.parametrize('data, message', [
    ('é\n'.encode('latin1'), 'byte 0 is not UTF-8'),
    (b'a\0b', 'NUL'), (b'\xff\xfea', 'byte 2 is not UTF-16')])
def test_other_bytes(tmp_path, data, message):
    (tmp_path / 'a.txt').write_bytes(data)
    with pytest.raises(UserError, match=rf'a\.txt: .*{message}'):
        read_text(tmp_path / 'a.txt')
    with pytest.raises(UserError, match='not found'):
        read_text(tmp_path / 'b.txt')
    with pytest.raises(UserError, match='directory'):
        read_text(tmp_path)


@pytest.mark.parametrize('text, message', [
    ('', 'empty'), ('[1,', 'Expecting'), ('{"a": 1, "a": 2}', "'a' comes"),
    ('{"x": {"b": 1, "b": 1}}', "'b' comes twice"),
    ('[' * 70000, 'nested too deeply'), ('{"a":' * 70000, 'nested'),
    ('[' + '7' * 9000 + ']', '4300 digits'), ('[] []', 'Extra data')])
def test_broken_json(tmp_path, text, message):
    (tmp_path / 'a.json').write_text(text)
    with pytest.raises(UserError, match=rf'a\.json: .*{message}') as error:
        read_json(tmp_path / 'a.json')
    assert '\n' not in str(error.value) and len(str(error.value)) < 600


def test_sound_json(tmp_path):
    value = {'a': [1, {'a': None}], 'b': 'ü'}
    (tmp_path / 'a.json').write_bytes(b'\xef\xbb\xbf'
                                      + json.dumps(value).encode())
    assert read_json(tmp_path / 'a.json') == value


@pytest.mark.parametrize('name, flaw', [
    ('a b/ü.x', None), ('', 'empty'), (' ', 'empty'), ('a\0', 'control'),
    ('a\tb', 'control'), ('\udc41', 'no file system'), (3, 'the number 3'),
    (None, 'null'), ('x/' + 'ü' * 128, 'longer than 255'), ('ü' * 127, None)])
def test_names(name, flaw):
    found = name_flaw(name)
    assert found is None if flaw is None else flaw in found


def test_values_are_described():
    assert described('1') == "the text '1'"
    assert described(1.) == 'the float 1.0'
    assert described(True) == 'true' and described(None) == 'null'
    assert len(described(list(range(999)))) < 80


def test_reasons_are_for_people():
    for error in (MemoryError(), RecursionError('x'), IndexError('list index '
                  'out of range'), TypeError("'NoneType' object"), KeyError(
                      'a'), ValueError('one\ntwo' * 99), ValueError()):
        text = reason(error)
        assert text and '\n' not in text and len(text) <= 200
        assert 'Error' not in text and 'NoneType' not in text
    assert reason(PermissionError(13, 'Permission denied')) == (
        'Permission denied')


LISTS = {
    'names': 'a\nb c\n\n  d  \n', 'suffixes': 'a.jpg\nb c.JPG\nd.png\n',
    'pairs': 'JPEGImages/a.jpg masks/a.png\nb c\nd.jpg d.png\n',
    'absolute': '/x/JPEGImages/a.jpg\n/x y/b c.jpeg\n/d.png /m/d.png\n',
}


@pytest.mark.parametrize('name', LISTS)
def test_lists_of_all_kinds(tmp_path, name):
    (tmp_path / 'l.txt').write_text(LISTS[name])
    assert read_image_list(tmp_path / 'l.txt') == ['a', 'b c', 'd']


def test_a_list_keeps_folders_and_dots(tmp_path):
    (tmp_path / 'l.txt').write_text('x/a.jpg\nx\\b.2024.05\n')
    assert read_image_list(tmp_path / 'l.txt') == ['x/a', 'x/b.2024.05']


@pytest.mark.parametrize('text, message', [
    ('', 'no image names'), ('\n \n', 'no image names'),
    ('a  1\nb -1\nc  0\n', 'two columns, a name and a flag'),
    ('a\nb\na.jpg\n', 'twice: a'), ('a\x01b\n', 'control'),
    ('y' * 400 + '\n', 'longer than 255')])
def test_broken_lists(tmp_path, text, message):
    (tmp_path / 'l.txt').write_text(text)
    with pytest.raises(UserError, match=rf'l\.txt: .*{message}'):
        read_image_list(tmp_path / 'l.txt')


def test_names_that_are_known_look_like_anything(tmp_path):
    (tmp_path / 'l.txt').write_text('photo 1\nphoto 0\nx.jpg\n')
    known = {'photo 1', 'photo 0', 'x.jpg'}
    assert read_image_list(tmp_path / 'l.txt', known) == [
        'photo 1', 'photo 0', 'x.jpg']
