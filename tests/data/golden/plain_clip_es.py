"""CLIP-ES in float64 from weights and a picture; nothing of this package.

``small(full, out)`` first reproduces the full files, then cuts the model and
the picture down and writes what they give.
"""
import numpy as np
import torch
import torch.nn.functional as F
from pydensecrf import densecrf
from scipy import ndimage

MEAN = np.array([0.48145466, 0.4578275, 0.40821073])
STD = np.array([0.26862954, 0.26130258, 0.27577711])


def attention(x, p, weights, mask=None):
    width = x.shape[1]
    heads = width // 64
    qkv = x @ weights[f'{p}in_proj_weight'].T + weights[f'{p}in_proj_bias']
    q, k, v = (part.reshape(len(x), heads, 64).transpose(0, 1)
               for part in qkv.split(width, dim=1))
    scores = q @ k.transpose(1, 2) / 8
    probs = (scores if mask is None else scores + mask).softmax(dim=-1)
    out = (probs @ v).transpose(0, 1).reshape(len(x), width)
    out = out @ weights[f'{p}out_proj.weight'].T + weights[f'{p}out_proj.bias']
    return out, probs.mean(dim=0)


def norm(x, p, weights):
    return F.layer_norm(x, x.shape[-1:], weights[f'{p}.weight'],
                        weights[f'{p}.bias'])


def mlp(x, p, weights):
    hidden = x @ weights[f'{p}c_fc.weight'].T + weights[f'{p}c_fc.bias']
    hidden = hidden * torch.sigmoid(1.702 * hidden)
    return hidden @ weights[f'{p}c_proj.weight'].T + weights[f'{p}c_proj.bias']


def block(x, p, weights, mask=None, seen=None):
    a = norm(x, f'{p}ln_1', weights)
    if seen is not None:
        a = a.detach().requires_grad_()
        seen.append(a)
    out, probs = attention(a, f'{p}attn.', weights, mask)
    x = x + out
    return x + mlp(norm(x, f'{p}ln_2', weights), f'{p}mlp.', weights), probs


def depth(weights, prefix):
    return 1 + max(int(k.split('resblocks.')[1].split('.')[0])
                   for k in weights if k.startswith(prefix + 'transformer.'))


def text(weights, tokens):
    rows = []
    for ids in torch.from_numpy(tokens).long():
        x = weights['token_embedding.weight'][ids]
        x = x + weights['positional_embedding']
        mask = torch.full((len(x), len(x)), -torch.inf, dtype=x.dtype).triu(1)
        for i in range(depth(weights, '')):
            x, _ = block(x, f'transformer.resblocks.{i}.', weights, mask)
        x = norm(x, 'ln_final', weights)[ids.argmax()]
        rows.append(F.normalize(x @ weights['text_projection'], dim=0))
    return torch.stack(rows)


def scaled(m):
    m = m - m.amin(dim=(1, 2), keepdim=True)
    return m / (1e-7 + m.amax(dim=(1, 2), keepdim=True))


def boxes_of(cam, threshold):
    """The reference's boxes, but for those of holes."""
    u = (cam.float().numpy() * 255).astype(np.uint8)
    found = ndimage.find_objects(
        ndimage.label(u > int(threshold * u.max()), np.ones((3, 3)))[0])
    h, w = u.shape
    return [[x.start, y.start, min(x.stop, w - 1), min(y.stop, h - 1)]
            for y, x in found]


