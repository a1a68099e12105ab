"""Files in the shape of those in public repositories: they run, or it is said precisely what is not supported."""

from pathlib import Path

import pytest

from stateroom.domains.workflows.files import load

SHAPES = Path(__file__).parent / "shapes"

UNSUPPORTED = {
    "python_package": [
        "16:43 `runs-on`: `macos-latest` is not a Linux label",
        "47:15 `uses: codecov/codecov-action@v4` is not supported",
        "49:22 `secrets.CODECOV_TOKEN`",
    ],
    "node_deploy": [],
    "monorepo": [],
    "rust": [],
    "release": [
        "17:18 `secrets.NPM_TOKEN`",
        "21:5 `uses`: reusable workflows are not supported",
        "29:15 `uses: actions/upload-artifact@v4` is not supported",
        "38:29 `runs-on`: `windows-latest` is not a Linux label",
        "46:5 `environment`: deployment environments are not supported",
        "47:14 `inputs.dry-run`",
        "51:31 `secrets.PYPI_TOKEN`",
        "57:36 `github.actor` is not supported",
        "64:24 the function `hashFiles` is not supported",
    ],
    "docker": [
        "7:5 `container`",
        "9:5 `services`",
        "23:15 `uses: docker/setup-buildx-action@v3`",
        "24:15 `uses: docker/build-push-action@v6`",
        "28:15 `uses: docker://alpine:3.20`: actions in containers",
    ],
    "go_nightly": [
        "22:7 `max-parallel` is not supported",
        "24:31 `needs.setup.outputs.packages` is known only while the workflow runs",
    ],
    "cmake": [],
}

# What is left with --skip-unsupported: each step with the number of its runs and of its parts.
KEPT = {
    "python_package": {"test": (6, 4)},
    "node_deploy": {"build": (1, 6), "test": (3, 3), "deploy": (1, 3)},
    "monorepo": {"api": (1, 5), "web": (1, 3), "gate": (1, 1)},
    "rust": {"check": (5, 4), "docs": (1, 2)},
    "release": {"build": (1, 2), "binaries": (1, 2), "notes": (1, 1)},
    "docker": {"image": (1, 2)},
    "go_nightly": {"setup": (1, 3), "vet": (1, 2), "report": (1, 1)},
    "cmake": {"build": (5, 4)},
}


def definition_of(name, *, skip_unsupported=False):
    loaded = load(SHAPES / f"{name}.yml", skip_unsupported=skip_unsupported)
    assert loaded.ok, loaded.problems
    return {step["key"]: step for step in loaded.definition["steps"]}


def test_all_shapes_are_tried():
    assert {path.stem for path in SHAPES.iterdir()} == set(UNSUPPORTED) == set(KEPT)


@pytest.mark.parametrize("name", UNSUPPORTED)
def test_what_is_not_supported_is_listed_and_nothing_else(name):
    loaded = load(SHAPES / f"{name}.yml")
    found = [f"{p.line}:{p.column} {p.message}" for p in loaded.problems if p.kind not in {"not_applied", "note"}]
    assert all(p.kind in {"unsupported", "not_applied"} for p in loaded.problems)
    assert len(found) == len(UNSUPPORTED[name])
    assert all(said.startswith(start) for said, start in zip(found, UNSUPPORTED[name], strict=True)), found
    assert loaded.ok is not UNSUPPORTED[name]
    assert loaded.ok == (not UNSUPPORTED[name]) == bool(loaded.definition)


@pytest.mark.parametrize("name", KEPT)
def test_what_is_left_can_run(name):
    found = definition_of(name, skip_unsupported=True)
    assert {key: (len(step["matrix"] or [None]), len(step["parts"])) for key, step in found.items()} == KEPT[name]


def test_python_package():
    matrix = definition_of("python_package", skip_unsupported=True)["test"]["matrix"]
    assert [(each["os"], each["python-version"]) for each in matrix] == [
        ("ubuntu-latest", "3.10"),
        ("ubuntu-latest", "3.11"),
        ("ubuntu-latest", "3.12"),
        ("ubuntu-22.04", "3.10"),
        ("ubuntu-22.04", "3.11"),
        ("ubuntu-latest", "3.13-dev"),
    ]
    assert [each.get("coverage") for each in matrix] == [None, None, True, None, None, None]


def test_node_deploy():
    found = definition_of("node_deploy")
    assert found["build"]["outputs"]["version"] == "${{ steps.meta.outputs.version }}"
    assert found["build"]["parts"][5]["env"]["CI"] == "true"
    assert found["deploy"]["when"].startswith("github.event_name == 'push' && ")
    assert found["deploy"]["parts"][2]["when"] == "failure()"


def test_monorepo():
    found = definition_of("monorepo")
    places = [(part["working_directory"], part["shell"]) for part in found["api"]["parts"][1:]]
    assert places == [("packages/api", "bash"), ("packages/api", "bash"), ("docs", "bash"), ("packages/api", "python")]
    assert [(part["working_directory"], part["shell"]) for part in found["web"]["parts"]][1:] == [
        ("packages/web", "sh")
    ] * 2
    assert [each["condition"] for each in found["gate"]["needs"]] == ["always", "always"]


def test_rust():
    loaded = load(SHAPES / "rust.yml")
    check = {step["key"]: step for step in loaded.definition["steps"]}["check"]
    assert loaded.definition["env"]["RUST_BACKTRACE"] == "1"
    assert check["env"] == {"TOOLCHAIN": "${{ matrix.toolchain }}", "RUSTFLAGS": ""}
    assert check["parts"][3]["env"] == {"RUST_BACKTRACE": "full", "PROPTEST_CASES": "1000"}
    assert [part["continue_on_error"] for part in check["parts"]] == [False, False, True, False]
    assert [(each["toolchain"], each["target"]["cross"]) for each in check["matrix"]] == [
        ("stable", False),
        ("stable", True),
        ("beta", False),
        ("nightly", False),
        ("nightly", True),
    ]


def test_go_nightly():
    report = definition_of("go_nightly", skip_unsupported=True)["report"]
    assert [(each["step"], each["condition"]) for each in report["needs"]] == [("setup", "failure"), ("vet", "failure")]
    assert report["when"] == "true && github.event_name == 'schedule'"


def test_cmake():
    matrix = definition_of("cmake")["build"]["matrix"]
    assert [(e["build-type"], e["config"]["name"], e.get("flags"), e.get("sanitizer")) for e in matrix] == [
        ("Debug", "GCC", None, None),
        ("Debug", "Clang", None, "address"),
        ("Release", "GCC", "-O3", None),
        ("Release", "Clang", "-O3", "address"),
        ("Coverage", "GCC", None, None),
    ]
