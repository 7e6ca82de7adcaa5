"""A vision transformer that returns the similarity of its patches.

mmseg's has neither a convolutional stem nor attention weights, and mmdet has
none. Weights have the names of timm, MAE, DINO and DeiT.
"""
import math

import torch
import torch.nn.functional as F
from mmengine.model import BaseModule
from mmengine.model.weight_init import trunc_normal_init
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from ...registry import MODELS

PATCH_EMBEDS = ('convstem', 'linear')
POS_RESIZES = ('scale', 'size')
_EPS = 1e-6


class _Attention(nn.Module):

    def __init__(self, dim: int, num_heads: int) -> None:
        super().__init__()
        self.num_heads = num_heads
        self.qkv = nn.Linear(dim, 3 * dim)
        self.proj = nn.Linear(dim, dim)

    def forward(self, x: Tensor) -> Tensor:
        shape = x.shape
        qkv = self.qkv(x).view(*shape[:2], 3, self.num_heads, -1)
        mixed = F.scaled_dot_product_attention(*qkv.permute(2, 0, 3, 1, 4))
        return self.proj(mixed.transpose(1, 2).reshape(shape))

    def mean_weights(self, x: Tensor) -> Tensor:
        """Softmaxed weights, averaged over the heads, float32 (B, n, n).

        One head at a time: all of them are 50 MB for an image of ViT-B.
        """
        batch, tokens, dim = x.shape
        part = 2 * dim
        keys = F.linear(x, self.qkv.weight[:part], self.qkv.bias[:part])
        keys = keys.view(batch, tokens, 2, self.num_heads, -1)
        query, key = keys.permute(2, 3, 0, 1, 4)
        # Scaled before the product, which half precision would overflow.
        query = query / math.sqrt(query.shape[-1])
        total = 0.
        for q, k in zip(query, key):
            total = total + torch.bmm(q, k.mT).float().softmax(dim=-1)
        return total / self.num_heads


class _MLP(nn.Module):

    def __init__(self, dim: int, hidden: int) -> None:
        super().__init__()
        self.fc1 = nn.Linear(dim, hidden)
        self.fc2 = nn.Linear(hidden, dim)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc2(F.gelu(self.fc1(x)))


