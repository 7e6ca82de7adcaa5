"""What makes mask proposals of an image."""
from abc import ABC, abstractmethod

import numpy as np

from ...structures.proposals import Proposals


class Proposer(ABC):
    """Base class: an image in, masks out.

    What is missing, such as weights, is found when one is built.

    Attributes:
        name (str): As it is typed.
        options (tuple[str, ...]): Names of its options.
    """
    name: str
    options: tuple[str, ...] = ()

    @abstractmethod
    def propose(self, image: np.ndarray) -> Proposals:
        """Make proposals.

        Args:
            image (np.ndarray): RGB, uint8 (H, W, 3).
        """
