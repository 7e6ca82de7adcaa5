# Cues of PASCAL VOC 2012 against ground truth.
_base_ = ['../_base_/stages/eval_cues.py', '../_base_/datasets/voc12.py']
cue_dir = _base_.work_root + '/make_cues_voc12/files'
test_dataloader = dict(
    dataset=dict(
        type=_base_.dataset_type,
        data_root=_base_.data_root,
        label_file=_base_.label_file,
        ann_file=_base_.eval_list,
        data_prefix=dict(
            img_path=_base_.train_images,
            cue_path=cue_dir,
            seg_map_path=_base_.train_masks)))
