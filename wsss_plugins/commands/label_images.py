"""``wsss label-images``: masks and a segmentor from images with labels."""
import argparse

from .base import Command


class LabelImages(Command):
    """From a folder of images and a table to masks and a segmentor."""
    name = 'label-images'
    help = 'make masks, a segmentor and a report of images with labels'
    example = 'wsss label-images photos/ labels.csv out/'

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add images, labels, out, and what may be chosen."""
        parser.add_argument('images', help='folder of images, may be nested')
        parser.add_argument(
            'labels', help='table (CSV, TSV), JSON, COCO, VOC XML, labelme, '
            'Label Studio or CVAT export, or folders named after classes')
        parser.add_argument('out', help='folder for everything that is made; '
                            'the same again to go on from what changed')
        parser.add_argument('--recipe', metavar='NAME',
                            help='how masks are made; default: eps with '
                            '--saliency, else irn')
        parser.add_argument(
            '--saliency', metavar='WHAT',
            help='folder of saliency maps, ONNX file of an ISNet or U2-Net, '
            'or rembg')
        parser.add_argument(
            '--truth', metavar='DIR',
            help='ground-truth masks of some images, ten are enough: '
            'everything is evaluated by them, and the background threshold '
            'chosen')
        parser.add_argument(
            '--backbone', metavar='NAME',
            help="in place of the recipe's EfficientNet-Lite2: such as "
            'efficientnet-lite0 or resnet50, or a config file')
        parser.add_argument('--weights', metavar='FILE',
                            help='checkpoint of that backbone')
        parser.add_argument('--classes', metavar='FILE',
                            help='names and aliases of the classes')
        parser.add_argument(
            '--max-side', type=int, default=1024, metavar='PIXELS',
            help='larger images are worked on at this longer side; masks '
            'have the size of the image; default: %(default)s')
        parser.add_argument(
            '--val-share', type=float, default=.1, metavar='SHARE',
            help='share of images that no segmentor is trained on; default: '
            '%(default)s')
        parser.add_argument('--split', metavar='FILE',
                            help='table of images and their split')
        parser.add_argument(
            '--unlabeled', default='ignore',
            choices=('ignore', 'negative', 'error'),
            help='what images without a row are: not used, images that show '
            'none of the classes, or a mistake; default: %(default)s')
        parser.add_argument('--max-iters', type=int, metavar='N',
                            help="steps of the segmentor's training")
        parser.add_argument('--minutes', type=float, metavar='N',
                            help='for all stages together, in place of '
                            '--max-iters')
        parser.add_argument('--seed', type=int, default=0,
                            help='default: %(default)s')
        parser.add_argument('--force', nargs='+', default=[], metavar='STAGE',
                            help='run these stages again, and what reads them')
        parser.add_argument('--cfg-options', nargs='+', default=[],
                            metavar='KEY=VALUE',
                            help='override entries of the recipe, such as '
                            'the length of its other trainings')

    def run(self, args: argparse.Namespace) -> int:
        """Run it and say what to do next."""
        from ..apis.label_images import Settings, label_images
        from ..apis.options import read_options
        workspace = label_images(
            args.images, args.labels, args.out,
            Settings(recipe=args.recipe, classes_file=args.classes,
                     max_side=args.max_side, val_share=args.val_share,
                     split_file=args.split, unlabeled=args.unlabeled,
                     truth=args.truth, saliency=args.saliency,
                     backbone=args.backbone, weights=args.weights,
                     max_iters=args.max_iters, minutes=args.minutes,
                     seed=args.seed, force=args.force,
                     options=read_options(args.cfg_options)))
        print(f'masks:     {workspace.masks}')
        if workspace.segmentor.is_dir():
            print(f'segmentor: {workspace.segmentor}')
        print(f'report:    {workspace.report}\n'
              f'next: wsss review {args.out}')
        return 0
