"""CAMs from words: their parts against plain computations."""
import numpy as np
import pytest
import torch
from mmengine.registry import DefaultScope
from mmseg.structures import SegDataSample
from scipy import ndimage

from wsss_plugins.datasets.transforms import IgnoreUnsure, ResizeToPatches
from wsss_plugins.evaluation import ConfidentMaskWriter, ScoreThresholdMetric
from wsss_plugins.models.converters.clip import convert_clip, openai_names
from wsss_plugins.models.converters.clip_sources import clip_state
from wsss_plugins.models.converters.word_checkpoint import word_checkpoint
from wsss_plugins.ops.attention.affinity import AttentionAffinity
from wsss_plugins.ops.cam.boxes import box_mask
from wsss_plugins.ops.cam.grad_cam import probability_gradients, scaled_maps
from wsss_plugins.registry import MODELS
from wsss_plugins.structures import ClassMaps, UserError, read_mask
from wsss_plugins.structures.words import Words

NAMES = ('cat', 'dog', 'train')
SIZES = dict(embed_dims=64, num_layers=3, pos_grid=4, out_dims=32)


@pytest.fixture(scope='module')
def checkpoint():
    return word_checkpoint('random:0', NAMES, Words(background=('sky', )))


@pytest.fixture(scope='module')
def model(checkpoint):
    return build(checkpoint)


def build(checkpoint, **options):
    config = dict(
        type='wsss_plugins.TextCAMSegmentor',
        backbone=dict(type='wsss_plugins.CLIPViT', **SIZES),
        decode_head=dict(type='wsss_plugins.TextCAMHead', num_classes=4,
                         embed_dims=32), **options)
    with DefaultScope.overwrite_default_scope('mmseg'):
        model = MODELS.build(config)
    model.load_state_dict(checkpoint)
    return model.eval()


def sample(labels, size=(64, 80)):
    out = SegDataSample(metainfo=dict(ori_shape=size, img_shape=size,
                                      img_path='a.jpg'))
    if labels is not None:
        score = torch.zeros(3)
        score[labels] = 1
        out.set_data(dict(gt_score=score))
    return out


