"""The linear layer at the end of a CAM head, and what it reads."""
import torch
from torch import Tensor, nn

from ...models.heads.cam_head import CAMHead
from ...structures import UserError

_TOLERANCE = 1e-3


def cam_head_of(model: nn.Module) -> nn.Module | None:
    """The decode head of a segmentor, or the CAM head that it wraps."""
    head = getattr(model, 'decode_head', None)
    return getattr(head, 'parent', head)


def classifier_of(model: nn.Module) -> nn.Conv2d:
    """The 1x1 convolution that makes the maps of a CAM network.

    Args:
        model (nn.Module): A segmentor.

    Raises:
        UserError: If its decode head is no CAM head, nor has one as its
            ``parent``.
    """
    head = cam_head_of(model)
    layer = getattr(head, 'conv_seg', None)
    if not isinstance(head, CAMHead) or not isinstance(
            layer, nn.Conv2d) or layer.kernel_size != (1, 1):
        raise UserError(
            f'linear fit: the decode head is {type(head).__name__}, which '
            'does not end with the linear layer of a CAM head; choose '
            'wsss_plugins.CAMHead or one of its subclasses')
    return layer


@torch.no_grad()
def pooled_input(model: nn.Module, image: Tensor) -> Tensor:
    """What the classifier reads of an image, averaged over the image.

    The network must be in evaluation mode.

    Args:
        model (nn.Module): A segmentor.
        image (Tensor): As the pipeline gives it, before the data
            preprocessor, (3, H, W).

    Returns:
        Tensor: float32 (D,) on the CPU.

    Raises:
        UserError: If the head's scores are not those of its classifier on
            this average, as they are where it pools otherwise.
    """
    layer, seen = classifier_of(model), []
    data = model.data_preprocessor(dict(inputs=[image]), False)
    handle = layer.register_forward_pre_hook(
        lambda _, inputs: seen.append(inputs[0]))
    try:
        maps = model.decode_head(model.extract_feat(data['inputs']))
    finally:
        handle.remove()
    pooled = seen[0].float().mean(dim=(2, 3))
    scores = model.decode_head.scores(maps).float()
    expected = layer(pooled[:, :, None, None].to(layer.weight))
    expected = expected[:, :scores.shape[1], 0, 0].float()
    error = (scores - expected).abs().max()
    if not error <= _TOLERANCE * expected.abs().max().clamp(min=1.):
        raise UserError(
            f'linear fit: scores of {type(model.decode_head).__name__} are '
            'not those of its classifier on averaged features; choose a head '
            'that averages its maps, such as wsss_plugins.CAMHead')
    return pooled[0].cpu()


@torch.no_grad()
def set_classifier(model: nn.Module, weight: Tensor,
                   bias: Tensor | None) -> None:
    """Install fitted weights of the foreground classes.

    Maps behind them, such as the background of
    :class:`wsss_plugins.EPSHead`, become 0.

    Args:
        model (nn.Module): A segmentor.
        weight (Tensor): (C, D).
        bias (Tensor, optional): (C,), if the layer has one.
    """
    layer = classifier_of(model)
    layer.weight.zero_()
    layer.weight[:len(weight)] = weight[:, :, None, None].to(layer.weight)
    if layer.bias is not None:
        layer.bias.zero_()
        layer.bias[:len(bias)] = bias.to(layer.bias)
