"""Backbones in bfloat16 on processors that compute in it."""
import functools
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

_CPU_INFO = '/proc/cpuinfo'
_FLAGS = {'amx_bf16', 'avx512_bf16'}


@functools.cache
def processor_has_bfloat16(cpu_info: str = _CPU_INFO) -> bool:
    """Whether the processor multiplies numbers of bfloat16 (Linux).

    Args:
        cpu_info (str): File with the processor's flags.
    """
    try:
        text = Path(cpu_info).read_text()
    except OSError:
        return False
    return any(
        _FLAGS & set(line.split()) for line in text.splitlines()
        if line.startswith('flags'))


def run_in_bfloat16(network: nn.Module) -> None:
    """Turn a network to bfloat16; it takes and gives float32 as before.

    Weights keep 8 of 24 binary digits, so outputs are no longer those of
    float32.

    Args:
        network (nn.Module): Changed; not to be trained or saved any more.
    """
    network.to(torch.bfloat16)
    network.register_forward_pre_hook(
        lambda _, inputs: _turned(inputs, torch.bfloat16))
    network.register_forward_hook(
        lambda _, inputs, outputs: _turned(outputs, torch.float32))


def _turned(values: Any, dtype: torch.dtype) -> Any:
    if isinstance(values, (tuple, list)):
        return type(values)(_turned(value, dtype) for value in values)
    return values.to(dtype) if isinstance(values, Tensor) else values
