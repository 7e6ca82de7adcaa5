"""Labels of pairs, as PSA's golden files hold them."""
from collections.abc import Iterator

from torch import Tensor

from wsss_plugins.ops.walk.pairs import pair_labels
from wsss_plugins.testing.checks import Check, compare
from wsss_plugins.testing.stencils import radius_of


def compare_pair_labels(data: dict[str, Tensor], label: Tensor,
                        suffix: str = '',
                        num_classes: int | None = None) -> Iterator[Check]:
    """Labels of pairs, (P, sources) in the file, of a label map (h, w)."""
    radius = radius_of(data['bg_pos' + suffix].shape[-2])
    found = pair_labels(label[None], radius, num_classes=num_classes)
    for key, values in zip(('bg_pos', 'fg_pos', 'neg'), found):
        golden = data[key + suffix]
        yield compare(key + suffix, values.flatten(2)[0].reshape(
            golden.shape), golden, 0, 0)
