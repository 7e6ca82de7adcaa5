"""Where things lie in the folder that own images are worked on in."""
import os
from pathlib import Path

from ..structures import UserError, read_json, write_json

VERSION = 1
_FIX = 'make it with "wsss label-images IMAGES LABELS OUT"'


class Workspace:
    """Paths of a workspace, and the facts that it was made from.

    ``data`` holds work copies in VOC's layout, ``corrections`` what a person
    changed (no stage writes there), ``work`` the stages' outputs, ``masks``
    the final masks at the size of the images, ``segmentor`` the trained one.

    Args:
        root (str | PathLike): The folder.
    """

    def __init__(self, root: str | os.PathLike) -> None:
        self.root = Path(root).absolute()

    @property
    def file(self) -> Path:
        """Facts: images, labels, options, classes, palette, command."""
        return self.root / 'wsss.json'

    @property
    def problems(self) -> Path:
        """All problems that were found in images and labels."""
        return self.root / 'problems.json'

    @property
    def data(self) -> Path:
        """Work copies, labels and lists, in VOC's layout."""
        return self.root / 'data'

    @property
    def images(self) -> Path:
        """Work copies: ``NAME.jpg``, upright RGB."""
        return self.data / 'JPEGImages'

    @property
    def entries(self) -> Path:
        """Where each image came from."""
        return self.data / 'images.json'

    @property
    def contents(self) -> Path:
        """What the work copies show, wherever their images lie."""
        return self.data / 'contents.json'

    @property
    def labels(self) -> Path:
        """Image-level labels, corrections applied."""
        return self.data / 'labels.json'

    @property
    def facts(self) -> Path:
        """Fact file of the data set, for every config."""
        return self.data / 'facts.py'

    @property
    def saliency(self) -> Path:
        """Saliency maps: ``NAME.png``, where there are any."""
        return self.data / 'saliency'

    @property
    def truth(self) -> Path:
        """Ground truth at work size: ``NAME.png``, where there is any."""
        return self.data / 'truth'

    @property
    def corrections(self) -> Path:
        """What a person changed."""
        return self.root / 'corrections'

    @property
    def configs(self) -> Path:
        """Configs of the run."""
        return self.root / 'configs'

    @property
    def pipeline(self) -> Path:
        """Pipeline of the run."""
        return self.root / 'pipeline.py'

    @property
    def work(self) -> Path:
        """Folders of the stages."""
        return self.root / 'work'

    @property
    def cam_dir(self) -> Path:
        """CAM files of the images: ``NAME.npz``."""
        return self.work / 'cam/files'

    @property
    def mask_dir(self) -> Path:
        """Final pseudo masks at work size: ``NAME.png``."""
        return self.work / 'final/files'

    @property
    def suspicion(self) -> Path:
        """Scores of doubt of the images, worst first."""
        return self.root / 'suspicion.json'

    @property
    def masks(self) -> Path:
        """Final masks at the size of the images."""
        return self.root / 'masks'

    @property
    def segmentor(self) -> Path:
        """All that a prediction needs."""
        return self.root / 'segmentor'

    @property
    def report(self) -> Path:
        """The report's page."""
        return self.root / 'report.html'

    def split_list(self, split: str) -> Path:
        """List of images: ``'all'``, ``'train'``, ``'val'``,
        ``'truth'``, those with ground truth, or ``'segmentor'``, the training
        images that nobody rejected.
        """
        return self.data / f'ImageSets/Segmentation/{split}.txt'

    def load(self) -> dict:
        """Facts of the workspace.

        Returns:
            dict: ``images`` and ``labels`` (str, absolute), ``options``
                (dict), ``classes`` (list of str, background first),
                ``palette`` (list of RGB triples), ``command`` (list of str).

        Raises:
            UserError: If it is none, or of a later version.
        """
        if not self.file.is_file():
            raise UserError(f'{self.root}: no workspace (no {self.file.name}'
                            f' in it); {_FIX}')
        facts = read_json(self.file, 'facts of a workspace', _FIX, _FIX)
        if not isinstance(facts, dict) or 'classes' not in facts:
            raise UserError(f'{self.file}: not the facts of a workspace; '
                            f'{_FIX}')
        if facts.get('version') != VERSION:
            raise UserError(f'{self.file}: version {facts.get("version")!r}, '
                            f'this package reads {VERSION}; update the '
                            'package')
        return facts

    def save(self, facts: dict) -> None:
        """Write the facts, atomically."""
        write_json(self.file, dict(version=VERSION, **facts), indent=1,
                   ensure_ascii=False)
