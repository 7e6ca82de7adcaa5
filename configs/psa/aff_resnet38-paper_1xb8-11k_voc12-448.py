# The paper's head, 896 channels and sums over them; alpha_high of its labels
# is 24 (psa/make_labels-paper_voc12.py).
_base_ = './aff_resnet38_1xb8-11k_voc12-448.py'
model = dict(
    decode_head=dict(branch_channels=[128, 256, 512], reduction='sum'))
mask_dir = _base_.work_root + '/make_labels-paper_voc12/files'
train_dataloader = dict(
    dataset=dict(data_prefix=dict(seg_map_path=mask_dir)))
