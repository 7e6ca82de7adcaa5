# SEC as in the paper.
_base_ = [
    '../_base_/models/sec_vgg16.py', '../_base_/datasets/voc12_cues.py',
    '../_base_/schedules/sgd_step_sec.py', '../_base_/default_runtime.py'
]
cue_dir = _base_.work_root + '/make_cues_voc12/files'
train_dataloader = dict(
    dataset=dict(data_prefix=dict(cue_path=cue_dir)))
# fc6 and fc7 start from ImageNet's classifier, as the reference's do.
model = dict(
    decode_head=dict(
        num_classes=_base_.num_classes,
        init_cfg=[
            dict(type='Normal', std=.01, override=dict(name='conv_seg')),
            dict(type='Pretrained', checkpoint='data/vgg16_large_fov.pth')
        ]))
randomness = dict(seed=0)
