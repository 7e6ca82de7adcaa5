"""Where to compute."""
import torch

from ..structures import UserError


def checked_device(name: str | None = None) -> torch.device:
    """A device that is there.

    Args:
        name (str, optional): As PyTorch names it. Defaults to the first GPU,
            or the CPU if there is none.

    Raises:
        UserError: If there is no such device.
    """
    if name is None:
        name = 'cuda' if torch.cuda.is_available() else 'cpu'
    try:
        device = torch.device(name)
    except (RuntimeError, TypeError):
        raise UserError(f'device={name!r}: not a device of PyTorch; choose '
                        'cpu or cuda') from None
    if device.type == 'cuda' and (device.index or 0) >= (
            torch.cuda.device_count()):
        raise UserError(f'device={name!r}: there is no such GPU; '
                        f'PyTorch finds {torch.cuda.device_count()}')
    return device
