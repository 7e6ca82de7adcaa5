"""Networks, heads, losses and refiners."""
from .backbones import *  # noqa: F401, F403
from .data_preprocessor import WSSSDataPreProcessor
from .heads import *  # noqa: F401, F403
from .losses import *  # noqa: F401, F403
from .precomputed import PrecomputedModel
from .refiners import *  # noqa: F401, F403
from .segmentors import *  # noqa: F401, F403
from .tta import CAMTTAModel, CRFSegTTAModel
