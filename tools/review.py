"""Review the images of a workspace on a local page: wsss review OUT."""
from wsss_plugins.apis.cli import run_main
from wsss_plugins.commands import run_command

if __name__ == '__main__':
    run_main(lambda: run_command('review'))
