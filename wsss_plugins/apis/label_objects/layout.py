"""Where things lie in the folder that own objects are worked on in."""
import os
from pathlib import Path


class ObjectSpace:
    """Paths of what ``wsss label-objects`` makes.

    Args:
        root (str | PathLike): The folder.
    """

    def __init__(self, root: str | os.PathLike) -> None:
        self.root = Path(root).absolute()
        self.file = self.root / 'objects.json'
        self.points = self.root / 'data' / 'points.json'
        self.truth = self.root / 'data' / 'truth.json'
        self.facts = self.root / 'data' / 'facts.py'
        self.configs = self.root / 'configs' / 'own_objects'
        self.pipeline = self.root / 'pipeline.py'
        self.work = self.root / 'work'
        self.instances = self.root / 'instances.json'
        self.generator = self.root / 'generator'
        self.detector = self.root / 'detector'
        self.report = self.root / 'report.html'