def images(count=1, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(count, 3, 64, 80, generator=generator)


def test_gradients_of_probabilities_are_those_of_autograd():
    logits = torch.tensor([2., -1., .5, 3.], dtype=torch.float64)
    jacobian = torch.autograd.functional.jacobian(
        lambda z: z.softmax(dim=0), logits)
    torch.testing.assert_close(probability_gradients(logits, 2),
                               jacobian[:2])
    # 1 - p is no noise in float32, however near to 1 the probability is.
    sure = torch.tensor([0., -30.])
    torch.testing.assert_close(
        probability_gradients(sure, 1)[0, 0],
        torch.tensor(np.exp(-30.), dtype=torch.float32), rtol=1e-5, atol=0)


def test_all_classes_at_once_are_each_by_itself(model):
    tokens, attentions = model.backbone.before_last(images())
    grid = 4, 5
    block = model.backbone.last_block(tokens)
    both = model.class_cams(block, attentions, grid, torch.tensor([0, 2]))
    gradients = []
    for number in range(2):
        block = model.backbone.last_block(tokens)
        logits = model.decode_head.logits(
            block.embedding, model.decode_head.rows(torch.tensor([0, 2])))
        prob = logits.softmax(dim=0)[number]
        found, = torch.autograd.grad(prob, block.activations)
        gradients.append(found[0, 1:].T.unflatten(1, grid))
    torch.testing.assert_close(both.gradients, torch.stack(gradients),
                               rtol=1e-4, atol=1e-9)


def test_walk_is_the_square_of_its_matrix():
    generator = torch.Generator().manual_seed(0)
    attention = torch.rand(12, 12, generator=generator, dtype=torch.float64)
    affinity = AttentionAffinity.of(attention)
    plain = attention
    for _ in range(3):
        plain = plain / plain.sum(dim=0, keepdim=True)
        plain = plain / plain.sum(dim=1, keepdim=True)
    plain = (plain + plain.T) / 2
    torch.testing.assert_close(affinity.matrix(), plain)
    maps = torch.rand(2, 3, 4, generator=generator, dtype=torch.float64)
    masks = torch.rand(2, 3, 4, generator=generator) > .5
    values = plain @ plain @ (maps * masks).flatten(1).T
    torch.testing.assert_close(affinity.spread(maps, masks),
                               values.T.reshape(2, 3, 4))


def test_boxes_hold_every_pixel_above_the_threshold():
    cam = np.random.default_rng(0).random((9, 12))
    whole = box_mask(cam, .7)
    above = (cam * 255).astype(np.uint8) > int(.7 * (cam.max() * 255 // 1))
    assert whole[above].all()
    numbered, _ = ndimage.label(above, np.ones((3, 3)))
    plain = np.zeros_like(whole)
    for box in ndimage.find_objects(numbered):
        plain[box] = True
    assert (whole == plain).all()
    cut = box_mask(cam, .7, exclusive_edge=True)
    assert not cut[-1].any() and not cut[:, -1].any()
    assert (cut[:-1, :-1] == whole[:-1, :-1]).all()


def test_scaling_reaches_both_ends_however_small_the_map():
    maps = torch.stack([torch.rand(4, 5) * 1e-20, torch.full((4, 5), .3)])
    scaled = scaled_maps(maps)
    assert scaled[0].min() == 0 and scaled[0].max() == 1
    assert not scaled[1].any()


def test_predictions_do_not_depend_on_the_batch(model):
    alone = [model.predict(image[None], [sample(labels)])[0]
             for image, labels in zip(images(2), ([0, 2], [1]))]
    small = sample([1], (48, 64))
    batch = model.predict(images(2), [sample([0, 2]), small])
    torch.testing.assert_close(batch[0].pred_cam.data, alone[0].pred_cam.data)
    assert batch[0].pred_cam_label.tolist() == [1, 3]
    assert batch[1].pred_cam.data.shape == (1, 3, 4)
    assert batch[0].pred_sem_seg.data.shape == (1, 64, 80)


def test_images_without_labels(model, checkpoint):
    none, = model.predict(images(), [sample([])])
    assert none.pred_cam.data.shape == (0, 4, 5)
    assert not none.pred_sem_seg.data.any()
    found, = model.predict(images(), [sample(None)])
    best = found.pred_score.argmax().item() + 1
    assert found.pred_cam_label.tolist() == [best]
    scored = build(checkpoint, score_unlabeled=True, score_threshold=0.)
    every, = scored.predict(images(), [sample([])])
    assert every.pred_cam_label.tolist() == [1, 2, 3]


def test_76_patches_are_an_image(checkpoint):
    image = torch.randn(1, 3, 64, 304)
    plain, slip = build(checkpoint), build(checkpoint, parity=True)
    plain.backbone.half_positions = slip.backbone.half_positions
    ours, _ = plain.backbone.before_last(image)
    theirs, _ = slip.backbone.before_last(image)
    torch.testing.assert_close(theirs, plain.backbone.layers[-1](ours))


def test_names_of_transformers_give_the_same_network():
    state = clip_state('random:3')
    foreign = {}
    for name, value in state.items():
        prefix = 'vision' if name.startswith('visual.') else 'text'
        name = name.removeprefix('visual.')
        for old, new in (('transformer.resblocks.', 'encoder.layers.'),
                         ('ln_1', 'layer_norm1'), ('ln_2', 'layer_norm2'),
                         ('mlp.c_fc', 'mlp.fc1'), ('mlp.c_proj', 'mlp.fc2'),
                         ('attn.', 'self_attn.'), ('ln_pre', 'pre_layrnorm'),
                         ('ln_post', 'post_layernorm'),
                         ('ln_final', 'final_layer_norm'),
                         ('conv1.', 'embeddings.patch_embedding.'),
                         ('class_embedding', 'embeddings.class_embedding'),
                         ('token_embedding', 'embeddings.token_embedding')):
            name = name.replace(old, new)
        if name == 'positional_embedding':
            name = 'embeddings.position_embedding.weight'
        if name in ('proj', 'text_projection'):
            foreign[f'{prefix}{"ual" * 0}_projection.weight'.replace(
                'vision_p', 'visual_p')] = value.T
        elif name == 'logit_scale':
            foreign[name] = value
        elif 'in_proj' in name:
            for letter, part in zip('qkv', value.chunk(3)):
                foreign[f'{prefix}_model.' + name.replace(
                    'in_proj_', f'{letter}_proj.')] = part
        else:
            foreign[f'{prefix}_model.{name}'] = value
    renamed = openai_names(foreign, 'x')
    assert set(renamed) == set(state)
    assert all(torch.equal(renamed[name], state[name]) for name in state)


@pytest.mark.parametrize('change, text', [
    (lambda s: s.pop('visual.proj'), "no weight 'visual.proj'"),
    (lambda s: s.pop('token_embedding.weight'), 'without text tower'),
    (lambda s: s.pop('visual.conv1.weight'), 'no vision transformer'),
    (lambda s: s.pop('ln_final.bias'), 'ln_final.bias is missing'),
    (lambda s: s.update(more=torch.zeros(1)), "'more' does not belong")])
def test_wrong_weights(change, text):
    state = clip_state('random:0')
    change(state)
    with pytest.raises(UserError, match=text):
        convert_clip(state, 'x.pt')


def test_another_number_of_classes_is_refused(checkpoint):
    other = {**checkpoint,
             'decode_head.text_features': torch.zeros(5, 32)}
    with pytest.raises(UserError, match='words for 5 classes'):
        build(other)


def test_another_clip_is_refused(checkpoint):
    """Before images are read, not by a product of matrices that fails."""
    config = dict(type='wsss_plugins.TextCAMHead', num_classes=4)
    head = MODELS.build(config)
    with pytest.raises(UserError, match='have 32 numbers, but the model has '
                                        'embed_dims=512'):
        load_head(head, checkpoint)


def load_head(head, checkpoint):
    head.load_state_dict({
        name.removeprefix('decode_head.'): value
        for name, value in checkpoint.items() if 'decode_head' in name})


@pytest.mark.parametrize('source, text', [
    ('none.pt', 'weights of CLIP not found; give ViT-B-16.pt of OpenAI'),
    ('random:x', 'give a whole number')])
def test_missing_weights(source, text):
    with pytest.raises(UserError, match=text):
        word_checkpoint(source, NAMES, Words())


@pytest.mark.parametrize('words, text', [
    (dict(classes=dict(cat='dog')), "'dog' comes twice"),
    (dict(classes=dict(cat='tabby ' * 90)), 'would cut it off')])
def test_words_that_cannot_be_told_apart_or_read(words, text):
    with pytest.raises(UserError, match=text):
        word_checkpoint('random:0', NAMES, Words(**words))


@pytest.mark.parametrize('text, error', [
    ('classes: [a]', 'classes is the list'),
    ('cat: ""', 'is no word'), ('cat: a\ncat: b', "'cat' comes twice"),
    ('templates: [a photo]', 'needs one {}'),
    ('background: [sky, Sky]', "'sky' comes twice"),
    ('a: [', 'list of words'),
    ('classes: {}\nother: 1', "entry 'other' is unknown")])
def test_broken_lists_of_words(tmp_path, text, error):
    path = tmp_path / 'words.yml'
    path.write_text(text)
    with pytest.raises(UserError, match=error) as caught:
        Words.load(path)
    assert str(path) in str(caught.value)


def test_words_of_no_class(tmp_path):
    with pytest.raises(UserError, match="'bird', which is no class"):
        Words(classes=dict(bird='x')).check_known(NAMES)


def test_patches_cover_the_image():
    done = ResizeToPatches()(dict(img=np.zeros((50, 37, 3), np.uint8)))
    assert done['img'].shape == (64, 48, 3)
    assert done['img_shape'] == (64, 48)
    for size in ((4000, 3000), (16, 9000)):
        rows, columns = ResizeToPatches(max_patches=256).grid(*size)
        assert rows * columns <= 256 and min(rows, columns) >= 1


def test_unsure_pixels_are_ignored():
    probs = np.array([[[.96, .5]], [[.04, .5]]], np.float32)
    results = dict(class_maps=ClassMaps([0, 3], probs, (1, 2)),
                   pred_mask=np.zeros((1, 2), np.uint8))
    assert IgnoreUnsure()(results)['pred_mask'].tolist() == [[0, 255]]
    results['class_maps'] = ClassMaps([1, 3], probs, (1, 2))
    with pytest.raises(UserError, match='no background'):
        IgnoreUnsure()(results)


def test_confident_masks_of_a_segmentor(tmp_path):
    logits = torch.tensor([[[5., 0.]], [[0., .1]]])
    writer = ConfidentMaskWriter(out_dir=str(tmp_path / 'files'))
    writer.dataset_meta = dict(palette=[[0, 0, 0], [9, 9, 9]])
    writer.process({}, [dict(
        img_path='a.jpg', seg_logits=dict(data=logits),
        pred_sem_seg=dict(data=logits.argmax(dim=0)[None]))])
    mask = read_mask(tmp_path / 'files/a.png')
    assert mask.tolist() == [[0, 255]]


def test_threshold_of_scores():
    metric = ScoreThresholdMetric()
    for number, (probs, known) in enumerate((([.9, .3], [1, 0]),
                                             ([.2, .6], [0, 1]))):
        metric.process({}, [dict(img_path=f'{number}.jpg',
                                 pred_score=torch.tensor(probs),
                                 gt_score=torch.tensor(known))])
    found = metric.evaluate(2)
    assert found['label/f1_best'] == 1
    assert .3 < found['label/threshold'] <= .6
