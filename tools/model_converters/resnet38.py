"""Convert ResNet-38 A1's public MXNet file to a checkpoint.

The file ``ilsvrc-cls_rna-a1_cls1000_ep-0001.params`` comes from
https://github.com/itijyou/ademxapp. MXNet is not needed.
"""
import argparse

from wsss_plugins.apis.cli import run_main


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog='example: resnet38.py '
        'ilsvrc-cls_rna-a1_cls1000_ep-0001.params data/resnet38_a1.pth')
    parser.add_argument('source', help='MXNet .params file')
    parser.add_argument('output', help='checkpoint to write (.pth)')
    args = parser.parse_args()
    from wsss_plugins.models.converters.mxnet_params import read_mxnet_params
    from wsss_plugins.models.converters.resnet38 import convert_resnet38
    from wsss_plugins.models.converters.weight_files import save_weights
    state = convert_resnet38(read_mxnet_params(args.source), args.source)
    save_weights(state, args.output)
    print(f'{args.output}: {len(state)} arrays')


if __name__ == '__main__':
    run_main(main)
