"""CLIP-ES on real images, to a segmentor that a CPU can train.

``data_root`` is any folder in VOC's layout with ``image_labels.json`` and
the lists ``train.txt`` and ``val.txt``. Ground truth of the training images is
read by evaluation stages only. ``clip`` names the weights of CLIP ViT-B/16,
see configs/clip_es/README.md.
"""
from wsss_plugins.pipelines.stages import common, words

title = 'CLIP-ES on VOC images'
data_root = 'data/voc12mini'
work_dir = 'work_dirs/clip_es_voc12mini'
clip = '{data_root}/../weights/ViT-B-16.pt'
seed = 0

_config = 'configs/clip_es/clip-es_vit-b16_voc12.py'
_segmentor = 'configs/deeplab/fcn_efficientnet-lite2_voc.py'
_train_list = 'ImageSets/Segmentation/train.txt'

stages = [
    words.make_words('clip', 'voc'),
    words.write_word_cams('clip', _config, train_list=_train_list),
    common.evaluate_cams('clip', 'configs/cam/eval_cams_voc12.py'),
    common.write_masks('clip', 'configs/clip_es/make_masks_clip-es_voc12.py',
                       train_list=_train_list),
    common.evaluate_masks('clip', 'configs/masks/eval_masks_voc12.py'),
    common.train_segmentor('clip', _segmentor, seed='{seed}'),
    common.test_segmentor('clip', _segmentor),
    common.test_segmentor('clip', _segmentor, tta=True),
]
report = dict(
    labels='{data_root}/image_labels.json',
    metrics=common.metric_rows(
        ['clip'],
        ('pseudo-mask mIoU of the CAMs at the best threshold', 'eval',
         'cam/miou_best'),
        ('pseudo-mask mIoU of the confident masks', 'eval_masks',
         'mask/miou'),
        ('val mIoU (%) of a segmentor on its masks', 'seg', 'mIoU'),
        ('the same, averaged views and CRF', 'seg_tta', 'mIoU')),
    samples=words.word_samples('clip', 'clip'))
