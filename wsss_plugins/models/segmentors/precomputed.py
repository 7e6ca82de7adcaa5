"""A model that returns what the data pipeline has made."""
import torch
from mmengine.model import BaseModel
from torch import nn

from ...registry import MODELS


@MODELS.register_module()
class PrecomputedModel(BaseModel):
    """Return data samples unchanged, for evaluation and writing.

    Stages that refine files without a network (dense CRF, thresholds) do
    their work in data workers; this model lets the stock test loop run them,
    on several ranks and with its evaluators. Its only parameter is unused,
    but distributed wrappers need one.
    """

    def __init__(self) -> None:
        super().__init__()
        self.unused = nn.Parameter(torch.zeros(1))

    def forward(self,
                inputs: list[torch.Tensor] | None = None,
                data_samples: list | None = None,
                mode: str = 'predict') -> list:
        """Return the data samples.

        Raises:
            RuntimeError: In any mode other than ``'predict'``.
        """
        if mode != 'predict' or data_samples is None:
            raise RuntimeError(f'there is nothing to compute in mode={mode!r}')
        return data_samples
