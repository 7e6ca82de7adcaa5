"""Where writers put their files."""
from pathlib import Path

from ..structures import UserError

FILES = 'files'


class OutputFolder:
    """A folder that is given, or else ``files`` in the run's own folder.

    For metrics that write files.

    Args:
        out_dir (str | Path, optional): The folder.

    Attributes:
        stamped (bool): Whether ``tools/test.py`` passes ``stamp``.
        work_dir (str, optional): Folder of the run, which
            ``wsss_plugins.WorkDirTestLoop`` sets.
    """
    stamped: bool = True
    work_dir: str | None = None

    def __init__(self, out_dir: str | Path | None = None) -> None:
        self._out_dir = None if out_dir is None else Path(out_dir)

    @property
    def out_dir(self) -> Path:
        """The folder.

        Raises:
            UserError: If it is not given and the run's folder is unknown.
        """
        if self._out_dir is not None:
            return self._out_dir
        if self.work_dir is None:
            raise UserError(
                f'{type(self).__name__}: set out_dir, the folder for the '
                "files, or test_cfg=dict(type='wsss_plugins.WorkDirTestLoop')"
                ', which writes into the work dir')
        return Path(self.work_dir, FILES)
