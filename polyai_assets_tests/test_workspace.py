"""Finding the platforms of a Dagster project that nobody has installed."""

import sys
from pathlib import Path

import pytest

from polyai_assets.configuration import ConfigurationError
from polyai_assets.workspace import NoPlatform, find_platforms, project_root
from polyai_assets_tests.cli.test_main import DEFS

PYPROJECT = """\
[tool.dg]
directory_type = "project"
[tool.dg.project]
root_module = "{module}"
"""


@pytest.fixture(autouse=True)
def _own_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setenv("KEY_OF_A_COMMAND_LINE", "hunter2")


def project(root: Path, module: str, source: str = "", defs: str = DEFS) -> Path:
    """Lay out a project as `create-dagster project` does, or with its package beside pyproject.toml."""
    (root / "pyproject.toml").write_text(PYPROJECT.format(module=module))
    folder = root / source / module / "defs" / "calls"
    folder.mkdir(parents=True)
    for package in (folder.parent, folder.parent.parent):
        (package / "__init__.py").touch()
    (folder / "defs.yaml").write_text(defs)
    return root


@pytest.mark.parametrize(("source", "module"), [("src", "calls_below_src"), ("", "calls_beside_pyproject")])
def test_a_project_that_is_not_installed_is_found_from_any_folder_in_it(
    tmp_path: Path, source: str, module: str
):
    root = project(tmp_path, module, source)
    (platform,) = find_platforms(root / source / module / "defs" / "calls")
    assert platform.raw_store == str(tmp_path / "data" / "raw")


def test_a_project_may_have_a_dg_toml(tmp_path: Path):
    root = project(tmp_path, "calls_of_a_dg_toml")
    (root / "pyproject.toml").unlink()
    (root / "dg.toml").write_text(
        'directory_type = "project"\n[project]\nroot_module = "calls_of_a_dg_toml"\n'
    )
    assert len(find_platforms(root)) == 1


def test_a_workspace_around_a_project_is_none(tmp_path: Path):
    (tmp_path / "pyproject.toml").write_text('[tool.dg]\ndirectory_type = "workspace"\n[tool.dg.workspace]\n')
    with pytest.raises(NoPlatform, match="is in no Dagster project"):
        project_root(tmp_path)


def test_a_project_whose_package_is_nowhere_is_told_as_such(tmp_path: Path):
    (tmp_path / "pyproject.toml").write_text(PYPROJECT.format(module="no_such_package"))
    with pytest.raises(NoPlatform, match="Could not import module `no_such_package"):
        find_platforms(tmp_path)


def test_files_that_cannot_be_read_are_told_together_and_without_a_stack(tmp_path: Path):
    unquoted = DEFS.replace('"{{ env.KEY_OF_A_COMMAND_LINE }}"', "{{ env.KEY_OF_A_COMMAND_LINE }}")
    root = project(tmp_path, "calls_that_cannot_be_read", "src", unquoted)
    other = root / "src" / "calls_that_cannot_be_read" / "defs" / "other"
    other.mkdir()
    (other / "defs.yaml").touch()
    with pytest.raises(ConfigurationError) as caught:
        find_platforms(root)
    first, second = caught.value.problems
    file = "src/calls_that_cannot_be_read/defs/calls/defs.yaml"
    assert first.startswith(f"{file}:10 holds a template that is not quoted: put quotes around it")
    assert second.startswith("src/calls_that_cannot_be_read/defs/other/defs.yaml: is empty.")


def test_another_component_that_cannot_be_loaded_is_no_obstacle(tmp_path: Path):
    root = project(tmp_path, "calls_beside_others")
    other = root / "calls_beside_others" / "defs" / "other"
    other.mkdir()
    (other / "defs.yaml").write_text("type: dagster.DefsFolderComponent\nattributes: {nonsense: 1}\n")
    assert len(find_platforms(root)) == 1
