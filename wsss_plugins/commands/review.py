"""``wsss review``: a page to look at masks and correct them."""
import argparse

from .base import Command


class Review(Command):
    """Serves the review page."""
    name = 'review'
    help = 'show the images worst first on a local page, and correct them'
    example = 'wsss review OUT'

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add its arguments."""
        parser.add_argument('workspace', metavar='OUT',
                            help='folder that "wsss label-images" made')
        parser.add_argument('--port', type=int, default=0,
                            help='where to listen (default: one that belongs '
                            'to the folder)')
        parser.add_argument('--no-browser', action='store_true',
                            help='only print the address')
        parser.add_argument('--device', default='cpu',
                            help='where a generator of object masks computes')

    def run(self, args: argparse.Namespace) -> None:
        """Serve until Ctrl+C."""
        from ..review import serve

        def make_labeler(config: str, weights: str):
            from ..apis.labeler import MaskLabeler
            labeler = MaskLabeler(config, weights, args.device)
            return lambda image, boxes: labeler.predict(image, boxes=boxes)

        serve(args.workspace, args.port, not args.no_browser, make_labeler)
