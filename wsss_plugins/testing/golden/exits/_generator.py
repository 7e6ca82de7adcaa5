"""MAL's generator around given networks."""
from mmengine.config import Config
from mmengine.structures import BaseDataElement
from torch import Tensor, nn

from wsss_plugins.models import ExitsGenerator
from wsss_plugins.testing.configs import config_path

_MODEL = '_base_/models/mal_vitb.py'


class GivenNetwork(nn.Module):
    """A network whose logits are known, also for mirrored crops."""

    def __init__(self, logits: Tensor, flipped: Tensor | None = None) -> None:
        super().__init__()
        self.logits, self.flipped = logits, flipped

    def forward(self, images: Tensor, areas: list[float]) -> Tensor:
        """Logits; mirrored crops are those whose last column is marked."""
        mirrored = self.flipped is not None and images[..., -1].any()
        return self.flipped if mirrored else self.logits


def given_generator(student: nn.Module, teacher: nn.Module | None = None,
               **options) -> ExitsGenerator:
    """MAL's generator of the ViT-B config around given networks."""
    model = Config.fromfile(config_path(_MODEL)).model
    model.update(network=dict(type=nn.Identity), data_preprocessor=None,
                 **options)
    model.pop('type')
    generator = ExitsGenerator(**model)
    generator.student, generator.teacher = student, teacher
    return generator.eval()


def object_samples(boxes: Tensor, **meta) -> list[BaseDataElement]:
    samples = []
    for number, box in enumerate(boxes):
        sample = BaseDataElement(
            metainfo=dict(
                ann_id=number, box_area=float(box.sum()),
                **{k: v[number] for k, v in meta.items()}))
        sample.box_mask = box
        samples.append(sample)
    return samples