def cams(weights, image, rows, count, threshold):
    """Everything from the normalized picture to the refined maps."""
    out = {}
    tokens = F.conv2d(image[None], weights['visual.conv1.weight'], stride=16)
    h, w = tokens.shape[2:]
    pos = weights['visual.positional_embedding']
    side = int((len(pos) - 1)**.5)
    planes = pos[1:].float().T.reshape(1, -1, side, side)
    planes = F.interpolate(planes, (h, w), mode='bilinear')
    pos = torch.cat([pos[:1].float(), planes.flatten(2)[0].T]).half()
    out['pos_emb_resized'] = pos
    x = torch.cat([weights['visual.class_embedding'][None],
                   tokens.flatten(2)[0].T]) + pos.double()
    x = norm(x, 'visual.ln_pre', weights)
    inputs, attn = [x], []
    last = depth(weights, 'visual.') - 1
    name = 'visual.transformer.resblocks.{}.'
    for i in range(last):
        x, probs = block(x, name.format(i), weights)
        inputs.append(x)
        attn.append(probs)
    out['block_io'], out['last_block_in'] = torch.stack(inputs), x
    seen = []
    x, probs = block(x, name.format(last), weights, seen=seen)
    attn.append(probs)
    out['attn_layers'] = torch.stack(attn).detach()
    x = norm(x, 'visual.ln_post', weights)[1:].mean(dim=0)
    x = x @ weights['visual.proj']
    unit = F.normalize(x, dim=0)
    logits = weights['logit_scale'].exp() * rows @ unit
    p = logits.softmax(dim=0)
    grads = torch.stack([
        torch.autograd.grad(p[k], seen[0], retain_graph=True)[0]
        for k in range(count)])[:, 1:].transpose(1, 2).reshape(
            count, -1, h, w)
    act = seen[0].detach()[1:].T.reshape(-1, h, w)
    weight = grads.mean(dim=(2, 3))
    raw = torch.einsum('kd,dhw->khw', weight, act)
    out |= dict(image_embed=x, image_embed_norm=unit, logits=logits, probs=p,
                text_rows=rows, grads=grads, ln1_act=act, cam_weights=weight,
                cam_raw=raw, cam_relu=raw.relu(),
                cam_scaled_once=scaled(raw.relu()))
    cam = out['cam_scaled'] = scaled(out['cam_scaled_once'])
    found = [boxes_of(c, threshold) for c in cam]
    mask = torch.zeros_like(cam)
    for k, boxes in enumerate(found):
        for x0, y0, x1, y1 in boxes:
            mask[k, y0:y1, x0:x1] = 1
    out['box_mask'] = mask
    flat = [b for boxes in found for b in boxes]
    out['boxes'] = np.array(flat, np.int64).reshape(-1, 4)
    out['box_owner'] = np.array(
        [k for k, boxes in enumerate(found) for _ in boxes], np.int64)
    t = out['attn_mean'] = out['attn_layers'][-8:, 1:, 1:].mean(dim=0)
    for i in (1, 2, 3):
        t = out[f'T{i}_col'] = t / t.sum(dim=0, keepdim=True)
        t = out[f'T{i}_row'] = t / t.sum(dim=1, keepdim=True)
    t = out['T_sym'] = (t + t.T) / 2
    t = out['T_sq'] = t @ t
    out['T_masked'] = t * mask.flatten(1)[:, None]
    refined = (out['T_masked'] @ cam.flatten(1)[..., None])[..., 0]
    out['refined'] = refined.reshape(cam.shape)
    return out


def full_size(out, size):
    for key, maps in (('cam_fullres', out['cam_scaled']),
                      ('refined_fullres', scaled(out['refined']))):
        out[key] = F.interpolate(maps[None], size, mode='bilinear')[0]
    out['saved_attn_highres'] = out['refined_fullres'].half()


def crf(out, image):
    maps = out['saved_attn_highres'].numpy()
    prob = np.concatenate([1 - maps.max(axis=0, keepdims=True), maps])
    unary = -np.log(np.clip(prob, 1e-5, 1))
    shifted = image[..., ::-1].astype(np.float32) - np.float32(
        [104.008, 116.669, 122.675])
    bgr = np.ascontiguousarray(shifted.astype(np.int64).astype(np.uint8))
    model = densecrf.DenseCRF2D(image.shape[1], image.shape[0], len(prob))
    model.setUnaryEnergy(np.ascontiguousarray(
        unary.reshape(len(prob), -1).astype(np.float32)))
    model.addPairwiseGaussian(sxy=1, compat=3)
    model.addPairwiseBilateral(sxy=67, srgb=3, rgbim=bgr, compat=4)
    q = np.array(model.inference(10)).reshape(prob.shape)
    ids = np.array([0, *(out['saved_keys'] + 1)])
    label = ids[q.argmax(axis=0)].astype(np.uint8)
    sure = q.max(axis=0)
    out |= dict(crf_image=bgr, crf_prob_in=prob, crf_q=q, crf_label=label,
                crf_unary=unary.reshape(len(prob), -1), crf_confidence=sure,
                pseudo_mask=np.where(sure < .95, 255, label).astype(np.uint8))


def double(weights):
    return {k: torch.from_numpy(v.astype(np.float64))
            for k, v in weights.items()}


def whole(model, texts, picture, threshold):
    """All outputs for a picture's file."""
    weights = double(model)
    objects = picture['objects']
    keys = np.array(list(dict.fromkeys(objects.tolist())))
    rows = torch.from_numpy(np.concatenate(
        [texts['fg_text_features'][keys], texts['bg_text_features']]
    ).astype(np.float64))
    image = torch.from_numpy(picture['image_norm'].astype(np.float64))
    out = cams(weights, image, rows, len(keys), threshold)
    full_size(out, picture['img_rgb'].shape[:2])
    out['saved_keys'] = keys
    crf(out, picture['img_rgb'])
    return {k: v.detach().numpy() if torch.is_tensor(v) else v
            for k, v in out.items()}
