"""The generator in its modes: losses, labels, teacher, training."""
import copy

import pytest
import torch
import torch.distributed as dist
from mmengine.config import Config
from mmengine.dataset import Compose
from mmengine.logging import MessageHub
from mmengine.model import BaseDataPreprocessor, MMDistributedDataParallel
from mmengine.registry import MODELS as ROOT_MODELS
from mmengine.runner import Runner
from mmengine.structures import BaseDataElement
from torch import nn

from wsss_plugins.engine.hooks.teacher_hook import TeacherHook, move
from wsss_plugins.models import ExitsGenerator, PointRetriever
from wsss_plugins.models.generators.exits_generator import warmup_factor
from wsss_plugins.models.generators.objects import ObjectBatch
from wsss_plugins.registry import MODELS
from wsss_plugins.structures import UserError

SIDE, PATCH = 32, 8
MODES = ('mil', 'mal', 'exits')
VIT = dict(dim=16, depth=2, num_heads=2, patch_size=PATCH, pos_grid=4)


def config(mode, **options):
    """Model of a mode, from its config, made smaller."""
    model = Config.fromfile(
        f'configs/_base_/models/{mode}_vit-tiny.py').model
    model.network.backbone.update(VIT)
    model.network.decode_head.update(in_channels=16, channels=8)
    model.update(data_preprocessor=None, warmup=None)
    if mode == 'exits':
        model.extractor.update(VIT)
    model.update(options)
    return model


def generator(mode, **options):
    torch.manual_seed(0)
    return MODELS.build(config(mode, **options))


def sample(number=0, points=True):
    element = BaseDataElement(
        metainfo=dict(ann_id=number, box_area=600. + 3000 * number))
    mask = torch.zeros(SIDE, SIDE, dtype=torch.uint8)
    mask[6:26, 4:28] = 1
    element.box_mask = mask
    element.valid_mask = torch.ones(SIDE, SIDE, dtype=torch.bool)
    element.crop_box = torch.tensor([4., 6, 28, 26])
    if points:
        element.points = torch.tensor(
            [[16.5, 6.5], [4.5, 15.5], [12.5, 25.5], [27.5, 18.5]])
    return element


def batch(count=2, points=True):
    random = torch.Generator().manual_seed(count)
    images = torch.rand((3, count, 3, SIDE, SIDE), generator=random)
    inputs = dict(zip(('student', 'teacher', 'rgb'), images))
    return inputs, [sample(i, points) for i in range(count)]


@pytest.mark.parametrize('mode, names', [
    ('mil', {'loss_mil'}), ('mal', {'loss_mil', 'loss_crf'}),
    ('exits', {'loss_point', 'loss_crf'})])
def test_losses_of_modes(mode, names):
    model = generator(mode).train()
    losses = model(*batch(), mode='loss')
    assert {k for k in losses if 'loss' in k} == names
    sum(losses[name] for name in names).backward()
    moved = [p for p in model.student.parameters()
             if p.grad is not None and p.grad.abs().max() > 0]
    assert len(moved) >= len(list(model.student.parameters())) - 1
    for part in (model.teacher, model.extractor):
        if part is not None:
            assert not part.training
            assert all(p.grad is None and not p.requires_grad
                       for p in part.parameters())
    assert (model.teacher is None) == (mode == 'mil')


def test_losses_by_their_parts():
    model = generator('exits', crf_image='rgb').train()
    model.retriever.dropout = 0.
    inputs, samples = batch()
    losses = model.loss(inputs, samples)
    objects = ObjectBatch(samples)
    with torch.no_grad():
        probs = model.student(inputs['student'], objects.areas).sigmoid()
        other = model.teacher(inputs['teacher'], objects.areas).sigmoid()
        box = torch.nn.functional.interpolate(
            objects.boxes[:, None].float(), probs.shape[1:],
            mode='bilinear')[:, 0]
        points = torch.stack([s.points for s in samples])
        boxes = torch.stack([s.crop_box for s in samples])
        found = model.retriever(
            model.extractor.similarity(
                inputs['teacher'], model.retriever.layers), points,
            (4, 4), (SIDE, SIDE), boxes)
        point = model.loss_point(probs, box, found.labels, found.known,
                                 found.empty)['loss_point']
        crf = model.loss_crf(probs, box, inputs['rgb'], other)['loss_crf']
    torch.testing.assert_close(losses['loss_point'].detach(), point)
    torch.testing.assert_close(losses['loss_crf'].detach(), crf)
    for name, value in found.statistics().items():
        torch.testing.assert_close(losses[name], value)


