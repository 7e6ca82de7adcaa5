# EPS' stage 2: DeepLab V2 on its pseudo masks.
_base_ = '../deeplab/deeplabv2_r101_voc12-321.py'
