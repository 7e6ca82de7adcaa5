"""A CAM head with log-sum-exp pooling."""
import math

from mmseg.registry import MODELS
from torch import Tensor

from wsss_plugins.models import CAMHead


@MODELS.register_module()
class LSECAMHead(CAMHead):
    r"""CAM head that pools scores by a smooth maximum.

    P. O. Pinheiro and R. Collobert: From Image-Level to Pixel-Level Labeling
    with Convolutional Networks, CVPR 2015, Sec. 3.2:

    .. math:: s_c = \frac{1}{r} \log \frac{1}{hw} \sum_{ij} \exp(r\, s_{cij})

    Args:
        sharpness (float): r, above 0. Towards 0 it is the mean (CAM), towards
            infinity the maximum. Defaults to 5, the paper's.
        **kwargs: As in :class:`wsss_plugins.models.CAMHead`.

    Raises:
        ValueError: If the sharpness is not above 0.
    """

    def __init__(self, sharpness: float = 5., **kwargs) -> None:
        super().__init__(**kwargs)
        if not sharpness > 0:
            raise ValueError(f'sharpness={sharpness} must be above 0')
        self.sharpness = sharpness

    def scores(self, maps: Tensor) -> Tensor:
        """Class scores before the sigmoid, (N, C), from raw maps."""
        scaled = self.sharpness * maps[:, :self.num_foreground].float()
        count = math.log(maps[0, 0].numel())
        return (scaled.logsumexp(dim=(2, 3)) - count) / self.sharpness
