"""Colors of WSGCN's golden graphs."""
import numpy as np
import torch
from torch import Tensor


def colors(rgbxy: np.ndarray) -> Tensor:
    return torch.from_numpy(rgbxy[..., :3]).permute(2, 0, 1).contiguous()
