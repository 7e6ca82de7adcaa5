# Masks of COCO's objects by SAM ViT-B, prompted by their boxes:
#   tools/model_converters/sam.py facebook/sam-vit-base data/sam.pth
#   tools/test.py configs/proposals/sam_vitb_coco.py data/sam.pth
_base_ = [
    '../_base_/datasets/exits_coco.py', '../_base_/default_runtime.py'
]
model = dict(
    type='wsss_plugins.SAMGenerator',
    prompt='box',
    data_preprocessor=dict(type='wsss_plugins.ObjectDataPreprocessor'))
train_dataloader = None
val_dataloader = None
val_evaluator = None
test_cfg = dict(type='wsss_plugins.WorkDirTestLoop')
data_shortcuts = dict(
    _delete_=True,
    data_root=('test_evaluator.0.ann_file = {data_root}/{train_file}', ),
    train_file=('test_dataloader.dataset.ann_file',
                'test_evaluator.0.ann_file = {data_root}/{train_file}'),
    val_file=(),
    train_images=('test_dataloader.dataset.data_prefix.img_path', ),
    val_images=(),
    out_dir=('test_evaluator.0.+out_dir', ))
