"""``wsss make-saliency``: saliency maps of photos."""
import argparse
from pathlib import Path

from .base import Command


class MakeSaliency(Command):
    """From photos to maps of what stands out, by a public detector."""
    name = 'make-saliency'
    help = 'make saliency maps of images by an ONNX file or rembg'
    example = 'wsss make-saliency isnet-general-use.onnx photos/ saliency/'

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add model, images, out, and how images are prepared."""
        parser.add_argument(
            'model', help='ONNX file of an ISNet, a U2-Net or another '
            'detector, or rembg')
        parser.add_argument('images', help='folder of images, may be nested')
        parser.add_argument('out', help='folder of the maps; the same again '
                            'to go on')
        parser.add_argument(
            '--size', type=int, nargs=2, metavar=('HEIGHT', 'WIDTH'),
            help='of the input, where the file leaves it open')
        for name in ('mean', 'std'):
            parser.add_argument(
                f'--{name}', type=float, nargs='+', metavar='X',
                help='of RGB from 0 to 1, one value or three; default: '
                "ISNet's for 1024 x 1024 pixels, U2-Net's for 320 x 320")

    def run(self, args: argparse.Namespace) -> int:
        """Make the maps and say what to do with them."""
        from ..apis.saliency import find_detector, make_saliency
        from ..apis.saliency.onnx_detector import Preparation
        from ..own_images.names import mask_files
        from ..own_images.photos import scan_photos
        from ..structures import UserError
        for name in ('mean', 'std'):
            if getattr(args, name) and len(getattr(args, name)) not in (1, 3):
                raise UserError(f'--{name}: give one value or three')
        if args.std and min(args.std) <= 0:
            raise UserError(f'--std {min(args.std):g}: give values above 0')
        detector = find_detector(args.model, Preparation(*(
            value and tuple(value)
            for value in (args.size, args.mean, args.std))))
        print(detector.about)
        photos = scan_photos(args.images, [args.out])
        files = mask_files(photo.source for photo in photos.photos)
        if not files:
            raise UserError(f'{args.images}: no images in it; fix the path')
        count, flaws = make_saliency(
            detector, {files[photo.source]: photo.path
                       for photo in photos.photos}, Path(args.out))
        print(f'{count} maps written, {len(files) - count - len(flaws)} were '
              f'there\nnext: wsss label-images {args.images} LABELS OUT '
              f'--saliency {args.out}')
        if flaws:
            raise UserError(f'{len(flaws)} images cannot be read, first '
                            f'{flaws[0]}')
        return 0
