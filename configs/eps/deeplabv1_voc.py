# EPS' stage 2: DeepLab V1 on its pseudo masks.
_base_ = '../deeplab/deeplabv1_r101_voc12-321.py'
