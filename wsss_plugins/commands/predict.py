"""``wsss predict``: masks of new images."""
import argparse

from .base import Command

_SHOWN = 20


class Predict(Command):
    """Draws masks with a trained segmentor."""
    name = 'predict'
    help = 'draw masks of new images with a trained segmentor'
    example = 'wsss predict out/segmentor new_photos/ out2/'

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add model, images, out, and what may be chosen."""
        parser.add_argument(
            'model', help='folder of a segmentor, as "wsss label-images" '
            'writes one; or a config of mmseg, with --weights')
        parser.add_argument('images', help='folder, may be nested, or image')
        parser.add_argument(
            'out', help='folder of the masks; the same again to go on')
        parser.add_argument('--weights', metavar='FILE',
                            help='checkpoint of a config')
        parser.add_argument('--device', help='default: a GPU if there is one')
        parser.add_argument(
            '--tta', action='store_true',
            help='average over flips and scales: better and slower')
        parser.add_argument(
            '--overlays', action='store_true',
            help='also draw masks over images, and a page of them')
        parser.add_argument('--batch-size', type=int, default=4, metavar='N',
                            help='default: %(default)s')
        parser.add_argument(
            '--max-side', type=int, metavar='PIXELS',
            help='compute larger images at this longer side; default: that '
            'of the training')

    def run(self, args: argparse.Namespace) -> None:
        """Draw, and list what could not be read."""
        from ..apis.predict_folder import PAGE, predict_folder
        from ..apis.segmentor import Segmentor
        segmentor = Segmentor(
            args.model, args.weights, args.device, args.tta, args.batch_size,
            args.max_side)
        found = predict_folder(segmentor, args.images, args.out,
                               args.overlays)
        for one in found.problems[:_SHOWN]:
            print(f'left out: {one["where"]}: {one["what"]}')
        more = len(found.problems) - _SHOWN
        if more > 0:
            print(f'and {more} more, see {args.out}/problems.json')
        there = f', {found.kept} were there already' if found.kept else ''
        print(f'{found.done} masks{there}: {args.out}/masks')
        if args.overlays:
            print(f'page: {args.out}/{PAGE}')
