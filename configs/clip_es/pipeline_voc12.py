"""The paper's experiment on PASCAL VOC 2012: CLIP-ES to DeepLab V2.

``clip`` names the weights of CLIP ViT-B/16, see configs/clip_es/README.md.
"""
from wsss_plugins.pipelines.stages import common, words

title = 'CLIP-ES on PASCAL VOC 2012'
data_root = 'data/VOCdevkit/VOC2012'
work_dir = 'work_dirs/clip_es_voc12'
clip = 'data/weights/ViT-B-16.pt'

_config = 'configs/clip_es/clip-es_vit-b16_voc12.py'
_segmentor = 'configs/deeplab/deeplabv2_r101_voc12-321.py'

stages = [
    words.make_words('clip', 'voc'),
    words.write_word_cams('clip', _config),
    common.evaluate_cams('clip', 'configs/cam/eval_cams_voc12.py'),
    common.write_masks('clip', 'configs/clip_es/make_masks_clip-es_voc12.py'),
    common.evaluate_masks('clip', 'configs/masks/eval_masks_voc12.py'),
    common.train_segmentor('clip', _segmentor),
    common.test_segmentor('clip', _segmentor),
    common.test_segmentor('clip', _segmentor, tta=True),
]
report = dict(
    labels='{data_root}/image_labels.json',
    samples=words.word_samples('clip', 'clip'))
