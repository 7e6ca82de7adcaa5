# A small transformer trained from scratch, for TinyVOC: crops of 128
# pixels and patches of 8, so 16x16 of them.
_base_ = './mal_vitb.py'
weights = None
weight_files = None
model = dict(
    network=dict(
        backbone=dict(
            dim=96,
            depth=4,
            num_heads=4,
            patch_size=8,
            pos_grid=16,
            init_cfg=None),
        decode_head=dict(in_channels=96, channels=64)),
    warmup=dict(mil=50, point=50, crf=200))
