"""The image that DeepLab's PyTorch port gives its CRF."""
import numpy as np

# Means of Caffe's ImageNet models, BGR.
_MEAN = np.array([104.008, 116.669, 122.675], dtype=np.float32)


def mean_free_image(image: np.ndarray) -> np.ndarray:
    """Take the mean off an image and cast it to bytes, which wrap around.

    What is darker than the mean becomes bright: a slip of the port that
    CLIP-ES inherited, here for parity.

    Args:
        image (np.ndarray): RGB, uint8 (H, W, 3).

    Returns:
        np.ndarray: BGR, uint8 (H, W, 3).
    """
    shifted = image[..., ::-1].astype(np.float32) - _MEAN
    # By way of integers: floats below 0 have no bytes of their own.
    return shifted.astype(np.int32).astype(np.uint8)
