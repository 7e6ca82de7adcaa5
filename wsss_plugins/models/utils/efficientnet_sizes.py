"""Sizes of EfficientNet-Lite, as numbers."""
import math

#: Expansion, channels, blocks, kernel and stride of each stage, from Table 1
#: of EfficientNet (ICML 2019).
STAGES = ((1, 16, 1, 3, 1), (6, 24, 2, 3, 2), (6, 40, 2, 5, 2),
          (6, 80, 3, 3, 2), (6, 112, 3, 5, 1), (6, 192, 4, 5, 2),
          (6, 320, 1, 3, 1))
#: Factors of channels and of blocks.
SIZES = dict(
    lite0=(1., 1.),
    lite1=(1., 1.1),
    lite2=(1.1, 1.2),
    lite3=(1.2, 1.4),
    lite4=(1.4, 1.8))


def blocks_of_stages(arch: str) -> list[int]:
    """Numbers of blocks in the seven stages of a size."""
    _, depth = SIZES[arch]
    counts = [math.ceil(depth * count) for _, _, count, _, _ in STAGES]
    counts[0], counts[-1] = STAGES[0][2], STAGES[-1][2]
    return counts
