"""The mean that training leaves in IRNet's displacement field."""
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from mmengine.dist import all_reduce, is_main_process
from mmengine.hooks import Hook
from mmengine.runner import Runner
from torch import Tensor, nn
from tqdm import tqdm

from ...registry import HOOKS
from ...structures import UserError
from ..image_set import ImageSet, rank_loader
from ..restart import bare_model


@HOOKS.register_module()
class DisplacementMeanHook(Hook):
    """Compute the mean displacement after the last iteration (IRNet 5.1).

    The losses depend on differences of displacements only, so they leave a
    constant undetermined; the field is centered by subtracting its mean. The
    hook computes that mean over the images of the training set, without
    augmentation, and stores it in ``mean`` of the displacement branch before
    the last checkpoint is written. Without a displacement branch it does
    nothing.

    The mean is over all images. The reference averages over batches of 32 and
    leaves out the last incomplete one.

    Args:
        crop_size (tuple[int, int], optional): Images are cropped, or padded
            with zeros after normalization, at the right and bottom to this
            height and width, in pixels. Defaults to (512, 512), the
            reference's; None: images keep their size.
        pipeline (Sequence[dict], optional): Transforms of an image, without
            randomness. Defaults to loading and packing.
        num_workers (int): Of the data loader. Defaults to 2.
    """

    def __init__(self,
                 crop_size: tuple[int, int] | None = (512, 512),
                 pipeline: Sequence[dict] | None = None,
                 num_workers: int = 2) -> None:
        self.crop_size = None if crop_size is None else tuple(crop_size)
        self.pipeline = pipeline
        self.num_workers = num_workers
        self._images: ImageSet | None = None

    def before_train(self, runner: Runner) -> None:
        """Prepare the images: errors should come before training."""
        self._images = ImageSet(runner.train_dataloader.dataset,
                                self.pipeline)

    def after_train_iter(self,
                         runner: Runner,
                         batch_idx: int,
                         data_batch: dict | None = None,
                         outputs: dict | None = None) -> None:
        """Compute it at the end; a later hook writes the checkpoint."""
        if not self.is_last_train_iter(runner):
            return
        model = bare_model(runner)
        branch = getattr(model.decode_head, 'displacement', None)
        if branch is None:
            return
        branch.mean.copy_(self.mean_field(model, self._images))
        runner.logger.info('mean displacement: %.3f rows, %.3f columns',
                           *branch.mean.tolist())

    @torch.no_grad()
    def mean_field(self, model: nn.Module, images: ImageSet) -> Tensor:
        """Mean displacement over images, each rank computing its share.

        Args:
            model (nn.Module): A segmentor with an
                :class:`wsss_plugins.IRHead`.
            images (ImageSet): With ``inputs`` uint8 (3, H, W).

        Returns:
            Tensor: Rows and columns, in pixels of the feature map, float32
            (2,).

        Raises:
            UserError: If there are no images.
        """
        if not len(images):
            raise UserError('DisplacementMeanHook: the training set is empty')
        branch = model.decode_head.displacement
        training, kept = model.training, branch.mean.clone()
        branch.mean.zero_()
        model.eval()
        total = torch.zeros(2, dtype=torch.float64)
        for (_, packed), in tqdm(
                rank_loader(images, 1, self.num_workers),
                desc='displacements', disable=not is_main_process()):
            total += self._mean_of(model, packed['inputs']).double().cpu()
        model.train(training)
        branch.mean.copy_(kept)
        total = total.to(kept.device)
        all_reduce(total)
        return (total / len(images)).float()

    def _mean_of(self, model: nn.Module, image: Tensor) -> Tensor:
        """Mean displacement of one image, (2,)."""
        data = model.data_preprocessor(dict(inputs=[image]), False)
        inputs = data['inputs']
        if self.crop_size is None:
            inputs = model.padded(inputs)
        else:
            height, width = self.crop_size
            inputs = F.pad(inputs, (0, width - inputs.shape[3], 0,
                                    height - inputs.shape[2]))
        field = model.decode_head(model.extract_feat(inputs)).displacement
        return field.float().mean(dim=(0, 2, 3))
