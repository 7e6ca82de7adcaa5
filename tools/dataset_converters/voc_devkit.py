"""Check whether a VOC 2012 folder holds what the configs expect.

Prints a line for each part, with the fix for what is missing; the exit
status is 1 if a part that training needs is missing. Nothing is downloaded.

voc_devkit.py data/VOCdevkit/VOC2012
    only checks
voc_devkit.py data/VOCdevkit/VOC2012 --aug-lists SBD/train.txt SBD/val.txt
    writes ImageSets/Segmentation/train_aug.txt: VOC's train list and these,
    without VOC's val, limited to images that are present
voc_devkit.py /archive/VOC2012 --link data/VOCdevkit/VOC2012
    makes the folder of the configs a link to that one
voc_devkit.py data/VOCdevkit/VOC2012 --aug-masks SBD/masks
    makes SegmentationClassAug a link to that folder
"""
import argparse
from collections.abc import Iterable
from pathlib import Path

from wsss_plugins.apis.cli import run_main
from wsss_plugins.structures import (
    ImageLabels,
    UserError,
    atomic_path,
    read_image_list,
)
from wsss_plugins.structures.image_list import some

_LISTS = 'ImageSets/Segmentation'
_TOOL = 'tools/dataset_converters'
_ARCHIVE = 'unpack VOCtrainval_11-May-2012.tar here'


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('root', type=Path, help='folder that has JPEGImages')
    parser.add_argument(
        '--aug-lists',
        type=Path,
        nargs='+',
        metavar='FILE',
        help="lists of further training images, such as SBD's")
    parser.add_argument(
        '--aug-masks', type=Path, help='folder of masks of train_aug')
    parser.add_argument('--link', type=Path, help='link to make to the root')
    return parser.parse_args()


def stems(folder: Path, suffix: str) -> set[str]:
    """Stems of the files of a folder, which may be missing."""
    return {path.stem for path in folder.glob(f'[!.]*{suffix}')}


def write_train_aug(root: Path, lists: Iterable[Path]) -> str:
    """Write ``train_aug.txt``; says what it holds.

    Raises:
        UserError: If a list is missing, or no listed image is there.
    """
    train, val = (read_image_list(root / _LISTS / f'{name}.txt')
                  for name in ('train', 'val'))
    names = set(train).union(*map(read_image_list, lists)) - set(val)
    there = sorted(names & stems(root / 'JPEGImages', '.jpg'))
    absent = sorted(names.difference(there))
    target = root / _LISTS / 'train_aug.txt'
    if not there:
        raise UserError(f'{target}: none of {len(names)} listed images is '
                        f'in {root / "JPEGImages"}; {_ARCHIVE}')
    with atomic_path(target) as temporary:
        temporary.write_text('\n'.join(there) + '\n', encoding='utf-8')
    note = f'; {len(absent)} without an image: {some(absent)}' if (
        absent) else ''
    return f'{target}: {len(there)} names written{note}'


def make_link(link: Path, target: Path) -> str:
    """Make a link to a folder; says so.

    Raises:
        UserError: If there is no such folder, or something else in its place.
    """
    target = target.resolve()
    if not target.is_dir():
        raise UserError(f'{target}: folder not found; fix the path')
    if link.exists() or link.is_symlink():
        if link.resolve() == target:
            return f'{link}: links to {target} already'
        raise UserError(f'{link}: something else is there; move it away')
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(target, target_is_directory=True)
    return f'{link}: links to {target}'


class Report:
    """Lines about the parts of a folder.

    Args:
        root (Path): The folder.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.missing = 0

    def part(self, name: str, wanted: Iterable[str], there: set[str],
             fix: str, needed: bool = True) -> bool:
        """Print whether all wanted names are there; says so."""
        wanted = list(wanted)
        absent = [name for name in wanted if name not in there]
        if wanted and not absent:
            print(f'ok        {name}: {len(wanted)}')
            return True
        what = (f'{len(absent)} of {len(wanted)} missing ({some(absent)})'
                if wanted else 'missing')
        print(f'{"MISSING " if needed else "optional"}  {name}: {what}; '
              f'{fix}')
        self.missing += needed
        return False

    def list_of(self, name: str, images: set[str], fix: str) -> list[str]:
        """Print whether a list and its images are there; gives the list."""
        path = self.root / _LISTS / f'{name}.txt'
        try:
            names = read_image_list(path)
        except UserError:
            names = []
        self.part(f'{_LISTS}/{name}.txt', names, images, fix)
        return names


def look(root: Path) -> int:
    """Print what is there; gives the number of needed parts that are not."""
    report = Report(root)
    images = stems(root / 'JPEGImages', '.jpg')
    report.part('JPEGImages', images, images, _ARCHIVE)
    train = report.list_of('train', images, _ARCHIVE)
    val = report.list_of('val', images, _ARCHIVE)
    train_aug = report.list_of(
        'train_aug', images,
        f"{_TOOL}/voc_devkit.py {root} --aug-lists with SBD's lists")
    report.part('SegmentationClass', train + val,
                stems(root / 'SegmentationClass', '.png'), _ARCHIVE)
    report.part('image_labels.json', train_aug or train, labeled(root),
                f'{_TOOL}/image_labels.py voc-xml {root}/Annotations '
                f'{root}/image_labels.json')
    report.part('saliency', train_aug or train,
                stems(root / 'saliency', '.png'),
                'see "Saliency" in docs/data.md; only EPS reads them',
                needed=False)
    report.part('SegmentationClassAug', train_aug or train,
                stems(root / 'SegmentationClassAug', '.png'),
                '--aug-masks; only to evaluate pseudo masks on train_aug',
                needed=False)
    return report.missing


def labeled(root: Path) -> set[str]:
    """Names of the images that have labels; none without the file.

    Raises:
        UserError: If the file is broken.
    """
    path = root / 'image_labels.json'
    return set(ImageLabels.load(path).images) if path.is_file() else set()


def main() -> int:
    """Run the command line."""
    args = parse_args()
    if not args.root.is_dir():
        raise UserError(f'{args.root}: folder not found; give the one that '
                        'has JPEGImages')
    if args.aug_lists:
        print(write_train_aug(args.root, args.aug_lists))
    if args.aug_masks:
        print(make_link(args.root / 'SegmentationClassAug', args.aug_masks))
    if args.link:
        print(make_link(args.link, args.root))
    missing = look(args.root)
    return 1 if missing else 0


if __name__ == '__main__':
    run_main(main)
