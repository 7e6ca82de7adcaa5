# CAM files of SC-CAM to masks through a dense CRF, without a random walk.
_base_ = '../eps/make_masks_crf_voc12.py'
