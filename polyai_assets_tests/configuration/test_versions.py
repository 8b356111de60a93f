"""Which version of the API a project is fetched by, and what not every version can do."""

import pytest

from polyai_assets_tests.configuration.conftest import VALID, Load, Problems

PROJECT = "attributes.projects.0"


@pytest.mark.parametrize("version", ["v3", "v2", "v1"])
def test_a_project_is_reached_by_its_version(load: Load, version: str):
    (project,) = load(f"{VALID}      api_version: {version}\n").projects
    assert project.connection().path == f"/{version}/acme/hotel-bot/conversations"


@pytest.mark.parametrize("version", ["v3", "v2"])
def test_a_supported_version_gives_no_warning(load: Load, version: str):
    (project,) = load(f"{VALID}      api_version: {version}\n").projects
    assert project.warning is None


def test_v1_gives_a_standing_warning(load: Load):
    (project,) = load(f"{VALID}      api_version: v1\n").projects
    assert project.warning is not None
    assert "unsupported since 31 August 2026" in project.warning


def test_only_v1_takes_pages_of_5000(load: Load, problems: Problems):
    (project,) = load(f"{VALID}      api_version: v1\n      page_size: 5000\n").projects
    assert project.page_size == 5000
    assert problems(f"{VALID}      page_size: 1001\n") == (
        f"defs.yaml:11 {PROJECT}.page_size: 1001 must be a whole number from 1 to 1000 conversations.",
    )


@pytest.mark.parametrize(
    "option",
    ["channels: voice", "samples: 3", "searches: [{name: a, type: semantic, query: b}]"],
)
def test_what_v1_does_not_know_is_a_problem(problems: Problems, option: str):
    name = option.split(":")[0]
    assert problems(f"{VALID}      {option}\n  defaults: {{api_version: v1}}\n") == (
        f"defs.yaml:11 {PROJECT}.{name}: cannot be asked for with api_version v1. Remove it, or use v3.",
    )


def test_no_samples_and_no_searches_are_no_problem_with_v1(load: Load):
    (project,) = load(f"{VALID}      api_version: v1\n      samples: 0\n      searches: []\n").projects
    assert (project.samples, project.searches) == (0, ())