def test_colors_of_the_mean_field_are_a_choice():
    values = {
        image: generator('mal', crf_image=image).loss(*batch())['loss_crf']
        for image in ('student', 'teacher', 'rgb')}
    assert len({round(v.item(), 7) for v in values.values()}) > 1


def test_weights_rise():
    assert warmup_factor(0, 100) == 0
    assert warmup_factor(25, 100) == .25
    assert warmup_factor(200, 100) == 1
    assert warmup_factor(0, 100, epoch=1) == 1
    assert warmup_factor(0, 0) == 1
    hub = MessageHub.get_instance('test_weights_rise')
    plain = generator('mal').loss(*batch())
    model = generator('mal', warmup=dict(mil=10, crf=40))
    hub.update_info('iter', 5)
    losses = model.loss(*batch())
    hub.update_info('iter', 0)
    torch.testing.assert_close(losses['loss_mil'], plain['loss_mil'] / 2)
    torch.testing.assert_close(losses['loss_crf'], plain['loss_crf'] / 8)


def test_point_mode_needs_points():
    model = generator('exits')
    with pytest.raises(UserError, match='annotation 0: no extreme points'):
        model.loss(*batch(points=False))
    generator('mal').loss(*batch(points=False))


def test_padding_gets_no_label():
    model = generator('exits')
    inputs, samples = batch(1)
    samples[0].valid_mask[:, 28:] = False
    found = model.retrieve(inputs['teacher'], ObjectBatch(samples))
    assert found.known[0, :, 3].any()
    samples[0].valid_mask[:, 24:] = False
    found = model.retrieve(inputs['teacher'], ObjectBatch(samples))
    seeds = found.seeds.foreground.view(1, 4, 4)
    assert torch.equal(found.known[..., 3], seeds[..., 3])


def similarity(n=16, seed=0):
    random = torch.Generator().manual_seed(seed)
    return (4 * torch.randn((2, n, n), generator=random)).softmax(dim=2)


def test_dropout_spares_the_seeds():
    samples = batch()[1]
    points = torch.stack([s.points for s in samples])
    boxes = torch.stack([s.crop_box for s in samples])
    inputs = similarity(), points, (4, 4), (SIDE, SIDE), boxes
    options = dict(delta=4., tau_fg=-9., tau_bg=-10.)
    whole = PointRetriever(dropout=0., **options)(*inputs)
    torch.manual_seed(0)
    kept = [PointRetriever(dropout=.5, **options)(*inputs)
            for _ in range(40)]
    seeds = whole.seeds.foreground.view(2, 4, 4)
    background = whole.seeds.background.view(2, 4, 4)
    for found in kept:
        assert (found.labels | ~seeds).all()
        assert (found.known | ~(seeds | background)).all()
        assert not (found.labels & ~whole.labels).any()
        assert torch.equal(found.empty, whole.empty)
    free = whole.labels & ~seeds
    assert free.any()
    share = torch.stack([k.labels for k in kept]).float().mean(dim=0)[free]
    assert abs(share.mean() - .5) < .1
    assert len({tuple(k.labels.flatten().tolist()) for k in kept}) > 5


def test_nothing_retrieved():
    points = torch.stack([s.points for s in batch()[1]])
    found = PointRetriever(tau_fg=99., tau_bg=-99.)(
        similarity(), points, (4, 4), (SIDE, SIDE))
    assert found.empty.all() and found.statistics()['fallback_rate'] == 1
    assert torch.equal(found.labels.flatten(1), found.seeds.foreground)


def test_mirrored_crops_have_mirrored_targets():
    flip = torch.arange(16).view(4, 4).flip(1).flatten()
    matrix = similarity()
    points = torch.stack([s.points for s in batch()[1]])
    mirrored = points[:, [0, 3, 2, 1]].clone()
    mirrored[..., 0] = SIDE - mirrored[..., 0]
    retriever = PointRetriever(dropout=0., delta=4., tau_fg=.1, tau_bg=-.1)
    a = retriever(matrix, points, (4, 4), (SIDE, SIDE))
    b = retriever(matrix[:, flip][:, :, flip], mirrored, (4, 4),
                  (SIDE, SIDE))
    assert torch.equal(a.labels.flip(2), b.labels)
    assert torch.equal(a.known.flip(2), b.known)


