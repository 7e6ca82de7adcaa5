# Ablation: chair, diningtable and sofa are always on the background side.
_base_ = './eps_resnet38_1xb8-20k_voc12-448.py'
model = dict(
    decode_head=dict(
        loss_sal=dict(
            selection='predefined', background_classes=[8, 10, 17])))
