"""``wsss export``: masks, or the segmentor, for other tools."""
import argparse

from ..structures import UserError
from .base import Command

_ONNX = 'onnx'
_CHECKED_ON = 3


class Export(Command):
    """Writes what a workspace holds in another format."""
    name = 'export'
    help = ('hand masks on as COCO, YOLO, labelme, Label Studio, CVAT or VOC, '
            'or the segmentor as ONNX')
    example = 'wsss export out/ out.zip --format yolo --images'

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add workspace, target, format, and what may be chosen."""
        parser.add_argument('workspace', metavar='OUT',
                            help='folder that "wsss label-images" made')
        parser.add_argument('target', help='new folder, or .zip; for onnx a '
                            '.onnx file')
        parser.add_argument('--format', required=True,
                            help='see --list; or onnx, the segmentor')
        parser.add_argument('--images', action='store_true',
                            help='copy the image files, too')
        parser.add_argument(
            '--which', default='unless-rejected',
            choices=('all', 'unless-rejected', 'accepted'),
            help='images by what the review says; default: %(default)s')
        parser.add_argument(
            '--option', nargs='+', default=[], metavar='KEY=VALUE',
            help='of a format, such as segmentation=polygons of coco')
        parser.add_argument(
            '--size', type=int, nargs=2, metavar=('HEIGHT', 'WIDTH'),
            help='fixed size of the images of an onnx file; default: any')
        parser.add_argument('--list', action=_ListFormats,
                            help='list the formats')

    def run(self, args: argparse.Namespace) -> None:
        """Write, and tell what was lost."""
        if args.format == _ONNX:
            _export_onnx(args)
            return
        from ..apis.mask_export import export_masks
        from ..workspace.layout import Workspace
        done = export_masks(
            Workspace(args.workspace), args.target, args.format, args.images,
            args.which, **_options(args.option))
        print(f'{args.target}: {done.images} masks as {args.format}, '
              f'{done.corrected} of them corrected by hand')
        for why, count in done.left_out.items():
            print(f'left out: {count} images {why}')
        for line in done.notes.lines():
            print(f'note: {line}')


class _ListFormats(argparse.Action):
    """Prints the formats and ends."""

    def __init__(self, **words) -> None:
        super().__init__(**words, nargs=0)

    def __call__(self, parser, *_) -> None:
        from ..exports import all_formats
        for name, kind in all_formats().items():
            print(f'{name:14} {kind.help}')
            for key, text in kind.options.items():
                print(f'{"":14}   --option {key}=...: {text}')
        print(f'{_ONNX:14} the trained segmentor')
        parser.exit()


def _options(words: list[str]) -> dict[str, str]:
    for word in words:
        if '=' not in word:
            raise UserError(f'--option {word}: write KEY=VALUE')
    return dict(word.split('=', 1) for word in words)


def _export_onnx(args: argparse.Namespace) -> None:
    from ..apis.onnx_export import export_onnx
    from ..apis.segmentor import Segmentor
    segmentor = Segmentor(args.workspace, device='cpu')
    done = export_onnx(segmentor, args.target, args.size,
                       _some_images(args.workspace))
    print(f'{args.target}: checked on {done.images} images, probabilities '
          f'differ by {done.difference:.1e} at most, {done.equal:.2%} of the '
          'pixels have the same class')


def _some_images(root: str) -> list:
    """Work copies of a workspace, if it is one."""
    from ..structures import read_image
    from ..workspace.layout import Workspace
    paths = sorted(Workspace(root).images.glob('*.jpg'))[:_CHECKED_ON]
    return [read_image(path) for path in paths] if len(
        paths) == _CHECKED_ON else []
