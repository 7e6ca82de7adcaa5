"""Random numbers that depend on what they are for, not on when they come.

A number is a hash of (key of the image, step, position). So an image has the
same noise in any batch, in any order, on any rank and any device.
"""
import hashlib

import torch
from torch import Tensor

_WORD = 0xFFFFFFFF
# Multipliers of the mixing function "lowbias32" (C. Wellons, public domain).
_MULTIPLIERS = (0x7FEB352D, 0x846CA68B)


def seed_of(name: str, seed: int = 0) -> int:
    """A seed for an image, of 63 bits.

    Args:
        name (str): Of the image, without folder and suffix.
        seed (int): Of the run.
    """
    digest = hashlib.blake2b(f'{seed}:{name}'.encode(), digest_size=8)
    return int.from_bytes(digest.digest(), 'little') >> 1


def _mix(words: Tensor) -> Tensor:
    """Hash 32-bit words that are kept in int64, in place."""
    for shift, factor in zip((16, 15), _MULTIPLIERS):
        words ^= words >> shift
        words *= factor
        words &= _WORD
    words ^= words >> 16
    return words


def uniform_noise(keys: Tensor, step: int, count: int) -> Tensor:
    """Uniform numbers in [0, 1), 24 bits each.

    Args:
        keys (Tensor): One for each row, int64 (B,), at least 0.
        step (int): Of the row's run, at least 0.
        count (int): Numbers for each row.

    Returns:
        Tensor: float32 (B, count). The first ``n`` numbers of a row are the
        same for every count from ``n`` on.
    """
    # Both halves of the key and the step enter one after the other.
    state = _mix(((keys & _WORD) + 0x9E3779B9) & _WORD)
    state = _mix(state ^ (keys >> 32))
    state = _mix((state + step) & _WORD)[:, None]
    words = (torch.arange(count, device=keys.device) + state) & _WORD
    return (_mix(_mix(words) ^ state) >> 8).float() * 2**-24
