"""The paper's experiment on PASCAL VOC 2012: EPS to DeepLab V2."""
from wsss_plugins.pipelines.stages import common as row

title = 'EPS on PASCAL VOC 2012'
data_root = 'data/VOCdevkit/VOC2012'
work_dir = 'work_dirs/eps_voc12'
_cam_network = 'configs/eps/eps_resnet38_1xb8-20k_voc12-448.py'
_segmentor = 'configs/eps/deeplabv2_voc.py'

stages = [
    row.train_cam_network('eps', _cam_network),
    row.write_cams('eps', _cam_network),
    row.evaluate_cams('eps', 'configs/eps/eval_cams_voc12.py'),
    row.write_masks('eps', 'configs/eps/make_masks_voc12.py'),
    row.train_segmentor('eps', _segmentor),
    row.test_segmentor('eps', _segmentor),
    row.test_segmentor('eps', _segmentor, tta=True),
]
report = dict(
    labels='{data_root}/image_labels.json',
    samples=[
        dict(
            title='Training pictures',
            names='{data_root}/ImageSets/Segmentation/train.txt',
            num=16,
            columns=row.columns_of(
                ('image', 'image', '{data_root}/JPEGImages/{name}.jpg'),
                ('saliency', 'gray', '{data_root}/saliency/{name}.png'),
                ('EPS', 'cam', '{cam_eps}/files/{name}.npz'),
                ('pseudo mask', 'mask', '{masks_eps}/files/{name}.png'),
                ('truth', 'mask',
                 '{data_root}/SegmentationClass/{name}.png')))
    ])
