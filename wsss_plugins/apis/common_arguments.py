"""The command line of ``tools/train.py`` and ``tools/test.py``."""
import argparse

from .options import ConfigOptions


def add_common_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of both tools, named as in OpenMMLab's own."""
    parser.add_argument(
        '--work-dir',
        help='folder for logs and results; default WORK_ROOT/CONFIG, where '
        'work_root of the config is work_dirs')
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=ConfigOptions,
        help='override config entries: nested keys with dots, lists as '
        'key="[a,b]"; names that the config declares, such as data_root, '
        'max_iters, weights and seed, set all entries that they stand for; '
        'facts=FILE sets those of a data set')
    parser.add_argument(
        '--launcher',
        choices=('none', 'pytorch', 'slurm', 'mpi'),
        default='none',
        help='how the ranks of a distributed run are started')
    # Set by torch.distributed.launch; torchrun uses the environment.
    parser.add_argument('--local_rank', '--local-rank', type=int, default=0)
