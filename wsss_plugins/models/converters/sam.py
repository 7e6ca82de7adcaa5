"""Weights of SAM for :class:`wsss_plugins.SAMGenerator`."""
from torch import Tensor

from ...structures import UserError

_PREFIX = 'network.'


def sam_checkpoint(source: str) -> dict[str, Tensor]:
    """Weights by the generator's names.

    Args:
        source (str): Name or folder of a SAM of transformers, such as
            ``facebook/sam-vit-base`` (Apache-2.0).

    Raises:
        UserError: If transformers or the weights are missing.
    """
    try:
        from transformers import SamModel
    except ImportError:
        raise UserError('weights of SAM need transformers; run "pip install '
                        'transformers"') from None
    try:
        network = SamModel.from_pretrained(source)
    except Exception as error:  # of networks, files and names alike
        text = ' '.join(str(error).split())
        raise UserError(f'{source}: SAM could not be loaded ({text:.120}); '
                        'give facebook/sam-vit-base, -large or -huge, or a '
                        'folder that holds one') from None
    return {f'{_PREFIX}{name}': value.contiguous()
            for name, value in network.state_dict().items()}
