"""Convert VGG16 weights, torchvision's or Caffe's names, for DeepLabVGG16.

vgg16.py vgg16.pth data/vgg16_imagenet.pth

Values are not changed: Caffe's want BGR images of 0 to 255 minus their mean,
torchvision's RGB images with ImageNet's mean and deviation. --large-fov
also writes fc6 and fc7 of DeepLab, from a file that has the classifier.
"""
import argparse

from wsss_plugins.apis.cli import run_main


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('source', help='state dict of VGG16 (.pth)')
    parser.add_argument('output', help='checkpoint to write (.pth)')
    parser.add_argument(
        '--large-fov', metavar='FILE',
        help='also write fc6 and fc7 of a LargeFOV head (.pth)')
    args = parser.parse_args()
    from wsss_plugins.models.converters.large_fov import convert_large_fov
    from wsss_plugins.models.converters.vgg16 import convert_vgg16
    from wsss_plugins.models.converters.weight_files import (
        load_weights,
        save_weights,
    )
    weights = load_weights(args.source)
    files = {args.output: convert_vgg16(weights, args.source)}
    if args.large_fov:
        files[args.large_fov] = convert_large_fov(weights, args.source)
    for path, state in files.items():
        save_weights(state, path)
        print(f'{path}: {len(state)} weights')


if __name__ == '__main__':
    run_main(main)