@torch.no_grad()
@pytest.mark.parametrize('net', ['student', 'teacher', 'mean'])
@pytest.mark.parametrize('flip', [False, True])
def test_predict(net, flip):
    model = generator('mal', predict_net=net, flip_test=flip).eval()
    inputs, samples = batch(points=False)
    nets = dict(student=[model.student], teacher=[model.teacher],
                mean=[model.student, model.teacher])[net]
    areas = [s.box_area for s in samples]

    def logits(x):
        return sum(n(x, areas) for n in nets) / len(nets)

    truth = logits(inputs['teacher'])
    if flip:
        truth = (truth + logits(inputs['teacher'].flip(-1)).flip(-1)) / 2
    truth = torch.nn.functional.interpolate(
        truth[:, None], (SIDE, SIDE), mode='bilinear')[:, 0].sigmoid()
    found = model(inputs, samples, mode='predict')
    for element, prob in zip(found, truth):
        assert element.pred_prob.dtype == torch.float32
        torch.testing.assert_close(element.pred_prob,
                                   prob * element.box_mask)
    assert (found[0].pred_prob[:6] == 0).all()


def test_options_that_do_not_fit():
    for options, words in ((dict(predict_net='x'), "predict_net='x'"),
                           (dict(crf_image='x'), "crf_image='x'"),
                           (dict(warmup=dict(dice=3)), 'warmup')):
        with pytest.raises(ValueError, match=words):
            generator('mal', **options)
    with pytest.raises(UserError, match='needs a teacher'):
        generator('mil', predict_net='mean')
    with pytest.raises(ValueError, match='needs an extractor'):
        generator('exits', extractor=None)
    with pytest.raises(ValueError, match='dropout=1'):
        PointRetriever(dropout=1)
    with pytest.raises(ValueError, match='mode=.x.'):
        generator('mil')(*batch(), mode='x')


def test_half_precision():
    model = generator('exits')
    model.retriever.dropout = 0.
    exact = model.loss(*batch())
    with torch.autocast('cpu', torch.bfloat16):
        found = model.loss(*batch())
    for name in ('loss_point', 'loss_crf'):
        assert found[name].dtype == torch.float32
        torch.testing.assert_close(found[name], exact[name], rtol=0,
                                   atol=.05)


def test_move():
    student, teacher = nn.BatchNorm1d(2), nn.BatchNorm1d(2)
    nn.init.constant_(student.weight, 3.)
    student.running_mean.fill_(5.)
    move(teacher, student, .004)
    torch.testing.assert_close(teacher.weight,
                               torch.full((2, ), .996 + .012))
    assert teacher.running_mean.tolist() == [5, 5]
    for momentum in (0, 1.5):
        with pytest.raises(ValueError, match='momentum'):
            TeacherHook(momentum)


@ROOT_MODELS.register_module(name='ExitsTestPreprocessor')
class Preprocessor(BaseDataPreprocessor):
    """Crops for all three uses."""

    def forward(self, data, training=False):
        data = self.cast_data(data)
        images = torch.stack(data['inputs']).float()
        return dict(
            inputs=dict(student=images, teacher=images, rgb=images),
            data_samples=data['data_samples'])


class Objects(torch.utils.data.Dataset):
    """Four objects."""

    def __init__(self):
        self.pipeline = Compose([])

    def __len__(self):
        return 4

    def __getitem__(self, index):
        inputs, samples = batch(4)
        return dict(inputs=inputs['student'][index],
                    data_samples=samples[index])


def train(folder, model, iterations=2, hooks=(), resume=False):
    runner = Runner(
        model=dict(model, data_preprocessor=dict(
            type='ExitsTestPreprocessor')),
        work_dir=str(folder),
        train_dataloader=dict(
            dataset=Objects(), batch_size=2,
            sampler=dict(type='DefaultSampler', shuffle=False)),
        train_cfg=dict(type='IterBasedTrainLoop', max_iters=iterations),
        optim_wrapper=dict(optimizer=dict(
            type='AdamW', lr=1e-3, betas=(.9, .9), weight_decay=5e-4)),
        default_hooks=dict(
            checkpoint=dict(type='CheckpointHook', by_epoch=False,
                            interval=1),
            logger=dict(type='LoggerHook', interval=1)),
        custom_hooks=[*hooks, dict(type='wsss_plugins.StepSeedHook')],
        randomness=dict(seed=0), default_scope='mmseg', resume=resume,
        experiment_name=folder.name)
    runner.train()
    return runner


