"""CLIP's vision tower, with what CAMs from words need of it."""
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from mmengine.registry import DefaultScope
from mmseg.models.backbones.vit import (
    TransformerEncoderLayer,
    VisionTransformer,
)
from torch import Tensor, nn

from ...ops.attention.positions import resized_positions
from ...registry import MODELS

# What the text tower takes; the reference tells towers apart by it.
_TEXT_LENGTH = 77


@dataclass(frozen=True, eq=False)
class LastBlock:
    """The last block of an image, ready for gradients.

    Attributes:
        activations (Tensor): Input of its attention, (1, 1 + N, D).
        attention (Tensor): Mean over the heads, (1 + N, 1 + N).
        embedding (Tensor): Of the image in the space of the texts: the mean
            of the patches, projected; (E,).
    """
    activations: Tensor
    attention: Tensor
    embedding: Tensor
    class_embedding: Tensor


@MODELS.register_module()
class CLIPViT(VisionTransformer):
    """Vision transformer of CLIP on images of any size.

    A. Radford et al.: Learning Transferable Visual Models From Natural
    Language Supervision, ICML 2021, https://arxiv.org/abs/2103.00020. It is
    mmseg's transformer with CLIP's norms, activation and projection, and runs
    in float32. :mod:`wsss_plugins.models.converters.clip` reads weights of
    OpenAI, open_clip and transformers. The defaults are those of ViT-B/16.

    Args:
        embed_dims (int): Width of the tokens. Defaults to 768.
        num_layers (int): Number of blocks. Defaults to 12.
        num_heads (int, optional): Defaults to one for 64 channels, as in
            OpenAI's models.
        patch_size (int): Side of a patch in pixels. Defaults to 16.
        pos_grid (int): Rows, and columns, of the learned positions. Defaults
            to 14, those of weights for 224x224 pixels.
        out_dims (int): Size of the embeddings. Defaults to 512.
        mlp_ratio (int): Defaults to 4.
        quick_gelu (bool): Approximate GELU as OpenAI's models do; most of
            open_clip's own do not. Defaults to True.
        half_positions (bool): Round resized positions to half precision, as
            the reference of CLIP-ES does. Defaults to False.
        text_length_slip (bool): Run the last block twice on images of 76
            patches, which the reference takes for texts. Defaults to False.
        init_cfg (dict, optional): Config of initial weights.
    """

    def __init__(self,
                 embed_dims: int = 768,
                 num_layers: int = 12,
                 num_heads: int | None = None,
                 patch_size: int = 16,
                 pos_grid: int = 14,
                 out_dims: int = 512,
                 mlp_ratio: int = 4,
                 quick_gelu: bool = True,
                 half_positions: bool = False,
                 text_length_slip: bool = False,
                 init_cfg: dict | None = None) -> None:
        norm = dict(type='LN', eps=1e-5)
        # Layers are appended: for drop rates the class reads values, which
        # networks on no device have not.
        super().__init__(
            img_size=pos_grid * patch_size,
            patch_size=patch_size,
            patch_pad=0,
            embed_dims=embed_dims,
            num_layers=0,
            norm_cfg=norm,
            pre_norm=True,
            final_norm=True,
            init_cfg=init_cfg)
        with DefaultScope.overwrite_default_scope('mmseg'):
            self.layers.extend(
                TransformerEncoderLayer(
                    embed_dims,
                    num_heads or max(embed_dims // 64, 1),
                    mlp_ratio * embed_dims,
                    norm_cfg=norm,
                    act_cfg=dict(type='QuickGELU' if quick_gelu else 'GELU'),
                    attn_cfg={},
                    ffn_cfg={}) for _ in range(num_layers))
        self.proj = nn.Parameter(torch.empty(embed_dims, out_dims))
        nn.init.normal_(self.proj, std=embed_dims**-.5)
        self.half_positions = half_positions
        self.text_length_slip = text_length_slip

    def forward(self, images: Tensor) -> tuple[Tensor]:
        """Features of the patches, as of any backbone.

        Args:
            images (Tensor): Normalized, (B, 3, H, W), sides multiples of the
                patch.

        Returns:
            tuple[Tensor]: One map (B, D, h, w), normalized.
        """
        tokens = self.tokens(images)
        for layer in self.layers:
            tokens = layer(tokens)
        patches = self.norm1(tokens)[:, 1:].mT
        return (patches.unflatten(2, self.grid(images)), )

    def grid(self, images: Tensor) -> tuple[int, int]:
        """Rows and columns of the patches of images (B, 3, H, W)."""
        rows, columns = (side // self.patch_size for side in images.shape[-2:])
        return rows, columns

    def positions(self, grid: tuple[int, int]) -> Tensor:
        """Positions of the class token and of a grid, (1 + h * w, D)."""
        return resized_positions(self.pos_embed[0], grid, self.half_positions)

    def tokens(self, images: Tensor) -> Tensor:
        """What the first block reads, (B, 1 + h * w, D).

        Raises:
            ValueError: If the sides are no multiples of the patch.
        """
        if any(side % self.patch_size for side in images.shape[-2:]):
            raise ValueError(
                f'images of {tuple(images.shape[-2:])} pixels must be '
                f'multiples of the patch, {self.patch_size}; put '
                'wsss_plugins.ResizeToPatches into the pipeline')
        patches = self.patch_embed(images)[0]
        first = self.cls_token.expand(len(images), -1, -1)
        tokens = torch.cat([first, patches], dim=1)
        return self.pre_ln(tokens + self.positions(self.grid(images)))

    @torch.no_grad()
    def before_last(self, image: Tensor, keep: int = 7
                    ) -> tuple[Tensor, list[Tensor]]:
        """All blocks but the last.

        Args:
            image (Tensor): Normalized, (1, 3, H, W).
            keep (int): Number of blocks, the last ones, whose attention is
                wanted.

        Returns:
            tuple[Tensor, list[Tensor]]: What the last block reads, (1, 1 + N,
            D), and attention of each block, mean over the heads, (1 + N, 1 +
            N).
        """
        tokens = self.tokens(image)
        blocks = self.layers[:-1]
        if self.text_length_slip and tokens.shape[1] == _TEXT_LENGTH:
            blocks = self.layers
        attentions = []
        for number, layer in enumerate(blocks):
            if number < len(self.layers) - 1 - keep:
                tokens = layer(tokens)
                continue
            with _kept_attention(layer) as kept:
                tokens = layer(tokens)
            attentions += kept
        return tokens, attentions

    def last_block(self, tokens: Tensor) -> LastBlock:
        """The last block, with gradients from what its attention reads.

        Args:
            tokens (Tensor): Of one image, (1, 1 + N, D), of
                :meth:`before_last`.
        """
        layer, kept = self.layers[-1], {}

        def remember(module, inputs, output):
            kept['activations'] = output.detach().requires_grad_()
            return kept['activations']

        with torch.enable_grad(), _kept_attention(layer) as attention:
            handle = layer.ln1.register_forward_hook(remember)
            try:
                out = self.norm1(layer(tokens.detach()))
            finally:
                handle.remove()
            embedding = out[0, 1:].mean(dim=0) @ self.proj
        return LastBlock(kept['activations'], attention[0], embedding,
                         out[0, 0].detach() @ self.proj.detach())


@contextmanager
def _kept_attention(layer: nn.Module) -> Iterator[list[Tensor]]:
    """Attention of a block that runs inside, mean over the heads."""
    kept = []

    def keep(module, inputs, output):
        kept.append(output[1][0].detach())

    # mmcv's attention wraps torch's, which gives the mean of its heads.
    handle = layer.attn.attn.register_forward_hook(keep)
    try:
        yield kept
    finally:
        handle.remove()