class _Block(nn.Module):

    def __init__(self, dim: int, num_heads: int, mlp_ratio: float) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(dim, eps=_EPS)
        self.attn = _Attention(dim, num_heads)
        self.norm2 = nn.LayerNorm(dim, eps=_EPS)
        self.mlp = _MLP(dim, round(dim * mlp_ratio))

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attn(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class _PatchEmbed(nn.Module):
    """Patches to tokens: one convolution, or a stem of small ones."""

    def __init__(self, kind: str, in_channels: int, dim: int,
                 patch_size: int) -> None:
        super().__init__()
        if kind == 'linear':
            self.proj = nn.Conv2d(in_channels, dim, patch_size, patch_size)
            return
        halvings = patch_size.bit_length() - 1
        widths = [dim >> i for i in reversed(range(halvings))]
        stages = [
            nn.Sequential(
                nn.Conv2d(before, after, 3, 2, 1, bias=False),
                nn.GroupNorm(1, after, eps=_EPS), nn.GELU())
            for before, after in zip([in_channels, *widths], widths)
        ]
        stages[-1].append(nn.Conv2d(dim, dim, 1))
        self.proj = nn.Sequential(*stages)

    def forward(self, x: Tensor) -> Tensor:
        return self.proj(x)


@MODELS.register_module()
class PatchViT(BaseModule):
    """Vision transformer with a class token, as in MAL.

    S. Lan et al.: Vision Transformers Are Good Mask Auto-Labelers, CVPR 2023,
    https://arxiv.org/abs/2301.03992. The defaults are those of ViT-B/16.

    Args:
        dim (int): Width of the tokens. Defaults to 768.
        depth (int): Number of blocks. Defaults to 12.
        num_heads (int): Defaults to 12.
        mlp_ratio (float): Defaults to 4.
        patch_size (int): Side of a patch in pixels; a power of two for the
            stem. Defaults to 16.
        patch_embed (str): ``'convstem'`` (default), 3x3 convolutions of
            stride 2 with group norm, trained from scratch, as in MAL; or
            ``'linear'``, the one convolution of MAE's weights.
        pos_grid (int): Rows, and columns, of the learned positions. Defaults
            to 14, those of weights for 224x224 pixels.
        pos_resize (str): How positions are resized to another grid N:
            ``'scale'`` (default) by the factor ``(N + 0.1) / pos_grid``, as
            MAL and DINO do, or ``'size'`` to the size N.
        in_channels (int): Defaults to 3.
        with_cp (bool): Compute the blocks again in the backward pass, to
            save memory. Defaults to False.
        init_cfg (dict, optional): Config of initial weights.

    Raises:
        ValueError: If an option is not known or sizes do not fit.
    """

    def __init__(self,
                 dim: int = 768,
                 depth: int = 12,
                 num_heads: int = 12,
                 mlp_ratio: float = 4.,
                 patch_size: int = 16,
                 patch_embed: str = 'convstem',
                 pos_grid: int = 14,
                 pos_resize: str = 'scale',
                 in_channels: int = 3,
                 with_cp: bool = False,
                 init_cfg: dict | None = None) -> None:
        super().__init__(init_cfg)
        if patch_embed not in PATCH_EMBEDS or pos_resize not in POS_RESIZES:
            raise ValueError(
                f'patch_embed={patch_embed!r} must be one of {PATCH_EMBEDS} '
                f'and pos_resize={pos_resize!r} one of {POS_RESIZES}')
        _check_sizes(dim, num_heads, patch_size, patch_embed)
        self.patch_size = patch_size
        self.pos_grid = pos_grid
        self.pos_resize = pos_resize
        self.with_cp = with_cp
        self.patch_embed = _PatchEmbed(patch_embed, in_channels, dim,
                                       patch_size)
        self.cls_token = nn.Parameter(torch.zeros(1, 1, dim))
        self.pos_embed = nn.Parameter(torch.zeros(1, 1 + pos_grid**2, dim))
        self.blocks = nn.ModuleList(
            _Block(dim, num_heads, mlp_ratio) for _ in range(depth))
        self.norm = nn.LayerNorm(dim, eps=_EPS)
        self._reset()

    def _reset(self) -> None:
        """Small normal weights, of which pretrained ones replace some."""
        for parameter in (self.cls_token, self.pos_embed):
            nn.init.trunc_normal_(parameter, std=.02)
        for module in self.modules():
            if isinstance(module, nn.Linear):
                trunc_normal_init(module, std=.02)

    def grid(self, images: Tensor) -> tuple[int, int]:
        """Rows and columns of the patches of a batch (B, 3, H, W)."""
        rows, columns = (side // self.patch_size for side in images.shape[-2:])
        return rows, columns

    def positions(self, grid: tuple[int, int]) -> Tensor:
        """Positions of the class token and of a grid, (1, 1 + h * w, C)."""
        own = (self.pos_grid, self.pos_grid)
        if tuple(grid) == own:
            return self.pos_embed
        first, rest = self.pos_embed[:, :1], self.pos_embed[:, 1:]
        planes = rest.mT.unflatten(2, own)
        if self.pos_resize == 'scale':
            factors = tuple((side + .1) / self.pos_grid for side in grid)
            planes = F.interpolate(
                planes, scale_factor=factors, mode='bicubic')
        else:
            planes = F.interpolate(planes, grid, mode='bicubic')
        return torch.cat([first, planes.flatten(2).mT], dim=1)

    def tokens(self, images: Tensor) -> Tensor:
        """What the first block reads, (B, 1 + h * w, C).

        Raises:
            ValueError: If the sides are no multiples of the patch.
        """
        if any(side % self.patch_size for side in images.shape[-2:]):
            raise ValueError(
                f'images of {tuple(images.shape[-2:])} pixels must be '
                f'multiples of the patch, {self.patch_size}')
        patches = self.patch_embed(images).flatten(2).mT
        first = self.cls_token.expand(len(images), -1, -1)
        tokens = torch.cat([first.to(patches), patches], dim=1)
        return tokens + self.positions(self.grid(images))

    def forward(self, images: Tensor) -> tuple[Tensor]:
        """Features of the patches.

        Args:
            images (Tensor): Normalized, (B, 3, H, W), sides multiples of the
                patch.

        Returns:
            tuple[Tensor]: One map, (B, C, H / patch, W / patch).
        """
        x = self.encode(images)[:, 1:]
        return (x.mT.unflatten(2, self.grid(images)), )

    def encode(self, images: Tensor) -> Tensor:
        """Normalized tokens, that of the class first, (B, 1 + h * w, C)."""
        x = self.tokens(images)
        for block in self.blocks:
            if self.with_cp and x.requires_grad:
                x = checkpoint(block, x, use_reentrant=False)
            else:
                x = block(x)
        return self.norm(x)

    def similarity(self,
                   images: Tensor,
                   layers: tuple[int, ...] = (-1, )) -> Tensor:
        """Self-attention between patches, averaged over heads and layers.

        Runs no further than the keys of the last of the layers.

        Args:
            images (Tensor): As in :meth:`forward`.
            layers (tuple[int, ...]): Indices of blocks. Defaults to the
                last one; which one EXITS takes is not known.

        Returns:
            Tensor: Weights of each patch (row) on all patches, without row
            and column of the class token, so rows sum to less than one;
            float32 (B, h * w, h * w).

        Raises:
            ValueError: If there is no such block.
        """
        depth = len(self.blocks)
        if not layers or not all(-depth <= i < depth for i in layers):
            raise ValueError(f'layers={tuple(layers)} must name some of '
                             f'{depth} blocks')
        wanted = {i % depth for i in layers}
        x, total = self.tokens(images), 0.
        for number, block in enumerate(self.blocks[:max(wanted) + 1]):
            if number in wanted:
                weights = block.attn.mean_weights(block.norm1(x))
                total = total + weights[:, 1:, 1:]
            if number < max(wanted):
                x = block(x)
        return total / len(wanted)

    def similarity_and_grid(
            self,
            images: Tensor,
            layers: tuple[int, ...] = (-1, )
    ) -> tuple[Tensor, tuple[int, int]]:
        """:meth:`similarity`, and rows and columns of its patches."""
        return self.similarity(images, layers), self.grid(images)


def _check_sizes(dim: int, num_heads: int, patch_size: int,
                 patch_embed: str) -> None:
    if dim % num_heads:
        raise ValueError(f'dim={dim} must be a multiple of num_heads='
                         f'{num_heads}')
    if patch_embed == 'convstem' and (
            patch_size < 2 or patch_size & (patch_size - 1)
            or dim % (patch_size // 2)):
        raise ValueError(
            f'patch_size={patch_size} must be a power of two, and dim={dim} '
            'a multiple of its half, for a stem of convolutions')
