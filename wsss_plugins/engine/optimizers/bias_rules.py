"""Rules for biases that hold inside custom groups as well."""
from mmengine.optim import DefaultOptimWrapperConstructor
from mmengine.utils.dl_utils.parrots_wrapper import (
    SyncBatchNorm,
    _BatchNorm,
    _InstanceNorm,
)
from torch import nn

from ...registry import OPTIM_WRAPPER_CONSTRUCTORS

_NORMS = (_BatchNorm, SyncBatchNorm, _InstanceNorm, nn.GroupNorm,
          nn.LayerNorm)


@OPTIM_WRAPPER_CONSTRUCTORS.register_module()
class BiasRulesConstructor(DefaultOptimWrapperConstructor):
    """``bias_lr_mult`` and ``bias_decay_mult`` also under custom keys.

    mmengine's constructor ignores both for a parameter that a custom key
    matches. Caffe's networks, and with them DeepLab, multiply: weights of the
    head at 10 times the learning rate, its biases at 20 times and without
    decay. So here the learning rate of a matched bias is that of its key
    times ``bias_lr_mult``, and its weight decay is scaled by
    ``bias_decay_mult``. A key that ends with ``bias`` speaks for itself, and
    a key with a ``decay_mult`` keeps it; normalization layers are left as
    mmengine has them.

    Used as ``optim_wrapper=dict(constructor='wsss_plugins
    .BiasRulesConstructor', ...)``; arguments as in
    :class:`mmengine.optim.DefaultOptimWrapperConstructor`.
    """

    def add_params(self,
                   params: list[dict],
                   module: nn.Module,
                   prefix: str = '',
                   is_dcn_module: int | float | None = None) -> None:
        """Add a group for each parameter of a module.

        Args:
            params (list[dict]): The groups; they are added in place.
            module (nn.Module): Whose parameters.
            prefix (str): Its name in the model, empty for the model.
            is_dcn_module (int | float | None): As in the base class.
        """
        super().add_params(params, module, prefix, is_dcn_module)
        # The base class calls this method for each child.
        if prefix:
            return
        names = _biases(module)
        for group in params:
            name = names.get(id(group['params'][0]))
            if name is not None:
                self._apply_bias_rules(name, group)

    def _apply_bias_rules(self, name: str, group: dict) -> None:
        options = self.paramwise_cfg
        keys = options.get('custom_keys', {})
        # The base class takes the longest, of equal ones the first.
        matched = [key for key in sorted(keys) if key in name]
        key = max(matched, key=len, default='bias')
        if key.endswith('bias'):
            return
        group['lr'] *= options.get('bias_lr_mult', 1.)
        if self.base_wd is not None and 'decay_mult' not in keys[key]:
            group['weight_decay'] = self.base_wd * options.get(
                'bias_decay_mult', 1.)


def _biases(model: nn.Module) -> dict[int, str]:
    """Names of the biases by identity, those of norms left out."""
    return {
        id(module.bias): f'{prefix}.bias'
        for prefix, module in model.named_modules()
        if not isinstance(module, _NORMS)
        and isinstance(getattr(module, 'bias', None), nn.Parameter)
    }
