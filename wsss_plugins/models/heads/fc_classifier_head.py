"""A fully connected classifier as a decode head."""
import torch
from torch import Tensor, nn

from ...registry import MODELS
from ...structures import UserError
from .cam_head import CAMHead

_INIT = dict(type='Normal', layer=['Conv2d', 'Linear'], std=.005, bias=0.)


@MODELS.register_module()
class FCClassifierHead(CAMHead):
    """Three fully connected layers on a feature map of one size.

    SEC's ``background/deploy.prototxt``: VGG16 with two layers of 1024 in
    place of 4096. Its CAMs are of a single pixel and do not localize;
    :class:`wsss_plugins.GradientSaliencySegmentor` localizes with it.

    Args:
        in_channels (int): Channels of the feature map.
        num_classes (int): Classes of the data set, background included.
        in_size (tuple[int, int]): Height and width of the feature map. SEC:
            (11, 11), VGG16 on 321x321.
        channels (int): Of fc6 and fc7. Defaults to 1024.
        dropout_ratio (float): After fc6 and fc7. Defaults to 0.5.
        loss_cls, background, in_index: As in :class:`CAMHead`.
        init_cfg (dict): Defaults to normal weights of standard deviation
            0.005, as SEC's.
    """

    def __init__(self,
                 in_channels: int,
                 num_classes: int,
                 in_size: tuple[int, int],
                 channels: int = 1024,
                 dropout_ratio: float = .5,
                 loss_cls: dict | None = None,
                 background: int = 0,
                 in_index: int = -1,
                 init_cfg: dict | None = None) -> None:
        super().__init__(
            in_channels=channels,
            num_classes=num_classes,
            dropout_ratio=0.,
            loss_cls=loss_cls,
            background=background,
            in_index=in_index,
            init_cfg=init_cfg or _INIT)
        self.in_channels = in_channels
        self.in_size = tuple(in_size)
        height, width = self.in_size
        self.fc6 = nn.Linear(in_channels * height * width, channels)
        self.fc7 = nn.Linear(channels, channels)
        self.dropout_fc = nn.Dropout(dropout_ratio)
        self.conv_seg = nn.Conv2d(channels, self.num_foreground, 1)

    def forward(self, inputs: tuple[Tensor, ...]) -> Tensor:
        """Class scores as maps of one pixel, (N, C, 1, 1).

        Raises:
            UserError: If the feature map is not of ``in_size``.
        """
        x = self._transform_inputs(inputs)
        size = tuple(x.shape[2:])
        if size != self.in_size:
            raise UserError(
                f'FCClassifierHead: a feature map of {size}, but in_size is '
                f'{self.in_size}; resize all images to one size and set '
                'in_size to the size of its feature map')
        x = self.dropout_fc(self.fc6(torch.flatten(x, 1)).relu())
        x = self.dropout_fc(self.fc7(x).relu())
        return self.cls_seg(x[..., None, None])
