"""``python -m wsss_plugins``, the same as ``wsss``."""
from .apis.cli import run_main
from .commands import main


def run() -> None:
    """Run the command line and end the process."""
    run_main(main)


if __name__ == '__main__':
    run()
