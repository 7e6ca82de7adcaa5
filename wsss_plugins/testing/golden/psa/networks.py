"""Names and shapes of PSA's networks."""
import json
from collections.abc import Iterator
from pathlib import Path

from wsss_plugins.testing.checks import Check, checks, equal
from wsss_plugins.testing.networks import network_shapes

# Of each reference network its config, and our names to its names.
_NETWORKS = dict(
    resnet38_cls=('cam/cam_resnet38_1xb16-10k_voc12-448.py', [
        (r'^backbone\.', ''), (r'^decode_head\.conv_seg\.', 'fc8.')
    ]),
    resnet38_aff=('psa/aff_resnet38_1xb8-11k_voc12-448.py', [
        (r'^backbone\.', ''), (r'^decode_head\.branches\.0\.', 'f8_3.'),
        (r'^decode_head\.branches\.1\.', 'f8_4.'),
        (r'^decode_head\.branches\.2\.', 'f8_5.'),
        (r'^decode_head\.fuse\.', 'f9.')
    ]),
    vgg16_cls=('cam/cam_vgg16_1xb16-10k_voc12-448.py', [
        (r'^decode_head\.conv_seg\.', 'fc8.')
    ]),
    vgg16_aff=('psa/aff_vgg16_1xb8-11k_voc12-448.py', [
        (r'^decode_head\.branches\.0\.', 'f8_3.'),
        (r'^decode_head\.branches\.1\.', 'f8_4.'),
        (r'^decode_head\.branches\.2\.', 'f8_5.'),
        (r'^decode_head\.norms\.0\.', 'gn8_3.'),
        (r'^decode_head\.norms\.1\.', 'gn8_4.'),
        (r'^decode_head\.norms\.2\.', 'gn8_5.'),
        (r'^decode_head\.fuse\.', 'f9.')
    ]))


def _vgg_names() -> dict[str, str]:
    """Torchvision's numbers of VGG16's layers to the reference's names."""
    blocks = {1: 2, 2: 2, 3: 3, 4: 3, 5: 3}
    number, mapping = 0, {}
    for block, convs in blocks.items():
        for conv in range(1, convs + 1):
            for kind in ('weight', 'bias'):
                mapping[f'backbone.features.{number}.{kind}'] = (
                    f'conv{block}_{conv}.{kind}')
            number += 2
        number += 1
    for layer in ('fc6', 'fc7'):
        for kind in ('weight', 'bias'):
            mapping[f'backbone.{layer}.{kind}'] = f'{layer}.{kind}'
    return mapping


@checks('state_dict_shapes*.json')
def check_shapes(path: Path) -> Iterator[Check]:
    """``state_dict_shapes.json`` of PSA's four networks."""
    for network, golden in json.loads(path.read_text()).items():
        config, renaming = _NETWORKS[network]
        found = network_shapes(config, renaming)
        if network.startswith('vgg16'):
            names = _vgg_names()
            found = {names.get(k, k): v for k, v in found.items()}
        yield equal(network, found, golden)
