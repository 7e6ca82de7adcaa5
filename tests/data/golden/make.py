"""Make the small reference set from the full one: ``make.py FULL [OUT]``.

See the README for the rules. Needs pydensecrf for the files of SEC.
"""
import io
import json
import re
import shutil
import sys
import zipfile
from pathlib import Path

import numpy as np
import plain_irn
import plain_sec

# Files whose arrays are taken as they are.
COPIES = dict(
    eps='loss_edge.npz head_loss.npz infer_cls.npz infer_eps.npz evaluate.npz '
    'poly_lr.npz sgd_trace.npz model_facts.json',
    sec='',
    psa='affinity_head.npz affinity_labels.npz indices.npz infer_aff.npz '
    'la_ha_merge.npz',
    irn='affinity_labels.npz cam_merge.npz cam_to_ir_label.npz '
    'instances.npz path_index_r5.npz poly_optimizer.npz random_walk.npz',
    wsgcn='final_crf.npz graph_data.npz losses.npz partial_label.npz '
    'preprocess_adj.npz train250_nodropout.npz',
    sccam='cluster_blobs.npz cluster_random.npz data_facts.json '
    'degenerate.json heads_loss.npz model_facts.json poly_lr.npz '
    'sub_labels.npz',
    exits='extreme_points.npz mal_losses.npz mal_lr.npz '
    'mal_pseudo_label.npz')


def load(path):
    with np.load(path, allow_pickle=False) as file:
        return {key: file[key] for key in file.files}


def save(path, data):
    """Write an npz file, packed a tenth tighter than numpy does."""
    # Equal arrays give equal files: all entries have one date.
    with zipfile.ZipFile(path, 'w') as file:
        for key, value in data.items():
            entry = io.BytesIO()
            np.lib.format.write_array(entry, np.asarray(value))
            file.writestr(zipfile.ZipInfo(f'{key}.npy'), entry.getvalue(),
                          zipfile.ZIP_LZMA)


def float32(data):
    """Arrays in float32, scalars in float64, as the full files have them."""
    data = {k: np.asarray(v) for k, v in data.items()}
    return {k: v.astype(np.float32) if v.ndim and v.dtype == np.float64
            else v for k, v in data.items()}


def compare(name, found, full, atol=1e-6, rtol=1e-4):
    """The plain program must reproduce the full file."""
    for key, value in full.items():
        np.testing.assert_allclose(
            np.asarray(found[key], np.float64), value, rtol, atol,
            err_msg=f'{name} {key}')


def without_absent(data, prefixes, present, per_class=1):
    """Zeros for maps of classes that the image does not show."""
    for key, value in data.items():
        if key.startswith(prefixes):
            kept = np.zeros_like(value)
            for label in present:
                rows = slice(label * per_class, (label + 1) * per_class)
                kept[rows] = value[rows]
            data[key] = kept
    return data


def make_eps(full, out):
    """Two of six draws: a mirrored image, and one that is not."""
    data = load(full / 'transforms.npz')
    cases = json.loads((full / 'transforms.json').read_text())[:3:2]
    kept = {case['case'] for case in cases}
    save(out / 'transforms.npz', {
        k: v for k, v in data.items()
        if not k.startswith(('img_', 'sal_')) or int(k[4:]) in kept})
    (out / 'transforms.json').write_text(json.dumps(cases, indent=1) + '\n')


def make_psa(full, out):
    data = load(full / 'cam_merge.npz')
    present = np.flatnonzero(data['label'])
    save(out / 'cam_merge.npz', without_absent(data, 'raw', present))
    compact(full, out, 'state_dict_shapes.json')


def make_sccam(full, out):
    data = load(full / 'cam_infer.npz')
    without_absent(data, ('raw_sub', 'norm_cam_sub'), data['classes'],
                   int(data['K']))
    save(out / 'cam_infer.npz',
         without_absent(data, 'raw_parent', data['classes']))


def compact(full, out, name, chosen=None):
    data = json.loads((full / name).read_text())
    if chosen:
        data = {key: data[key] for key in chosen}
    text = json.dumps(data, separators=(',', ':'))
    (out / name).write_text(text + '\n')


def make_irn(full, out):
    compact(full, out, 'state_dict_shapes.json', ['resnet50_irn'])
    inputs = load(full / 'heads_inputs_fp16.npz')
    losses = load(full / 'heads_losses.npz')
    compare('irn heads', plain_irn.losses_file(inputs, losses['label']),
            losses, 1e-5)
    inner = {f'edge{i}': 8 for i in range(1, 6)} | {
        'dp1': 8, 'dp2': 16, 'dp3': 16, 'dp4': 16, 'dp5': 16, 'dp6': 32,
        'dp7': 32}
    small = plain_irn.smaller(inputs, [8, 8, 12, 16, 16], inner, 16)
    save(out / 'heads_inputs_small.npz', small)
    label = losses['label'][:, :16, :16]
    save(out / 'heads_losses.npz',
         float32(plain_irn.losses_file(small, label)))