def same(a, b):
    return all(torch.equal(x, y) for x, y in zip(
        a.state_dict().values(), b.state_dict().values()))


@pytest.mark.parametrize('mode', MODES)
def test_training(tmp_path, mode):
    hooks = [] if mode == 'mil' else [dict(type='wsss_plugins.TeacherHook')]
    model = config(mode, warmup=dict(mil=2, point=2, crf=4))
    runner = train(tmp_path / mode, copy.deepcopy(model), 3, hooks)
    trained = runner.model
    fresh = generator(mode)
    assert not same(trained.student, fresh.student)
    scalars = runner.message_hub.log_scalars
    assert scalars['train/loss'].current() > 0
    if mode == 'exits':
        for name in ('retrieved_fg', 'retrieved_bg', 'fallback_rate'):
            assert f'train/{name}' in scalars
    frozen = [id(p) for part in (trained.teacher, trained.extractor)
              if part is not None for p in part.parameters()]
    state = runner.optim_wrapper.optimizer.state
    assert state and not [p for p in state if id(p) in frozen]


def test_extractor_of_a_mil_run_stays_as_it_is(tmp_path):
    first = train(tmp_path / 'mil', config('mil'))
    model = config('exits')
    model.extractor.init_cfg = dict(
        type='Pretrained', prefix='student.backbone.',
        checkpoint=str(tmp_path / 'mil' / 'iter_2.pth'))
    runner = train(tmp_path / 'exits', model, 2,
                   [dict(type='wsss_plugins.TeacherHook')])
    assert same(runner.model.extractor, first.model.student.backbone)
    assert not same(runner.model.student.backbone,
                    first.model.student.backbone)


@pytest.mark.parametrize('copy_first', [True, False])
def test_teacher_follows(tmp_path, copy_first):
    hook = dict(type='wsss_plugins.TeacherHook', momentum=.25,
                copy_first=copy_first)
    kept = {}
    take = TeacherHook.before_train

    def before(self, runner):
        kept['own'] = copy.deepcopy(runner.model.teacher)
        take(self, runner)
        kept['student'] = copy.deepcopy(runner.model.student)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TeacherHook, 'before_train', before)
        runner = train(tmp_path / 'x', config('mal'), 1, [hook])
    start = kept['student' if copy_first else 'own']
    for a, b, c in zip(start.parameters(),
                       runner.model.student.parameters(),
                       runner.model.teacher.parameters()):
        torch.testing.assert_close(c, .75 * a + .25 * b)


def test_a_killed_run_goes_on_as_it_would_have(tmp_path):
    hooks = [dict(type='wsss_plugins.TeacherHook')]
    model = config('exits', warmup=dict(point=3, crf=4))
    whole = train(tmp_path / 'a', copy.deepcopy(model), 4, hooks)
    train(tmp_path / 'b', copy.deepcopy(model), 2, hooks)
    resumed = train(tmp_path / 'b', copy.deepcopy(model), 4, hooks, True)
    assert same(whole.model, resumed.model)


def test_the_hook_needs_a_teacher(tmp_path):
    with pytest.raises(UserError, match='has no teacher'):
        train(tmp_path / 'x', config('mil'), 1,
              [dict(type='wsss_plugins.TeacherHook')])


@pytest.mark.parametrize('name', [
    f'{mode}_{size}' for mode in MODES for size in ('vitb', 'vit-tiny')])
def test_configs_build(name):
    model = Config.fromfile(f'configs/_base_/models/{name}.py').model
    with torch.device('meta'):
        built = MODELS.build(model)
    assert isinstance(built, ExitsGenerator)


@pytest.fixture
def process_group(tmp_path):
    dist.init_process_group(
        'gloo', init_method=f'file://{tmp_path}/store', rank=0, world_size=1)
    yield
    dist.destroy_process_group()


@pytest.mark.parametrize('mode', MODES)
def test_ranks_wait_for_no_weight(process_group, mode):
    """Data parallel training refuses a second step if one had no gradient."""
    model = generator(mode).train()
    wrapped = MMDistributedDataParallel(model)
    trained = sum(p.numel() for p in model.parameters() if p.requires_grad)
    assert trained == sum(p.numel() for p in model.student.parameters())
    for count in (1, 3, 2):
        inputs, samples = batch(count)
        losses = wrapped(inputs, samples, mode='loss')
        model.zero_grad()
        sum(v for k, v in losses.items() if 'loss' in k).backward()
        assert all(p.grad is not None for p in model.student.parameters())
