"""Writer of predicted instances, as files and as one COCO json."""
from collections.abc import Sequence
from pathlib import Path

from ..registry import METRICS
from ..structures import (
    CocoWriter,
    ImageInstances,
    UserError,
    background_index,
    check_background,
)
from .folder_writer import FolderWriter


@METRICS.register_module()
class InstanceWriter(FolderWriter):
    """Write ``pred_instances`` of each image, then all of them together.

    Each image has its own small file, so that an interrupted run can resume
    (``skip_done`` of the data set with suffix ``.json``); at the end the
    files are merged into one COCO json, on which Mask R-CNN and other
    detectors train. Its bytes do not depend on ranks or interruptions.

    Categories are the dataset's classes but the background, with their class
    indices as ids; images are numbered by their names.

    Args:
        out_dir (str, optional): Folder for the files ``NAME.json``
            (:class:`wsss_plugins.structures.ImageInstances`). Defaults to
            ``files`` in the work dir.
        out_file (str, optional): COCO json to write, outside of that folder.
            Defaults to ``instances.json`` beside it.
        min_score (float): Instances that score less are left out of the
            json. Defaults to 1e-5, IRNet's, which leaves out pieces of less
            than a hundredth of the image, whose score is 0.
        background (int): Dataset class index of the background.
        stamp (dict, optional): See :func:`claim_folder`.

    Raises:
        UserError: If the json would lie in the folder of the files.
    """
    suffix = '.json'

    def __init__(self,
                 out_dir: str | None = None,
                 out_file: str | None = None,
                 min_score: float = 1e-5,
                 background: int = 0,
                 stamp: dict | None = None) -> None:
        super().__init__(out_dir, stamp)
        self._out_file = None if out_file is None else Path(out_file)
        self.min_score = min_score
        self.background = background
        if out_dir is not None and out_file is not None and (
                self.out_file.resolve().parent == self.out_dir.resolve()):
            raise UserError(f'out_file={out_file}: lies in out_dir; put it '
                            'elsewhere, files there are of one image each')

    @property
    def out_file(self) -> Path:
        """The COCO json."""
        return self._out_file or self.out_dir.parent / 'instances.json'

    def write(self, sample: dict, path: Path) -> None:
        """Write the file of one image.

        Raises:
            UserError: If the segmentor does not predict instances.
        """
        found = sample.get('pred_instances')
        if found is None:
            raise UserError(f'{sample["img_path"]}: no pred_instances; set '
                            'instances of the segmentor')
        ImageInstances.of_masks(
            Path(sample['img_path']).name, found['masks'].cpu().numpy(),
            found['labels'].tolist(), found['scores'].tolist()).save(path)

    def compute_metrics(self, results: list[str]) -> dict[str, float]:
        """Merge the files; called on the first rank."""
        counts = join_instances(self.out_dir, self.out_file,
                                self._categories(), self.min_score)
        return dict(super().compute_metrics(results), **counts)

    def _categories(self) -> list[dict]:
        check_background(self, background_index(self.dataset_meta['classes']))
        return [
            dict(id=index, name=name)
            for index, name in enumerate(self.dataset_meta['classes'])
            if index != self.background
        ]


def join_instances(folder: Path, out_file: Path, categories: Sequence[dict],
                   min_score: float) -> dict[str, int]:
    """Make one COCO json of a folder of instance files, file by file.

    Args:
        folder (Path): Of files ``NAME.json``.
        out_file (Path): To write, atomically.
        categories (Sequence[dict]): COCO's ``categories``.
        min_score (float): See :class:`InstanceWriter`.

    Returns:
        dict[str, int]: Numbers of images and annotations.

    Raises:
        UserError: If a file is broken.
    """
    paths = sorted(p for p in folder.glob('*.json') if p.name[0] != '.')
    images = []
    for number, path in enumerate(paths, 1):
        one = ImageInstances.load(path)
        images.append(
            dict(
                id=number,
                file_name=one.file_name,
                height=one.size[0],
                width=one.size[1]))
    head = dict(
        info=dict(description='pseudo instances'),
        images=images,
        categories=list(categories))
    with CocoWriter(out_file, head) as writer:
        for number, path in enumerate(paths, 1):
            for annotation in ImageInstances.load(path).annotations(min_score):
                writer.write(
                    dict(id=writer.count + 1, image_id=number, **annotation))
    return dict(images=len(images), instances=writer.count)
