"""`.env.example` is what the settings say."""

from pathlib import Path

from stateroom.settings import Settings, env_example

ROOT = Path(__file__).parents[2]


def test_the_file_is_generated():
    written = ROOT.joinpath(".env.example").read_text(encoding="utf-8")
    assert written == env_example(), "run: python -m stateroom.settings > .env.example"


def test_every_setting_is_explained():
    assert not [name for name, field in Settings.model_fields.items() if not field.description]


def test_the_example_changes_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = env_example()
    tmp_path.joinpath(".env").write_text(text, encoding="utf-8")
    assert Settings() == Settings(_env_file=None)


def test_names_without_values_change_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    lines = [line.lstrip("#").partition("=")[0] + "=" for line in env_example().splitlines() if "=" in line]
    tmp_path.joinpath(".env").write_text("\n".join(line for line in lines if line.isupper()), encoding="utf-8")
    assert Settings() == Settings(_env_file=None)
