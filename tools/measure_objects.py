"""Evaluate masks of objects in a COCO json against the ground truth.

measure_objects.py label/instances.json instances_val2017.json OUT

Objects are matched by annotation id. Writes OUT/metrics.json, as fractions:
mean IoU over objects and over classes, by size, and for objects that are cut
in two or more; COCO's AP of the masks; the mean IoU on a list of separated
objects. OUT/masks.json has the scores of each class.
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
    parser.add_argument('masks', help='COCO json with the masks to evaluate')
    parser.add_argument('truth', help='COCO json with the ground truth')
    parser.add_argument('out', help='folder for the results')
    parser.add_argument(
        '--separated',
        help='list of separated objects, made by '
        'tools/dataset_converters/separated_coco.py')
    return parser.parse_args()


def main() -> None:
    """Evaluate."""
    args = parse_args()
    from wsss_plugins.evaluation.instance_scores import (
        class_names,
        mask_ap,
        score_file,
        separated_scores,
    )
    scores = score_file(args.masks, args.truth)
    metrics = {f'objects/{k}': v for k, v in scores.metrics().items()}
    for key, value in mask_ap(args.masks, args.truth).items():
        metrics[f'objects/{key}'] = value
    if args.separated:
        for key, value in separated_scores(args.masks,
                                           args.separated).items():
            metrics[f'separated/{key}'] = value
    table = scores.table(class_names(args.truth))
    write_json(
        Path(args.out, 'masks.json'),
        dict(kind='masks', miou=metrics['objects/miou'], per_class=table),
        indent=1)
    write_json(Path(args.out, 'metrics.json'), metrics, indent=1)
    for key, value in metrics.items():
        print(f'{key:24} {value:.4f}' if isinstance(value, float) else
              f'{key:24} {value}')


if __name__ == '__main__':
    run_main(main)
