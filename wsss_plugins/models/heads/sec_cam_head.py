"""The head of SEC's foreground classification network."""
from torch import Tensor, nn

from ...registry import MODELS
from ...structures import UserError
from .cam_head import CAMHead

_INIT = dict(type='Normal', layer='Conv2d', std=.005, bias=0.)


@MODELS.register_module()
class SECCAMHead(CAMHead):
    """Two convolutions, global average, linear classifier without bias.

    SEC's ``foreground/deploy.prototxt``: ``fc6_CAM`` (3x3, ReLU, dropout),
    ``fc7_CAM`` (3x3, dropout, *no* ReLU), average, ``scores``. Features
    without a ReLU make maps of either sign, so a class that is in the image
    can have a map without a positive value.

    Args:
        in_channels (int): Channels of the feature map.
        num_classes (int): Classes of the data set, background included.
        channels (int): Of fc6 and fc7. Defaults to 1024.
        dropout_ratio (float): After fc6 and fc7, element by element.
            Defaults to 0.5.
        negative (str): What :meth:`class_maps` does with negative values.
            ``'clip'``: set them to 0, as CAM files require. ``'keep'``: keep
            them, but set a class without a positive value to 0 everywhere,
            as its CAM cannot be scaled by its maximum. Cues of a single view
            at its own size are the same either way (see
            :func:`wsss_plugins.ops.cam.cues.foreground_masks`); cues of CAMs
            that are resized or summed first are not.
        loss_cls, background, bg_threshold, in_index, align_corners: As in
            :class:`CAMHead`.
        init_cfg (dict): Defaults to normal weights of standard deviation
            0.005, as SEC's.
    """

    def __init__(self,
                 in_channels: int,
                 num_classes: int,
                 channels: int = 1024,
                 dropout_ratio: float = .5,
                 negative: str = 'clip',
                 loss_cls: dict | None = None,
                 background: int = 0,
                 bg_threshold: float = .2,
                 in_index: int = -1,
                 align_corners: bool = False,
                 init_cfg: dict | None = None) -> None:
        if negative not in ('clip', 'keep'):
            raise UserError(f"SECCAMHead: negative={negative!r}; choose "
                            "'clip' or 'keep'")
        # The classifier reads the output of the two convolutions.
        super().__init__(
            in_channels=channels,
            num_classes=num_classes,
            dropout_ratio=0.,
            loss_cls=loss_cls,
            background=background,
            bg_threshold=bg_threshold,
            in_index=in_index,
            align_corners=align_corners,
            init_cfg=init_cfg or _INIT)
        self.in_channels = in_channels
        self.negative = negative
        self.fc6 = nn.Conv2d(in_channels, channels, 3, padding=1)
        self.fc7 = nn.Conv2d(channels, channels, 3, padding=1)
        self.dropout_fc = nn.Dropout(dropout_ratio)

    def forward(self, inputs: tuple[Tensor, ...]) -> Tensor:
        """Raw maps, (N, C, h, w) in foreground order."""
        x = self.fc6(self._transform_inputs(inputs)).relu()
        return self.cls_seg(self.dropout_fc(self.fc7(self.dropout_fc(x))))

    def class_maps(self, maps: Tensor) -> Tensor:
        """CAMs, (N, C, h, w), from raw maps."""
        if self.negative == 'clip':
            return super().class_maps(maps)
        return maps * (maps.amax(dim=(2, 3), keepdim=True) > 0)
