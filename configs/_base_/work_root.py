# Where runs put their folders: the environment's WSSS_WORK_ROOT, or work_dirs.
# A path with a dot is one of this machine, not of the data set.
import os.path as osp

work_root = osp.join('.', '{{$WSSS_WORK_ROOT:work_dirs}}')
