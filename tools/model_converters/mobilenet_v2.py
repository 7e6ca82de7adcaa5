"""Convert torchvision-style MobileNetV2 weights for MobileNetV2Top."""
import argparse

from wsss_plugins.apis.cli import run_main


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog='example: mobilenet_v2.py mobilenet_v2.pth '
        'data/mobilenet_v2_mmseg.pth')
    parser.add_argument('source', help='torchvision-style state dict (.pth)')
    parser.add_argument('output', help='checkpoint to write (.pth)')
    args = parser.parse_args()
    from wsss_plugins.models.converters.mobilenet_v2 import (
        convert_mobilenet_v2,
    )
    from wsss_plugins.models.converters.weight_files import (
        load_weights,
        save_weights,
    )
    state = convert_mobilenet_v2(load_weights(args.source), args.source)
    save_weights(state, args.output)
    print(f'{args.output}: {len(state)} weights')


if __name__ == '__main__':
    run_main(main)
