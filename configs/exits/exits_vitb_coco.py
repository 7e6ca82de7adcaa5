_base_ = [
    '../_base_/models/exits_vitb.py',
    '../_base_/datasets/exits_coco.py',
    '../_base_/schedules/exits_adamw.py', '../_base_/default_runtime.py'
]
log_processor = dict(by_epoch=True)
# The end of the mil run, three epochs.
extractor = _base_.work_root + '/mil_vitb_coco/epoch_3.pth'
weight_files = {
    extractor:
    'train configs/exits/mil_vitb_coco.py first, or name the checkpoint of '
    'another mil run with extractor=FILE'
}
model = dict(
    extractor=dict(
        init_cfg=dict(
            type='Pretrained',
            prefix='student.backbone.',
            checkpoint=extractor)))
