"""Names and shapes of IRNet's networks."""
import json
from collections.abc import Iterator
from pathlib import Path

from wsss_plugins.testing.checks import Check, checks, equal
from wsss_plugins.testing.networks import network_shapes

_BACKBONE = (r'^backbone\.', 'resnet50.')
_NETWORKS = dict(
    resnet50_cam=('cam/cam_resnet50_1xb16-3k_voc12-512.py', [
        _BACKBONE, (r'^decode_head\.conv_seg\.', 'classifier.')
    ]),
    resnet50_irn=('irn/irn_resnet50_1xb32-1k_voc12-512.py', [
        _BACKBONE,
        *((rf'^decode_head\.edge\.levels\.{i}\.conv\.', f'fc_edge{i + 1}.0.')
          for i in range(5)),
        *((rf'^decode_head\.edge\.levels\.{i}\.norm\.', f'fc_edge{i + 1}.1.')
          for i in range(5)),
        (r'^decode_head\.edge\.fuse\.', 'fc_edge6.'),
        *((rf'^decode_head\.displacement\.levels\.{i}\.conv\.',
           f'fc_dp{i + 1}.0.') for i in range(5)),
        *((rf'^decode_head\.displacement\.levels\.{i}\.norm\.',
           f'fc_dp{i + 1}.1.') for i in range(5)),
        (r'^decode_head\.displacement\.join\.conv\.', 'fc_dp6.0.'),
        (r'^decode_head\.displacement\.join\.norm\.', 'fc_dp6.1.'),
        (r'^decode_head\.displacement\.last\.conv\.', 'fc_dp7.0.'),
        (r'^decode_head\.displacement\.last\.norm\.', 'fc_dp7.1.'),
        (r'^decode_head\.displacement\.field\.', 'fc_dp7.3.'),
        (r'^decode_head\.displacement\.mean$', 'mean_shift.running_mean'),
    ]))


@checks('state_dict_shapes*.json')
def check_shapes(path: Path) -> Iterator[Check]:
    """``state_dict_shapes.json`` of IRNet's networks.

    Its modules are reachable by several names there; each parameter is
    compared under one of them.
    """
    for network, golden in json.loads(path.read_text()).items():
        found = network_shapes(*_NETWORKS[network])
        owners = {name.split('.')[0] for name in found}
        # The mean shift is a part of fc_dp7 there, too.
        yield equal(
            network, found, {
                name: shape
                for name, shape in golden.items()
                if name.split('.')[0] in owners and name !=
                'fc_dp7.4.running_mean'
            })
