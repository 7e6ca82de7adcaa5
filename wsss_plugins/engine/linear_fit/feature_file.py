"""Pooled features of images in a file that knows what they are of."""
import hashlib
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.config import Config
from torch import Tensor, nn

from ...structures import atomic_path
from ...structures.digests import file_digest
from ...structures.failures import READ_FAILURES

_COUNTER = 'num_batches_tracked'


def network_key(parts: Sequence[nn.Module], skip: nn.Module,
                described: Sequence[Any]) -> str:
    """A key of all that features depend on but the images.

    Args:
        parts (Sequence[nn.Module]): Those that features pass through.
        skip (nn.Module): The classifier, which comes after the features.
        described (Sequence): What else counts, in types of configs.

    Returns:
        str: 16 hexadecimal digits.
    """
    digest = hashlib.sha256(_plain(described).encode())
    skipped = {id(value) for value in _state(skip).values()}
    for part in parts:
        for name, value in _state(part).items():
            if id(value) not in skipped and not name.endswith(_COUNTER):
                digest.update(f'{name} {value.dtype} {tuple(value.shape)}'
                              .encode())
                digest.update(_bytes(value))
    return digest.hexdigest()[:16]


def _state(module: nn.Module) -> dict[str, Tensor]:
    """The state itself, not views of it."""
    return module.state_dict(keep_vars=True)


def _bytes(value: Tensor) -> bytes:
    flat = value.detach().cpu().contiguous().flatten()
    return flat.view(torch.uint8).numpy().tobytes()


def _plain(described: Sequence[Any]) -> str:
    """Configs as text that does not depend on their types."""
    config = Config(dict(described=list(described)))
    return json.dumps(config.to_dict(), sort_keys=True)


def file_digests(paths: Iterable[str]) -> list[str]:
    """16 hexadecimal digits of the content of each file."""
    return [file_digest(path) for path in paths]


class FeatureFile:
    """Features of images by name and content.

    Args:
        path (Path): ``.npz`` file; read if it is there and whole. One that is
            cut off counts as empty: it is made again.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._features: dict[tuple[str, str], np.ndarray] = {}
        if path.is_file():
            self._read()

    def _read(self) -> None:
        try:
            with np.load(self.path, allow_pickle=False) as stored:
                names, digests, features = (
                    stored[key] for key in ('names', 'digests', 'features'))
        except READ_FAILURES:
            return
        self._features = dict(
            zip(zip(names.tolist(), digests.tolist()), features))

    def get(self, name: str, digest: str) -> Tensor | None:
        """Features of an image with this content, (V, D), if known."""
        found = self._features.get((name, digest))
        return None if found is None else torch.from_numpy(found)

    def put(self, name: str, digest: str, features: Tensor) -> None:
        """Add or replace features of an image, float32 (V, D)."""
        self._features[name, digest] = features.numpy()

    def save(self) -> None:
        """Write the file, whole or not at all."""
        names, digests = zip(*self._features)
        with atomic_path(self.path) as temporary:
            np.savez(
                temporary,
                names=np.array(names),
                digests=np.array(digests),
                features=np.stack(list(self._features.values())))
