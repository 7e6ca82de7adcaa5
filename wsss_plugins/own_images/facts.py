"""The fact file of a user's images, which every config takes."""
import os
from collections.abc import Sequence
from pathlib import Path

from ..structures import atomic_path

_HEAD = '''# Facts of these images; a config takes them by
# --cfg-options facts=THIS_FILE.
# Written again whenever images or labels are read.
'''


def write_facts(path: str | os.PathLike, data_root: str | os.PathLike,
                classes: Sequence[str],
                palette: Sequence[Sequence[int]]) -> None:
    """Write the facts of a data set in VOC's layout, atomically.

    Args:
        path (str | PathLike): The file.
        data_root (str | PathLike): Folder of the data set.
        classes (Sequence[str]): With the background.
        palette (Sequence[Sequence[int]]): RGB color of each class.
    """
    lists = 'ImageSets/Segmentation'
    facts = dict(
        dataset_type='wsss_plugins.ImageLevelDataset',
        data_root=str(Path(data_root).absolute()),
        classes=tuple(classes),
        palette=[list(color) for color in palette],
        label_file='labels.json',
        allow_unlabeled=True,
        train_list=f'{lists}/train.txt',
        eval_list=f'{lists}/train.txt',
        val_list=f'{lists}/val.txt',
        train_images='JPEGImages',
        val_images='JPEGImages')
    lines = [f'{name} = {value!r}\n' for name, value in facts.items()]
    with atomic_path(path) as temporary:
        temporary.write_text(_HEAD + ''.join(lines), encoding='utf-8')
