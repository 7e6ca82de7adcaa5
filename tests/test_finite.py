"""Losses, weights and predictions that are no numbers end a run."""
import json

import pytest
import torch
from mmengine.config import Config
from mmengine.model import BaseModel
from mmengine.registry import DefaultScope
from mmengine.structures import InstanceData, PixelData
from mmseg.models import SegDataPreProcessor, SegTTAModel
from mmseg.structures import SegDataSample
from torch import nn

from wsss_plugins.engine.hooks.finite_hook import FiniteHook
from wsss_plugins.models.utils.finite_outputs import watch_outputs
from wsss_plugins.registry import MODELS
from wsss_plugins.structures import UserError
from wsss_plugins.testing.configs import config_path
from wsss_plugins.testing.tools import run_tool
from wsss_plugins.testing.voc_tree import make_voc_tree

CAM = 'cam/cam_r18-small_1xb16-400_tinyvoc-128.py'


class Predictor(BaseModel):
    """Gives what it is told to, as a model of mmengine does."""

    def __init__(self, std=1., **predictions) -> None:
        super().__init__(SegDataPreProcessor(
            mean=[0.] * 3, std=[std] * 3, test_cfg=dict(size_divisor=1)))
        self.backbone = nn.Conv2d(3, 1, 1)
        self.predictions = predictions

    def forward(self, inputs, data_samples, mode='tensor'):
        self.backbone(inputs)
        for sample in data_samples:
            sample.set_data(self.predictions)
        return data_samples


def predict(model):
    sample = SegDataSample(metainfo=dict(
        img_path='images/a.jpg', img_shape=(4, 4), ori_shape=(4, 4)))
    sample.gt_score = torch.tensor([float('nan')])
    watch_outputs(model)
    return model.test_step(dict(inputs=[torch.zeros(3, 4, 4).byte()],
                                data_samples=[sample]))


def nan(*shape, value=float('nan')):
    found = torch.zeros(shape)
    found.view(-1)[-1] = value
    return found


@pytest.mark.parametrize('predictions', [
    dict(seg_logits=PixelData(data=nan(2, 4, 4))),
    dict(pred_cam=PixelData(data=nan(1, 2, 2, value=float('inf')))),
    dict(pred_prob=nan(8, 8)),
    dict(pred_instances=InstanceData(scores=nan(3).half())),
])
def test_predictions_are_refused(predictions):
    with pytest.raises(UserError) as error:
        predict(Predictor(**predictions))
    assert 'images/a.jpg' in str(error.value)
    assert next(iter(predictions)) in str(error.value)


def test_sound_predictions_pass():
    found = predict(Predictor(
        pred_cam=PixelData(data=torch.ones(1, 2, 2) * 6e4),
        pred_prob=torch.full((400, 400), 6e4).half(),
        pred_sem_seg=PixelData(data=torch.zeros(1, 4, 4).long())))
    assert found[0].pred_prob.dtype == torch.float16


def test_nan_that_no_prediction_shows():
    """A detector leaves out boxes whose score is NaN."""
    model = Predictor(pred_instances=InstanceData(scores=torch.zeros(0)))
    model.backbone.weight.data.fill_(float('nan'))
    with pytest.raises(UserError, match='a.jpg: backbone'):
        predict(model)


def test_a_deviation_of_zero():
    with pytest.raises(UserError, match='a.jpg: data_preprocessor'):
        predict(Predictor(std=0.))


def test_views_of_augmentation_are_watched():
    """What the merge makes of logits tells nothing of them any more."""
    model = SegTTAModel(Predictor(
        seg_logits=PixelData(data=nan(2, 4, 4))))
    watch_outputs(model)
    sample = SegDataSample(metainfo=dict(img_path='images/a.jpg'))
    with pytest.raises(UserError, match='a.jpg: seg_logits'):
        model.test_step(dict(inputs=[[torch.zeros(3, 4, 4).byte()]],
                             data_samples=[[sample]]))


def test_watching_ends():
    model = Predictor(pred_prob=nan(2))
    for handle in watch_outputs(model):
        handle.remove()
    assert not model._forward_hooks and not model.backbone._forward_hooks


class Runner:
    iter = 7
    optim_wrapper = None


def test_losses():
    hook = FiniteHook()
    loss = torch.ones((), requires_grad=True)
    hook.after_train_iter(Runner, 0, outputs=dict(loss=loss))
    hook.after_train_iter(Runner, 0, outputs=None)
    with pytest.raises(UserError, match=r'iteration 8.*loss_b nan'):
        hook.after_train_iter(Runner, 0, outputs=dict(
            loss=torch.tensor(float('nan')), loss_a=torch.tensor(1.),
            loss_b=torch.tensor(float('nan')), acc='text'))


def test_weights_are_not_saved():
    state = dict(a=torch.ones(2), b=torch.tensor([1., float('inf')]),
                 count=torch.tensor(3))
    with pytest.raises(UserError, match=r'iteration 8.*\(b\)'):
        FiniteHook().before_save_checkpoint(Runner, dict(state_dict=state))


@pytest.fixture(scope='module')
def trained(tmp_path_factory):
    """A CAM network whose weights are finite, but far too large."""
    root = make_voc_tree(tmp_path_factory.mktemp('tree'))
    names = json.loads((root / 'image_labels.json').read_text())['classes']
    cfg = Config.fromfile(config_path(CAM))
    with DefaultScope.overwrite_default_scope('mmseg'):
        cfg.model.decode_head.num_classes = len(names) + 1
        model = MODELS.build(cfg.model)
    state = {name: value * 1e30 if value.ndim == 4 else value
             for name, value in model.state_dict().items()}
    path = root / 'large.pth'
    torch.save(dict(state_dict=state, meta={}), path)
    return root, path


def test_the_tool(trained, tmp_path, capsys):
    root, checkpoint = trained
    dataset = 'test_dataloader.dataset'
    status = run_tool(
        'tools/test.py', config_path(CAM), checkpoint, '--work-dir', tmp_path,
        '--cfg-options', f'{dataset}.data_root={root}',
        f'{dataset}.type=wsss_plugins.ImageLevelDataset',
        f'{dataset}.ann_file=train.txt',
        f'{dataset}.data_prefix.img_path=JPEGImages',
        'model.decode_head.num_classes=3', 'test_dataloader.num_workers=0',
        'test_dataloader.persistent_workers=False')
    error = capsys.readouterr().err
    assert status == 2
    assert 'pic_0.jpg' in error and 'NaN' in error
    assert not list(tmp_path.rglob('*.npz'))