def make_exits(full, out):
    compact(full, out, 'mal_vitb_state_dict_shapes.json')
    field = load(full / 'mal_meanfield.npz')
    save(out / 'mal_meanfield.npz', {
        k: v[:1] if v.ndim and len(v) == 3 else v for k, v in field.items()})
    vit = load(full / 'mal_vit_small.npz')
    for key in ('x', 'tokens_in', 'out'):
        vit[key] = vit[key][:1]
    for key in ('attn_layers', 'sim_mean_heads_nocls'):
        vit[key] = vit[key][:, :1]
    save(out / 'mal_vit_small.npz', vit)
    decoder = load(full / 'mal_decoder.npz')
    rows = [0, 3]
    save(out / 'mal_decoder.npz', {
        k: v if k.startswith('w/') else v[rows] for k, v in decoder.items()})
    make_crops(full, out)
    points = load(full / 'exits_n8.npz')
    kept = {k: v for k, v in points.items()
            if not k.startswith(('A_r', 'T_r')) or '_r100' in k}
    # Two heads with the same mean as the four.
    kept['attn'] = points['attn'].reshape(2, 2, 65, 65).mean(axis=1)
    save(out / 'exits_n8.npz', kept)
    # The same numbers in the form of the file at a ViT-B's size.
    scores = {k.replace('_r3_', '_'): v for k, v in points.items()
              if k.startswith(('pi_f_r3', 'pi_b_r3'))}
    for key in ('S', 'box_px', 'extreme_points_px', 'delta', 'fg', 'bg',
                'box'):
        scores[key] = points[key]
    eigenvalues = np.linalg.eigvalsh(points['T_r100'])[::-1]
    save(out / 'exits_scores_n8.npz', scores | dict(
        hat_fg_a2=points['half_hat_fg'], hat_bg_a2=points['half_hat_bg'],
        T_r100_top5_eig=eigenvalues[:5]))


def make_crops(full, out):
    """An object inside the image, and one that padding wraps around."""
    data, found = load(full / 'mal_crop.npz'), {}
    chosen = {'0': '0', '3': '1'}
    for key, value in data.items():
        kind = re.fullmatch(r'(test|train)(\d)(_.*)', key)
        if kind is None:
            found[key] = value
        elif kind[2] in chosen:
            found[f'{kind[1]}{chosen[kind[2]]}{kind[3]}'] = value
    found['boxes'] = data['boxes'][[0, 3]]
    save(out / 'mal_crop.npz', found)


def check_sec(full):
    inputs = load(full / 'inputs.npz')
    images = inputs['image_bgr_41']
    files = {name: load(full / f'{name}.npz') for name in (
        'softmax', 'seed', 'expand', 'crf_train', 'constrain', 'total',
        'test_time')}
    log_q = files['crf_train']['log_q_clamped']
    found = sec_files(inputs, images, files['softmax']['upstream'], log_q)
    found['test_time'] = plain_sec.test_time_file(
        files['test_time']['probs_41'], files['test_time']['image'])
    for name, golden in files.items():
        compare(f'sec {name}', found[name], golden)


def sec_files(inputs, images, upstream, log_q=None):
    crf = plain_sec.crf_file(inputs, images)
    log_q = crf['log_q_clamped'] if log_q is None else log_q
    return dict(
        softmax=plain_sec.softmax_file(inputs, upstream),
        seed=plain_sec.with_gradients(
            inputs, lambda _, p: plain_sec.seed_loss(p, inputs['cues'])),
        expand=plain_sec.expand_file(inputs), crf_train=crf,
        constrain=plain_sec.constrain_file(inputs, log_q),
        total=plain_sec.total_file(inputs, log_q))


def make_sec(full, out):
    check_sec(full)
    inputs = load(full / 'inputs.npz')
    # Present in one of the images within the window, and one that is absent.
    channels, window = [0, 3, 9, 12, 15], slice(8, 25)
    here = np.ix_(range(2), channels, range(8, 25), range(8, 25))
    small = dict(logits=inputs['logits'][here], cues=inputs['cues'][here],
                 onehot=inputs['onehot'][..., channels])
    for number, cues in enumerate(small['cues']):
        small[f'cue_index_{number}'] = np.stack(np.nonzero(cues))
    images = inputs['image_bgr_41'][:, window, window]
    upstream = load(full / 'softmax.npz')['upstream'][here]
    for name, data in sec_files(small, images, upstream).items():
        save(out / f'{name}.npz', float32(data))
    first = inputs['image_bgr_321_first'][64:193, 64:193]
    save(out / 'inputs.npz', small | dict(image_bgr_129_first=first,
                                          image_bgr_17=images))
    test = load(full / 'test_time.npz')
    probs = test['probs_41'][window, window][..., channels]
    probs = (probs / probs.sum(axis=2, keepdims=True)).astype(np.float32)
    save(out / 'test_time.npz', float32(
        plain_sec.test_time_file(probs, test['image'][:20, :23])))
    make_cues(full, out)


def make_cues(full, out):
    data = load(full / 'cues.npz')
    first, second = data['present_cam_channels']
    channels = [0, first, second, 19]
    rows = data['cue_index'].copy()
    for old, new in ((first + 1, 2), (second + 1, 3)):
        rows[0, data['cue_index'][0] == old] = new
    # Two channels with the same maximum of absolute values as the sixteen.
    halves = np.split(data['grad_conv4_1'], 2)
    gradients = [np.take_along_axis(h, np.abs(h).argmax(0)[None], 0)[0]
                 for h in halves]
    save(out / 'cues.npz', data | dict(
        heatmaps=data['heatmaps'][channels],
        fg_masks=data['fg_masks'][channels], grad_conv4_1=np.stack(gradients),
        present_cam_channels=np.array([1, 2]), labels=np.array([2, 3]),
        cue_index=rows))


def main():
    full = Path(sys.argv[1])
    out = Path(sys.argv[2]) if len(sys.argv) > 2 else Path(__file__).parent
    for method, names in COPIES.items():
        folder = out / method
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for name in names.split():
            if name.endswith('.npz'):
                save(folder / name, load(full / method / name))
            else:
                text = (full / method / name).read_text().rstrip()
                (folder / name).write_text(text + '\n')
        make = globals().get(f'make_{method}')
        if make:
            make(full / method, folder)
        size = sum(path.stat().st_size for path in folder.iterdir())
        print(f'{method}: {size / 1e3:.0f} kB')


if __name__ == '__main__':
    main()
