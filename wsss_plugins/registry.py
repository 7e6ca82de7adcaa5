"""Child registries of mmengine's root registries, scope ``wsss_plugins``.

A config names a component of this package as ``type='wsss_plugins.EPSHead'``;
it resolves inside stock models of any default scope without
``custom_imports``. This module imports mmengine only: an error here would be
swallowed by the registry look-up and surface as an unknown type.
"""
from mmengine.registry import (
    DATA_SAMPLERS as MMENGINE_DATA_SAMPLERS,
    DATASETS as MMENGINE_DATASETS,
    FUNCTIONS as MMENGINE_FUNCTIONS,
    HOOKS as MMENGINE_HOOKS,
    LOOPS as MMENGINE_LOOPS,
    METRICS as MMENGINE_METRICS,
    MODELS as MMENGINE_MODELS,
    OPTIM_WRAPPER_CONSTRUCTORS as MMENGINE_OPTIM_WRAPPER_CONSTRUCTORS,
    OPTIM_WRAPPERS as MMENGINE_OPTIM_WRAPPERS,
    PARAM_SCHEDULERS as MMENGINE_PARAM_SCHEDULERS,
    TASK_UTILS as MMENGINE_TASK_UTILS,
    TRANSFORMS as MMENGINE_TRANSFORMS,
    VISUALIZERS as MMENGINE_VISUALIZERS,
    Registry,
)

SCOPE = 'wsss_plugins'

MODELS = Registry(
    'model',
    parent=MMENGINE_MODELS,
    scope=SCOPE,
    locations=['wsss_plugins.models.all_types', 'wsss_plugins.refiners'])
DATASETS = Registry(
    'dataset',
    parent=MMENGINE_DATASETS,
    scope=SCOPE,
    locations=['wsss_plugins.datasets.all_types'])
DATA_SAMPLERS = Registry(
    'data sampler',
    parent=MMENGINE_DATA_SAMPLERS,
    scope=SCOPE,
    locations=['wsss_plugins.datasets.all_types'])
FUNCTIONS = Registry(
    'function',
    parent=MMENGINE_FUNCTIONS,
    scope=SCOPE,
    locations=['wsss_plugins.datasets.all_types'])
TRANSFORMS = Registry(
    'transform',
    parent=MMENGINE_TRANSFORMS,
    scope=SCOPE,
    locations=['wsss_plugins.datasets.transforms'])
METRICS = Registry(
    'metric',
    parent=MMENGINE_METRICS,
    scope=SCOPE,
    locations=['wsss_plugins.evaluation'])
HOOKS = Registry(
    'hook',
    parent=MMENGINE_HOOKS,
    scope=SCOPE,
    locations=['wsss_plugins.engine'])
VISUALIZERS = Registry(
    'visualizer',
    parent=MMENGINE_VISUALIZERS,
    scope=SCOPE,
    locations=['wsss_plugins.engine'])
LOOPS = Registry(
    'loop',
    parent=MMENGINE_LOOPS,
    scope=SCOPE,
    locations=['wsss_plugins.engine'])
PARAM_SCHEDULERS = Registry(
    'parameter scheduler',
    parent=MMENGINE_PARAM_SCHEDULERS,
    scope=SCOPE,
    locations=['wsss_plugins.engine'])
OPTIM_WRAPPERS = Registry(
    'optimizer wrapper',
    parent=MMENGINE_OPTIM_WRAPPERS,
    scope=SCOPE,
    locations=['wsss_plugins.engine'])
OPTIM_WRAPPER_CONSTRUCTORS = Registry(
    'optimizer constructor',
    parent=MMENGINE_OPTIM_WRAPPER_CONSTRUCTORS,
    scope=SCOPE,
    locations=['wsss_plugins.engine'])
REFINERS = Registry(
    'refiner',
    parent=MMENGINE_TASK_UTILS,
    scope=SCOPE,
    locations=['wsss_plugins.refiners'])
# Parts of report.html. A column is named by its ``kind``, a section by its
# entry in ``report``, a result by the ``kind`` that its file holds.
REPORT_COLUMNS = Registry(
    'report column', scope=SCOPE, locations=['wsss_plugins.reports'])
REPORT_SECTIONS = Registry(
    'report section', scope=SCOPE, locations=['wsss_plugins.reports'])
REPORT_RESULTS = Registry(
    'report result', scope=SCOPE, locations=['wsss_plugins.reports'])
