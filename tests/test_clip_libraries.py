"""CLIP's towers compute what transformers computes with the same weights."""
import pytest
import torch

from wsss_plugins.models.backbones.clip_vit import CLIPViT
from wsss_plugins.models.converters.clip import convert_clip
from wsss_plugins.models.converters.clip_sources import clip_state
from wsss_plugins.models.converters.torchscript_weights import (
    is_torchscript,
    torchscript_weights,
)
from wsss_plugins.models.utils.text_features import tokens_of
from wsss_plugins.structures import UserError


@pytest.fixture
def foreign(tmp_path):
    transformers = pytest.importorskip(
        'transformers', reason='compared with transformers')
    config = transformers.CLIPConfig(
        text_config=dict(hidden_size=64, intermediate_size=256,
                         num_hidden_layers=2, num_attention_heads=1,
                         eos_token_id=49407, bos_token_id=49406),
        vision_config=dict(hidden_size=64, intermediate_size=256,
                           num_hidden_layers=3, num_attention_heads=1,
                           image_size=64, patch_size=16),
        projection_dim=32)
    torch.manual_seed(0)
    model = transformers.CLIPModel(config).eval()
    model.save_pretrained(tmp_path / 'clip')
    return model, tmp_path / 'clip'


def test_towers(foreign):
    model, folder = foreign
    weights = convert_clip(clip_state(f'transformers:{folder}'), 'x')
    network = CLIPViT(**weights.vision_sizes)
    network.load_state_dict(weights.vision)
    network.eval()
    images = torch.randn(2, 3, 64, 64)
    theirs = model.vision_model(images).last_hidden_state[:, 1:]
    norm = model.vision_model.post_layernorm
    ours, = network(images)
    torch.testing.assert_close(ours.flatten(2).mT, norm(theirs), rtol=1e-4,
                               atol=1e-4)
    tokens = tokens_of(['a cat', 'two dogs'], 77)
    pooled = model.text_model(tokens).pooler_output
    torch.testing.assert_close(
        weights.text_encoder().encode_text(tokens),
        model.text_projection(pooled), rtol=1e-4, atol=1e-4)


def test_files_of_safetensors(foreign):
    model, folder = foreign
    state = clip_state(str(folder / 'model.safetensors'))
    torch.testing.assert_close(state['visual_projection.weight'],
                               model.visual_projection.weight.data)


def test_archives_of_torchscript(tmp_path):
    network = torch.nn.Sequential(
        torch.nn.Linear(3, 4).half(),
        torch.nn.Sequential(torch.nn.LayerNorm(4)))
    path = tmp_path / 'network.pt'
    torch.jit.script(network).save(path)
    assert is_torchscript(path)
    found = torchscript_weights(path)
    wanted = network.state_dict()
    assert found.keys() == wanted.keys()
    assert all(torch.equal(found[name], wanted[name]) for name in wanted)
    data = path.read_bytes()
    path.write_bytes(data[:len(data) // 2])
    assert not is_torchscript(path)
    with pytest.raises(UserError, match='not a whole TorchScript archive'):
        torchscript_weights(path)


def test_archives_cannot_name_what_runs(tmp_path):
    import pickle
    import zipfile
    path = tmp_path / 'evil.pt'
    with zipfile.ZipFile(path, 'w') as archive:
        archive.writestr('evil/code/x.py', '')
        archive.writestr('evil/data.pkl', pickle.dumps(print))
    with pytest.raises(UserError, match='asks for builtins.print|print'):
        torchscript_weights(path)
