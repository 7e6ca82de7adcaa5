"""The mean that training leaves in IRNet's displacement field."""
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from mmcv.transforms import Compose
from mmengine.dist import all_reduce, get_rank, get_world_size, is_main_process
from mmengine.hooks import Hook
from mmengine.registry import TRANSFORMS
from mmengine.runner import Runner
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset, Subset
from tqdm import tqdm

from ...registry import HOOKS
from ...structures import UserError
from ..restart import bare_model

_PIPELINE = (dict(type='LoadImageFromFile'),
             dict(type='wsss_plugins.PackWSSSInputs'))


class _Images(Dataset):
    """Images of a data set, without what else belongs to a sample."""

    def __init__(self, dataset: Dataset, pipeline: Sequence[dict]) -> None:
        self.dataset = dataset
        self.pipeline = Compose([TRANSFORMS.build(dict(t)) for t in pipeline])

    def __len__(self) -> int:
        return len(self.dataset)

    def __getitem__(self, index: int) -> Tensor:
        return self.pipeline(self.dataset.get_data_info(index))['inputs']


@HOOKS.register_module()
class DisplacementMeanHook(Hook):
    """Measure the mean displacement after the last iteration (IRNet 5.1).

    The losses see differences of displacements only, so a constant is free;
    fields have a mean of 0 once it is subtracted. The hook measures it over
    the pictures of the training set, without augmentation, and puts it into
    ``mean`` of the displacement branch, before the last checkpoint is
    written. Without a displacement branch it does nothing.

    The mean is that over all pictures. The reference takes the mean of
    batches of 32 and leaves out the last incomplete one.

    Args:
        crop_size (tuple[int, int], optional): Pictures are cut off, or filled
            with zeros after normalization, at the right and bottom to this
            height and width. Defaults to (512, 512), the reference's; None:
            each is taken as it is.
        pipeline (Sequence[dict], optional): Transforms of a picture; nothing
            random. Defaults to loading and packing.
        num_workers (int): Of the data loader. Defaults to 2.
    """

    def __init__(self,
                 crop_size: tuple[int, int] | None = (512, 512),
                 pipeline: Sequence[dict] | None = None,
                 num_workers: int = 2) -> None:
        self.crop_size = None if crop_size is None else tuple(crop_size)
        self.pipeline = list(pipeline or _PIPELINE)
        self.num_workers = num_workers
        self._images: Dataset | None = None

    def before_train(self, runner: Runner) -> None:
        """Take the pictures: better a mistake now than after training."""
        self._images = _Images(runner.train_dataloader.dataset, self.pipeline)

    def after_train_iter(self,
                         runner: Runner,
                         batch_idx: int,
                         data_batch: dict | None = None,
                         outputs: dict | None = None) -> None:
        """Measure at the end; checkpoints are written by a later hook."""
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
    def mean_field(self, model: nn.Module, images: Dataset) -> Tensor:
        """Mean displacement over pictures, each rank taking its share.

        Args:
            model (nn.Module): A segmentor with an
                :class:`wsss_plugins.IRHead`.
            images (Dataset): Of uint8 (3, H, W).

        Returns:
            Tensor: Rows and columns, in cells, float32 (2,).

        Raises:
            UserError: If there are no pictures.
        """
        if not len(images):
            raise UserError('DisplacementMeanHook: the training set is empty')
        rows = range(get_rank(), len(images), get_world_size())
        loader = DataLoader(
            Subset(images, rows), num_workers=self.num_workers,
            collate_fn=list)
        branch = model.decode_head.displacement
        training, kept = model.training, branch.mean.clone()
        branch.mean.zero_()
        model.eval()
        total = torch.zeros(2, dtype=torch.float64)
        for image, in tqdm(
                loader, desc='displacements', disable=not is_main_process()):
            total += self._mean_of(model, image).double().cpu()
        model.train(training)
        branch.mean.copy_(kept)
        total = total.to(kept.device)
        all_reduce(total)
        return (total / len(images)).float()

    def _mean_of(self, model: nn.Module, image: Tensor) -> Tensor:
        """Mean displacement of one picture, (2,)."""
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
