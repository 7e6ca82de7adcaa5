"""``wsss label-objects``: masks and a detector from clicks or boxes."""
import argparse

from .base import Command


class LabelObjects(Command):
    """From four clicks or a box for each object to masks and a detector."""
    name = 'label-objects'
    help = 'make masks of objects, and a detector, from clicks or boxes'
    example = 'wsss label-objects photos/ clicks.csv out/'

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add images, clicks, out, and what may be chosen."""
        parser.add_argument('images', help='folder of images')
        parser.add_argument(
            'clicks', help='table with a line for each object, or COCO json '
            'of bbox or extreme_points')
        parser.add_argument('out', help='folder for everything that is made; '
                            'the same again to go on from what changed')
        parser.add_argument('--classes', nargs='+', metavar='NAME',
                            help='in order; default: those of the table')
        parser.add_argument(
            '--truth', metavar='FILE', help='COCO json of masks of some '
            'images, which the detector is evaluated on')
        parser.add_argument(
            '--generator', nargs=2, metavar=('CONFIG', 'CHECKPOINT'),
            help='a trained generator of masks; default: one is trained')
        parser.add_argument(
            '--threshold', type=float, default=.3,
            help='probability that a mask must exceed; default: %(default)s')
        parser.add_argument('--minutes', type=float, metavar='N',
                            help='how long it may take')
        parser.add_argument('--max-iters', type=int, metavar='N',
                            help="steps of the detector's training")
        parser.add_argument('--seed', type=int, default=0,
                            help='default: %(default)s')

    def run(self, args: argparse.Namespace) -> None:
        """Run it and say what there is."""
        from ..apis.label_objects import Settings, label_objects
        given = tuple(args.generator) if args.generator else None
        space = label_objects(args.images, args.clicks, args.out, Settings(
            args.classes, args.truth, given, args.threshold, args.minutes,
            args.max_iters, args.seed))
        print(f'masks:    {space.instances}\n'
              f'detector: {space.detector}\n'
              f'report:   {space.report}')
