"""Make saliency maps of images: the same as ``wsss make-saliency``."""
import wsss_plugins  # noqa: F401 (lets configs inherit from mmseg::)
from wsss_plugins.apis.cli import run_main
from wsss_plugins.commands import run_command

if __name__ == '__main__':
    run_main(lambda: run_command('make-saliency'))
