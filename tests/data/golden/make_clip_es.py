"""Small sets of CLIP-ES and of proposals: ``make_clip_es.py FULL [OUT]``.

Called after ``make.py``, with the same folders. Proposals are copied. The
network of CLIP-ES is cut to two blocks a tower and the picture to its corner,
with outputs of ``plain_clip_es.py``, which first must reproduce a full file.
"""
import re
import sys
from pathlib import Path

import numpy as np
from make import load, save
from PIL import Image
from plain_clip_es import MEAN, STD, double, text, whole

PROPOSALS = ('p1.npz p1_coco_rle.json p1_levels.json p1_uncompressed.json '
             'p3_single_mask.npz p4_no_foreground.npz')
COPIES = 'boxes.npz pos_embed.npz preprocess.npz'
TOLERANCE = dict(grads=5e-4, cam_weights=5e-4, cam_raw=5e-4, cam_relu=5e-4,
                 crf_q=2e-2, crf_confidence=2e-2, saved_attn_highres=2e-3,
                 crf_prob_in=2e-3, crf_unary=.5)
# Other boxes and labels would be other numbers altogether.
EXACT = ('box_mask', )
LEFT = ('boxes', 'box_owner', 'crf_label', 'pseudo_mask')
SIZE = (58, 50)


def reproduce(full):
    """The plain program gives what the reference gave."""
    model, texts = load(full / 'model_voc.npz'), load(full / 'text_voc.npz')
    picture = load(full / 'voc_a2.npz')
    for key, value in whole(model, texts, picture, .4).items():
        if key in picture and key not in LEFT:
            golden = picture[key].astype(np.float64)
            error = np.abs(value - golden).max() / np.abs(golden).max()
            limit = 0 if key in EXACT else TOLERANCE.get(key, 1e-4)
            assert error <= limit, (key, error)


def cut_model(model, texts):
    """Two blocks a tower, and tokens that occur."""
    small = {}
    for key, value in model.items():
        number = re.search(r'resblocks\.(\d+)\.', key)
        if number is None or int(number[1]) < 2:
            small[key] = value
    used = np.unique(np.concatenate([texts['tokens_fg'],
                                     texts['tokens_bg']]))
    table = np.zeros_like(small['token_embedding.weight'])
    table[used] = small['token_embedding.weight'][used]
    return small | {'token_embedding.weight': table}


def cut_texts(model, texts):
    weights, small = double(model), dict(texts)
    for part in ('fg', 'bg'):
        features = text(weights, texts[f'tokens_{part}'])
        small[f'{part}_text_features'] = features.numpy().astype(np.float32)
    return small


def cut_picture(picture):
    """Inputs of the corner of a picture."""
    image = np.ascontiguousarray(picture['img_rgb'][:SIZE[0], :SIZE[1]])
    size = [-(-side // 16) * 16 for side in SIZE[::-1]]
    large = np.array(Image.fromarray(image).resize(size, Image.BICUBIC))
    norm = ((large / 255 - MEAN) / STD).transpose(2, 0, 1)
    return dict(img_rgb=image, objects=picture['objects'],
                image_norm=norm.astype(np.float32),
                gt=picture['gt'][:SIZE[0], :SIZE[1]])


def stored(value):
    return value.astype(np.float32) if value.dtype == np.float64 else value


def scores(name, picture):
    """What evaluation would say of the one picture."""
    maps, gt = picture['saved_attn_highres'], picture['gt']
    ids = np.array([0, *(picture['saved_keys'] + 1)])
    out = dict(names=np.array([name]))
    for power in (1, 2):
        top = (1 - maps.max(axis=0, keepdims=True))**power
        label = ids[np.concatenate([top, maps]).argmax(axis=0)]
        out[f'cam_miou_pow{power}'] = np.nanmean(iou(label, gt))
    out['best_pow'] = np.array(
        1 + (out['cam_miou_pow2'] > out['cam_miou_pow1']))
    label, valid = picture['crf_label'], gt < 255
    out['crf_class_iou'] = found = iou(label, gt)
    shares = np.array([(gt[valid] == c).mean() for c in range(21)])
    right = label[valid] == gt[valid]
    out['crf_miou'], out['crf_pixel_acc'] = np.nanmean(found), right.mean()
    out['crf_mean_acc'] = np.mean([
        right[gt[valid] == c].mean() for c in range(21) if shares[c]])
    out['crf_fwiou'] = np.nansum(shares * found)
    return out


def iou(label, gt, classes=21):
    valid, found = gt < 255, np.full(classes, np.nan)
    for c in range(classes):
        a, b = label[valid] == c, gt[valid] == c
        if b.any():
            found[c] = (a & b).sum() / (a | b).sum()
    return found


def make(full, out):
    out.mkdir(exist_ok=True)
    reproduce(full)
    for name in COPIES.split():
        save(out / name, load(full / name))
    texts = load(full / 'text_voc.npz')
    model = cut_model(load(full / 'model_voc.npz'), texts)
    texts = cut_texts(model, texts)
    picture = cut_picture(load(full / 'voc_a2.npz'))
    picture |= {k: stored(v)
                for k, v in whole(model, texts, picture, .4).items()}
    save(out / 'model_voc.npz', model)
    save(out / 'text_voc.npz', texts)
    save(out / 'voc_a2.npz', picture)
    save(out / 'eval_voc.npz', scores('a2', picture))


if __name__ == '__main__':
    full = Path(sys.argv[1])
    out = Path(sys.argv[2] if len(sys.argv) > 2 else Path(__file__).parent)
    make(full / 'clip_es', out / 'clip_es')
    (out / 'proposals').mkdir(exist_ok=True)
    for name in PROPOSALS.split():
        (out / 'proposals' / name).write_bytes(
            (full / 'proposals' / name).read_bytes())
