# SEC on a stock ResNet-50; everything else is the paper's.
_base_ = [
    '../_base_/models/sec_r50.py', '../_base_/datasets/voc12_cues.py',
    '../_base_/schedules/sgd_step_sec.py', '../_base_/default_runtime.py'
]
model = dict(decode_head=dict(num_classes=_base_.num_classes))
cue_dir = _base_.work_root + '/make_cues_voc12/files'
train_dataloader = dict(
    dataset=dict(data_prefix=dict(cue_path=cue_dir)))
randomness = dict(seed=0)
shortcuts = dict(weights=('model.pretrained', ))
