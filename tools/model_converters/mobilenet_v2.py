"""Convert torchvision-style MobileNetV2 weights for MobileNetV2Top."""
import argparse
import pickle
from pathlib import Path

import torch

from wsss_plugins.apis.cli import run_main
from wsss_plugins.models.converters import convert_mobilenet_v2
from wsss_plugins.structures import UserError, atomic_path


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('source', help='torchvision-style state dict (.pth)')
    parser.add_argument('output', help='checkpoint to write (.pth)')
    args = parser.parse_args()
    if not Path(args.source).is_file():
        raise UserError(f'{args.source}: file not found')
    try:
        state = torch.load(args.source, 'cpu', weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, EOFError) as error:
        reason = str(error).splitlines()[0]
        raise UserError(f'{args.source}: not a state dict ({reason})'
                        ) from None
    state = convert_mobilenet_v2(state, args.source)
    with atomic_path(args.output) as path:
        torch.save(dict(state_dict=state, meta={}), path)
    print(f'{args.output}: {len(state)} weights')


if __name__ == '__main__':
    run_main(main)
