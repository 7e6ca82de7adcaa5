"""Classes of TinyVOC: seven of VOC's, with VOC's colours."""
from ...structures import BACKGROUND, voc_palette

_VOC_INDEX = dict(
    aeroplane=1, boat=4, bus=6, car=7, cat=8, person=15, train=19)

TINYVOC_CLASSES = (BACKGROUND, *_VOC_INDEX)
TINYVOC_PALETTE = [
    voc_palette(21)[index] for index in (0, *_VOC_INDEX.values())
]

# Stuff that is not labelled, and the class that it comes with. In the context
# masks it takes the indices after the classes.
CO_OCCURRING = dict(boat='water', train='rail')
CONTEXT_CLASSES = (*TINYVOC_CLASSES, *CO_OCCURRING.values())
