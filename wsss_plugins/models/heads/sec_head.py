"""Segmentation heads with the losses of SEC."""
import inspect

from mmengine.model import BaseModule
from torch import Tensor

from ...registry import MODELS
from ...structures import UserError
from .deeplab_heads import LargeFOVHead
from .sec_loss_mixin import SECLossMixin

# With a standard deviation of .01 everywhere, as in LargeFOVHead, hardly any
# signal passes through few channels.
_INIT = dict(
    type='Kaiming',
    layer='Conv2d',
    mode='fan_in',
    override=dict(type='Normal', name='conv_seg', std=.01, bias=0.))


@MODELS.register_module()
class SECHead(SECLossMixin, LargeFOVHead):
    """DeepLab's LargeFOV head with the losses of SEC.

    A. Kolesnikov and C. H. Lampert: Seed, Expand and Constrain: Three
    Principles for Weakly-Supervised Image Segmentation, ECCV 2016,
    https://arxiv.org/abs/1603.06098.

    Args:
        in_channels (int): Channels of the feature map.
        num_classes (int): Classes, background included.
        channels (int): Channels of fc6 and fc7. Defaults to 1024.
        dilation (int): Of fc6. Defaults to 12.
        dropout_ratio (float): After fc6 and fc7. Defaults to 0.5.
        dropout (str): ``'element'`` drops each value alone, as the
            reference; ``'channel'`` whole maps.
        kernel_size (int): Of fc6, odd. Defaults to 3; 1 is the small field
            of view of the paper's experiment.
        in_index, align_corners: As in :class:`mmseg.models.BaseDecodeHead`;
            ``align_corners`` defaults to True here, as the reference resizes
            probabilities.
        init_cfg (dict, optional): Defaults to a normal distribution of
            standard deviation 0.01 for the classifier, as the reference, and
            to He's for fc6 and fc7, which the reference takes from an
            ImageNet classifier.
        **losses: Of :class:`SECLossMixin`: ``loss_seed``, ``loss_expand``,
            ``loss_constrain``, ``prob_floor``, ``map_size``,
            ``resize_once``.
    """

    def __init__(self,
                 in_channels: int,
                 num_classes: int,
                 channels: int = 1024,
                 dilation: int = 12,
                 dropout_ratio: float = .5,
                 dropout: str = 'element',
                 kernel_size: int = 3,
                 in_index: int = -1,
                 align_corners: bool = True,
                 init_cfg: dict | None = None,
                 **losses) -> None:
        super().__init__(
            in_channels=in_channels,
            num_classes=num_classes,
            channels=channels,
            dilation=dilation,
            dropout_ratio=dropout_ratio,
            dropout=dropout,
            kernel_size=kernel_size,
            in_index=in_index,
            align_corners=align_corners,
            init_cfg=init_cfg or _INIT,
            **losses)


@MODELS.register_module()
class SECStockHead(SECLossMixin, BaseModule):
    """Any stock decode head, trained with the losses of SEC.

    Args:
        head (dict): Config of a head of mmseg whose ``forward`` takes the
            feature maps and gives logits. Its own loss is not used.
        align_corners (bool): For resizing predictions. Defaults to True.
        **losses: As in :class:`SECHead`; and ``init_cfg`` of ``BaseModule``.

    Raises:
        UserError: If ``head`` is no decode head with a map for each class,
            or an argument is one of the inner head's.

    Example:
        >>> head = dict(type='mmseg.FCNHead', in_channels=8, channels=8,
        ...             num_classes=3)
        >>> SECStockHead(head).num_classes
        3
    """

    def __init__(self,
                 head: dict,
                 align_corners: bool = True,
                 **losses) -> None:
        self._check(head, losses)
        super().__init__(**losses)
        self.head = MODELS.build(head)
        count = getattr(self.head, 'out_channels', None)
        if count is None or count != self.head.num_classes:
            raise UserError(
                f'SECStockHead: head is {head["type"]} with {count} output '
                'channels; choose a decode head of mmseg with one for each '
                'class, the background included')
        self.num_classes = self.head.num_classes
        self.out_channels = self.head.out_channels
        self.align_corners = align_corners

    @staticmethod
    def _check(head: dict, options: dict) -> None:
        """Refuse what would end in the constructor of a base class."""
        if not isinstance(head, dict) or 'type' not in head:
            raise UserError(f'SECStockHead: head={head!r}; give the config of '
                            'a decode head of mmseg, with its type')
        known = inspect.signature(SECLossMixin.__init__).parameters
        foreign = sorted(set(options) - set(known) - {'init_cfg'})
        if foreign:
            raise UserError(f'SECStockHead takes no {", ".join(foreign)}; '
                            f'set it in its head, the {head["type"]}')

    def forward(self, inputs: tuple[Tensor, ...]) -> Tensor:
        """Class logits, (N, num_classes, h, w)."""
        return self.head(inputs)
