"""Write weights of SAM as a checkpoint of SAMGenerator."""
import argparse

from wsss_plugins.apis.cli import run_main


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog='example: sam.py facebook/sam-vit-base data/sam_vit_base.pth')
    parser.add_argument('source', help='name or folder of a SAM of '
                        'transformers')
    parser.add_argument('output', help='checkpoint to write (.pth)')
    args = parser.parse_args()
    from wsss_plugins.models.converters.sam import sam_checkpoint
    from wsss_plugins.models.converters.weight_files import save_weights
    state = sam_checkpoint(args.source)
    save_weights(state, args.output)
    print(f'{args.output}: {len(state)} weights')


if __name__ == '__main__':
    run_main(main)
