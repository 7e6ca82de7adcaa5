"""CLIP-ES end to end on TinyVOC, with a tiny CLIP of random weights.

It shows the way, not the score: ``clip`` names real weights.
"""
from wsss_plugins.pipelines.stages import common, words

title = 'CLIP-ES on TinyVOC, random weights'
data_root = 'data/tinyvoc'
work_dir = 'work_dirs/clip_es_tinyvoc'
clip = 'random:0'

_config = 'configs/clip_es/clip-es_vit-tiny_tinyvoc.py'
_segmentor = 'configs/deeplab/deeplabv2_r18-small_tinyvoc.py'

stages = [
    common.run_tool(
        'data',
        'tools/dataset_converters/make_tinyvoc.py',
        '{data_root}',
        external=True),
    words.make_words('clip', 'voc'),
    words.write_word_cams('clip', _config),
    common.evaluate_cams('clip', 'configs/cam/eval_cams_tinyvoc.py'),
    common.write_masks('clip', 'configs/clip_es/make_masks_clip-es_tinyvoc.py'
                       ),
    common.evaluate_masks('clip', 'configs/masks/eval_masks_tinyvoc.py'),
    common.train_segmentor('clip', _segmentor),
    common.test_segmentor('clip', _segmentor),
]
report = dict(
    labels='{data_root}/image_labels.json',
    metrics=common.metric_rows(
        ['clip'],
        ('pseudo-mask mIoU of the CAMs at the best threshold', 'eval',
         'cam/miou_best'),
        ('pseudo-mask mIoU of the confident masks', 'eval_masks',
         'mask/miou'),
        ('val mIoU (%) of a segmentor on its masks', 'seg', 'mIoU')),
    samples=words.word_samples('clip', 'clip'))
