"""IRNet's heads and losses written out in float64, apart from the package.

The program behind the small files of ``irn``; ``make.py`` first compares it
with the full files, which the original implementation wrote.
"""
import numpy as np
import torch
import torch.nn.functional as F

UPSAMPLED = dict(edge3=2, edge4=4, edge5=4, dp4=2, dp5=2, dp6=2)
RADIUS, EPS, CLASSES = 5, 1e-5, 21


def pair_offsets():
    """Offsets (dy, dx), grouped by the number of grid points on the path."""
    found = [(0, dx) for dx in range(1, RADIUS)]
    found += [(dy, dx) for dy in range(1, RADIUS)
              for dx in range(1 - RADIUS, RADIUS)
              if dy * dy + dx * dx < RADIUS * RADIUS]
    return sorted(found, key=lambda offset: len(path(*offset)))


def path(dy, dx):
    """Grid points closer than 1 to the line from (0, 0) to (dy, dx)."""
    return [(y, x) for y in range(min(0, dy), max(0, dy) + 1)
            for x in range(min(0, dx), max(0, dx) + 1)
            if (dy * x - dx * y)**2 < dy * dy + dx * dx]


def layer(x, weights, name, like=None, size=None):
    """1x1 convolution, group normalization, upsampling, ReLU, cropping."""
    x = F.conv2d(x, weights[f'fc_{name}.0.weight'])
    channels = x.shape[1]
    x = F.group_norm(x, min(16, channels // 8),
                     weights[f'fc_{name}.1.weight'],
                     weights[f'fc_{name}.1.bias'])
    if name in UPSAMPLED:
        x = F.interpolate(x, scale_factor=UPSAMPLED[name], mode='bilinear',
                          align_corners=False)
    return x.relu()[..., :size[0], :size[1]]


def heads(maps, weights):
    """Boundary logits (N, 1, h, w) and displacements (N, 2, h, w)."""
    fine, middle = maps[1].shape[2:], maps[2].shape[2:]
    edge = torch.cat([layer(x, weights, f'edge{i + 1}', size=fine)
                      for i, x in enumerate(maps)], dim=1)
    edge = F.conv2d(edge, weights['fc_edge6.weight'],
                    weights['fc_edge6.bias'])
    dp = [layer(x, weights, f'dp{i + 1}', size=fine if i < 2 else middle)
          for i, x in enumerate(maps)]
    joint = layer(torch.cat(dp[2:], dim=1), weights, 'dp6', size=fine)
    last = layer(torch.cat([*dp[:2], joint], dim=1), weights, 'dp7',
                 size=fine)
    return edge, F.conv2d(last, weights['fc_dp7.3.weight'])


def sources(x, dy=0, dx=0):
    """Values (..., n) at an offset from all sources of pairs."""
    height, width = x.shape[-2:]
    reach = RADIUS - 1
    return x[..., dy:height - reach + dy,
             reach + dx:width - reach + dx].flatten(-2)


def losses_file(inputs, label, shown=64):
    """Everything in ``heads_losses.npz`` from inputs and the label."""
    data = {k: torch.from_numpy(v).double() for k, v in inputs.items()}
    maps = [data[f'x{i}'] for i in range(1, 6)]
    weights = {k[2:]: v for k, v in data.items() if k.startswith('w.')}
    learned = [weights[k].requires_grad_() for k in (
        'fc_edge6.weight', 'fc_edge6.bias', 'fc_dp7.3.weight')]
    logit, dp = heads(maps, weights)
    edge, offsets = logit[:, 0].sigmoid(), pair_offsets()
    affinity = 1 - torch.stack([
        torch.stack([sources(edge, *p) for p in path(*o)]).amax(dim=0)
        for o in offsets], dim=1)
    change = torch.stack(
        [sources(dp) - sources(dp, *o) for o in offsets], dim=2)
    wanted = torch.tensor(offsets).T[None, :, :, None]
    labels = torch.from_numpy(label).long()
    here = sources(labels)[:, None]
    there = torch.stack([sources(labels, *o) for o in offsets], dim=1)
    valid = (here < CLASSES) & (there < CLASSES)
    bg = (valid & (here == there) & (here == 0)).double()
    fg = (valid & (here == there) & (here > 0)).double()
    neg = (valid & (here != there)).double()
    maps_of = dict(
        pos_aff_loss=-(affinity + EPS).log(),
        neg_aff_loss=-(1 + EPS - affinity).log(),
        dp_fg_loss=(change - wanted).abs(), dp_bg_loss=change.abs())

    def mean(key, kind, planes=1):
        kind = kind[:, None] if planes > 1 else kind
        return (maps_of[key] * kind).sum() / (planes * kind.sum() + EPS)

    out = dict(l_bg_pos=mean('pos_aff_loss', bg),
               l_fg_pos=mean('pos_aff_loss', fg),
               l_neg=mean('neg_aff_loss', neg),
               l_dp_fg=mean('dp_fg_loss', fg, 2),
               l_dp_bg=mean('dp_bg_loss', bg, 2))
    out['l_pos'] = (out['l_bg_pos'] + out['l_fg_pos']) / 2
    out['l_total'] = (out['l_pos'] + out['l_neg']) / 2 + (
        out['l_dp_fg'] + out['l_dp_bg']) / 2
    out['l_total'].backward()
    out = {k: v.detach() for k, v in out.items()}
    out |= {k: v.detach()[..., :shown] for k, v in maps_of.items()}
    merged = (logit[0] / 2 + logit[1].flip(-1) / 2).sigmoid()
    names = 'grad_fc_edge6_weight', 'grad_fc_edge6_bias', 'grad_fc_dp7_last'
    return out | dict(zip(names, (w.grad for w in learned))) | dict(
        edge_logit=logit.detach(), dp=dp.detach(), label=label, bg_pos=bg,
        fg_pos=fg, neg=neg, edge_flipmerged=merged.detach())


def smaller(inputs, channels, inner, side):
    """First channels and corner of all feature maps, with their weights.

    Args:
        inputs (dict): The full file.
        channels (list[int]): Channels of the five maps.
        inner (dict[str, int]): Output channels of layers by name.
        side (int): Height and width of the finest map.
    """
    found = {}
    for i, count in enumerate(channels):
        full = inputs[f'x{i + 1}']
        part = side * full.shape[2] // inputs['x1'].shape[2]
        found[f'x{i + 1}'] = full[:, :count, :part, :part]
    ins = {f'{kind}{i + 1}': count for i, count in enumerate(channels)
           for kind in ('edge', 'dp')}
    ins['dp6'] = sum(inner[f'dp{i}'] for i in (3, 4, 5))
    ins['dp7'] = sum(inner[f'dp{i}'] for i in (1, 2, 6))
    ins['edge6'] = sum(inner[f'edge{i}'] for i in range(1, 6))
    for key, value in inputs.items():
        if not key.startswith('w.'):
            continue
        name = key.split('.')[1].removeprefix('fc_')
        if key == 'w.fc_dp7.3.weight':
            value = value[:, :inner['dp7']]
        elif value.ndim == 4:
            value = value[:inner.get(name), :ins[name]]
        else:
            value = value[:inner.get(name)]
        found[key] = np.ascontiguousarray(value)
    return found
