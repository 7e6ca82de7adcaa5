"""CLIP-ES on COCO 2014: from names to masks.

``clip`` names the weights of CLIP ViT-B/16, see configs/clip_es/README.md.
"""
from wsss_plugins.pipelines.stages import common, words

title = 'CLIP-ES on COCO 2014'
data_root = 'data/coco14'
work_dir = 'work_dirs/clip_es_coco14'
clip = 'data/weights/ViT-B-16.pt'

stages = [
    words.make_words('clip', 'coco',
                     labels='{data_root}/image_labels_train.json'),
    words.write_word_cams('clip', 'configs/clip_es/clip-es_vit-b16_coco14.py'
                          ),
    common.evaluate_cams('clip', 'configs/cam/eval_cams_coco14.py'),
    common.write_masks('clip', 'configs/clip_es/make_masks_clip-es_coco14.py'
                       ),
]
report = dict(
    labels='{data_root}/image_labels_train.json',
    samples=[
        dict(
            title='Training images: from names to masks',
            names='{data_root}/train.txt',
            num=16,
            columns=common.columns_of(
                ('image', 'image', '{data_root}/train2014/{name}.jpg'),
                ('CAM of the words', 'cam', '{cam_clip}/files/{name}.npz'),
                ('confident mask', 'mask',
                 '{masks_clip}/files/{name}.png')))
    ])
