# The small CAM network of TinyVOC with log-sum-exp pooling.
_base_ = '../../../configs/cam/cam_r18-small_1xb16-400_tinyvoc-128.py'
custom_imports = dict(
    imports=['projects.lse_cam.lse_cam'], allow_failed_imports=False)
model = dict(decode_head=dict(type='LSECAMHead', sharpness=5.))
