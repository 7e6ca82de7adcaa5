"""Convert VGG16 weights, torchvision's or Caffe's names, for DeepLabVGG16.

Values are not changed: Caffe's want BGR images of 0 to 255 minus their mean,
torchvision's RGB images with ImageNet's mean and deviation.
"""
import argparse

from wsss_plugins.apis.cli import run_main
from wsss_plugins.models.converters import (
    convert_vgg16,
    load_weights,
    save_weights,
)


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('source', help='state dict of VGG16 (.pth)')
    parser.add_argument('output', help='checkpoint to write (.pth)')
    args = parser.parse_args()
    state = convert_vgg16(load_weights(args.source), args.source)
    save_weights(state, args.output)
    print(f'{args.output}: {len(state)} weights')


if __name__ == '__main__':
    run_main(main)
