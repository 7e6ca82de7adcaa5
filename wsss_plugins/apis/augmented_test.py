"""A config that is tested with test-time augmentation."""
from mmengine.config import Config

from ..structures import UserError


def enable_tta(cfg: Config) -> None:
    """Test a config in the views of its ``tta_pipeline``, as ``--tta`` says.

    Args:
        cfg (Config): Changed in place.

    Raises:
        UserError: If it has no ``tta_pipeline`` or no ``tta_model``.
    """
    for key in ('tta_pipeline', 'tta_model'):
        if key not in cfg:
            raise UserError(f'--tta: {cfg.filename} has no {key}')
    cfg.test_dataloader.dataset.pipeline = cfg.tta_pipeline
    cfg.model = dict(cfg.tta_model, module=cfg.model)
