"""Take corrected masks back: the same as ``wsss import``."""
import wsss_plugins  # noqa: F401 (lets configs inherit from mmseg::)
from wsss_plugins.apis.cli import run_main
from wsss_plugins.commands import run_command

if __name__ == '__main__':
    run_main(lambda: run_command('import'))
