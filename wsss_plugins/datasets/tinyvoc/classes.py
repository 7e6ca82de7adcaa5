"""Names, colors and indices of TinyVOC's classes."""
from ...structures import ClassSpace, voc_palette

_VOC_INDEX = dict(
    aeroplane=1, boat=4, bus=6, car=7, cat=8, person=15, train=19)

_SPACE = ClassSpace.from_foreground(tuple(_VOC_INDEX))

#: All class names of the masks, background first.
TINYVOC_CLASSES: tuple[str, ...] = _SPACE.names

#: Class names without the background: the image-level labels.
TINYVOC_FOREGROUND: tuple[str, ...] = _SPACE.foreground_names

#: RGB color of each class, 0..255: the color that VOC gives it.
TINYVOC_PALETTE: list[list[int]] = [
    voc_palette(256)[_VOC_INDEX.get(name, 0)] for name in TINYVOC_CLASSES
]

#: Surroundings that only the context masks name.
STUFF: tuple[str, ...] = ('water', 'rail', 'platform', 'sky', 'ground')

#: All class names of the context masks; those of the masks come first.
CONTEXT_CLASSES: tuple[str, ...] = TINYVOC_CLASSES + STUFF

#: RGB color of each context class, 0..255.
CONTEXT_PALETTE: list[list[int]] = TINYVOC_PALETTE + [
    [64, 160, 224], [128, 96, 64], [176, 176, 176], [200, 224, 240],
    [144, 192, 112]
]


def class_index(name: str) -> int:
    """Dataset class index of a class, as masks hold it."""
    return TINYVOC_CLASSES.index(name)


def context_index(name: str) -> int:
    """Index of a class or of stuff, as context masks hold it."""
    return CONTEXT_CLASSES.index(name)
