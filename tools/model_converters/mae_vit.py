"""Convert weights of MAE, DeiT or DINO for PatchViT."""
import argparse

from wsss_plugins.apis.cli import run_main


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog='example: mae_vit.py mae_pretrain_vit_base.pth '
        'data/mae_vit_base.pth')
    parser.add_argument(
        'source', help='weights of MAE, DeiT or DINO (.pth), e.g. '
        'mae_pretrain_vit_base.pth')
    parser.add_argument('output', help='checkpoint to write (.pth)')
    parser.add_argument(
        '--patch-embed',
        choices=('convstem', 'linear'),
        default='convstem',
        help='patch embedding of the network: a convolutional stem has no '
        'weights in the file, a linear one has (default: %(default)s)')
    args = parser.parse_args()
    from wsss_plugins.models.converters.vit import convert_vit
    from wsss_plugins.models.converters.weight_files import (
        load_weights,
        save_weights,
    )
    state = convert_vit(
        load_weights(args.source), args.source, args.patch_embed)
    save_weights(state, args.output)
    print(f'{args.output}: {len(state)} weights')


if __name__ == '__main__':
    run_main(main)
