# Where runs put their folders: the environment's WSSS_WORK_ROOT, or work_dirs.
# A path with a dot is one of this machine, not of the data set. Configs import
# nothing: mmengine 0.10.7 takes any import in a virtual environment for the
# mark of a lazy config.
work_root = __import__('os').path.join('.', '{{$WSSS_WORK_ROOT:work_dirs}}')
