"""Where the results come from."""
import platform
from importlib import metadata

from ...pipelines.pipeline import Pipeline
from ...pipelines.stage import Stage
from ...pipelines.state import PipelineState
from ...registry import REPORT_SECTIONS
from ...version import __version__
from ..page import ReportPage
from ..tables import DASH, table
from .base import Section

# Import names and the distributions that may provide them.
_DISTRIBUTIONS = dict(
    torch=('torch', ),
    numpy=('numpy', ),
    mmengine=('onedl-mmengine', 'mmengine'),
    mmcv=('onedl-mmcv', 'mmcv', 'mmcv-lite'),
    mmseg=('onedl-mmsegmentation', 'mmsegmentation'),
    mmdet=('onedl-mmdetection', 'mmdet'))


@REPORT_SECTIONS.register_module('provenance')
class ProvenanceSection(Section):
    """Fingerprint and seed of each stage, versions of the software."""
    title = 'Provenance'
    order = 90

    def html(self, page: ReportPage) -> str:
        """A table of stages, one of software."""
        rows = [[
            r.name, r.stage.program,
            r.done.get('fingerprint', DASH),
            seed_of(page.pipeline, r.stage)
        ] for r in page.results]
        versions = [['wsss_plugins', __version__],
                    ['Python', platform.python_version()]]
        versions += [[name, _version(names)]
                     for name, names in _DISTRIBUTIONS.items()]
        versions += [['device', _device()], ['system', platform.platform()]]
        return table(['stage', 'program', 'fingerprint', 'seed'],
                     rows) + table(['software', 'version'], versions)


def seed_of(pipeline: Pipeline, stage: Stage) -> str:
    """Random seed of a stage as its options or its config say."""
    if stage.kind == 'tool':
        return DASH
    facts = PipelineState(pipeline).facts(stage)
    for key in ('cfg_options.seed', 'cfg_options.randomness.seed',
                'config.randomness.seed'):
        if key in facts:
            return facts[key]
    return 'not fixed'


def _device() -> str:
    import torch  # heavy; pages that are only read do without

    return torch.cuda.get_device_name() if torch.cuda.is_available(
    ) else 'CPU'


def _version(names: tuple[str, ...]) -> str:
    for name in names:
        try:
            return f'{metadata.version(name)} ({name})'
        except metadata.PackageNotFoundError:
            continue
    return 'not installed'
