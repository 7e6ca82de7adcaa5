"""Evaluate predicted instances in a COCO json.

measure_instances.py instances.json instances_val.json OUT

Writes OUT/metrics.json: COCO's AP of the scored masks, as fractions.
``instances/ap50`` is the pseudo-instance AP of IRNet. Images are matched by
file name, categories by id.
"""
import argparse
from pathlib import Path

from wsss_plugins.apis.cli import run_main
from wsss_plugins.structures import write_json


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('instances', help='COCO json with the instances')
    parser.add_argument('truth', help='COCO json with the ground truth')
    parser.add_argument('out', help='folder for the results')
    return parser.parse_args()


def main() -> None:
    """Evaluate."""
    args = parse_args()
    from wsss_plugins.evaluation.instance_scores import mask_ap
    metrics = {
        f'instances/{key}': value
        for key, value in mask_ap(args.instances, args.truth).items()
    }
    write_json(Path(args.out, 'metrics.json'), metrics, indent=1)
    for key, value in metrics.items():
        print(f'{key:24} {value:.4f}')


if __name__ == '__main__':
    run_main(main)
