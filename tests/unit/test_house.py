"""The rules of the house: whoever breaks one sees it in `make test`, before a reviewer has to say it."""

from __future__ import annotations

import ast
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from importlib.metadata import version
from pathlib import Path

import jmespath
import pytest

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
SOURCES = sorted(path for name in ("engine", "adapters", "tests", "docs") for path in (ROOT / name).rglob("*.py"))
LONGEST_FILE = 400
LONGEST_FUNCTION = 60
PATIENCE = 300
HEAVY = ("sqlalchemy", "alembic", "httpx", "jsonschema", "ruamel", "starlette", "uvicorn", "cryptography", "rapidfuzz")


def _run(*words: str | Path, cwd: Path = ROOT, **env: str) -> subprocess.CompletedProcess[str]:
    told = {**os.environ, **env}
    return subprocess.run(words, cwd=cwd, env=told, capture_output=True, text=True, timeout=PATIENCE, check=False)


def _held(tool: str, *words: str) -> None:
    program = BIN / tool
    if not program.exists():
        pytest.skip(f"{tool} is not installed here; make test installs it")
    ended = _run(program, *words)
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_ruff_finds_nothing() -> None:
    _held("ruff", "check", "--quiet", "--output-format=concise", ".")


def test_ruff_would_format_nothing() -> None:
    _held("ruff", "format", "--check", ".")


def test_mypy_is_content_with_engine_adapters_and_tests() -> None:
    _held("mypy")


def test_imports_point_where_the_contracts_say() -> None:
    _held("lint-imports")


def test_what_decides_is_named_in_its_contract() -> None:
    """A new file of the flow either works on the store or is held to be pure; none is forgotten."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    (pure,) = (one["source_modules"] for one in contracts if one["name"].startswith("What decides"))
    folder = ROOT / "engine" / "tieout" / "sync"
    files = {f"tieout.sync.{path.stem}": path.read_text("utf-8") for path in folder.glob("[a-z]*.py")}
    works = {name for name, text in files.items() if re.search(r"from (tieout\.store|sqlalchemy)\b", text)}
    assert sorted(set(files) - works) == sorted(pure)


def test_no_file_is_too_long() -> None:
    lengths = {str(path.relative_to(ROOT)): len(path.read_text("utf-8").splitlines()) for path in SOURCES}
    assert len(lengths) > 100, "the sources have moved"
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST_FILE} == {}


def test_no_function_is_too_long() -> None:
    found = {}
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno is not None:
                found[f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"] = node.end_lineno - node.lineno + 1
    assert {name: lines for name, lines in found.items() if lines > LONGEST_FUNCTION} == {}


def _kept_files() -> list[Path]:
    if not (ROOT / ".git").exists() or shutil.which("git") is None:
        pytest.skip("only a clone knows which files belong to the project")
    listed = _run("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard").stdout.split("\0")
    return [path for name in listed if name and (path := ROOT / name).is_file()]


# Written in pieces, so that this file does not hold what it looks for.
_MACHINE = re.compile("|".join(["/wo" + "rk/", "/ro" + "ot/", "/ho" + "me/[a-z]", r"C:\\Us" + "ers"]))
_BESIDE = re.compile(r"\.\./sha" + "red")
_UNDONE = re.compile(r"\b(TO" + "DO|FIX" + r"ME)\b")


def test_nothing_names_a_place_on_somebody_s_machine() -> None:
    found = []
    for path in _kept_files():
        name = path.relative_to(ROOT)
        text = path.read_bytes().decode("utf-8", "replace")
        found += [f"{name}: {one.group()}" for one in _MACHINE.finditer(text)]
        if name.parts[0] != "tests":
            found += [f"{name}: {one.group()}" for one in _BESIDE.finditer(text)]
    assert found == []


def test_nothing_is_left_undone() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {one.group()}"
        for path in SOURCES
        for one in _UNDONE.finditer(path.read_text("utf-8"))
    ]
    assert found == []


@pytest.mark.parametrize("words", [["--help"], ["--version"], []])
def test_the_first_answer_loads_nothing_heavy(words: list[str]) -> None:
    asked = (
        "import json, sys\n"
        "from tieout.cli import main\n"
        "try: main(sys.argv[1:])\n"
        "except SystemExit: pass\n"
        "print(json.dumps(sorted(sys.modules)))\n"
    )
    ended = _run(sys.executable, "-c", asked, *words)
    loaded = json.loads(ended.stdout.splitlines()[-1])
    assert "tieout.cli" in loaded
    assert [name for name in loaded if name.partition(".")[0] in HEAVY] == []


def test_hook_modules_of_adapters_load_the_port_alone() -> None:
    asked = (
        "import json, sys\n"
        "import tieout.adapter, tieout.toolkit\n"
        "before = set(sys.modules)\n"
        "import tieout_salesforce, tieout_spotlercrm, tieout_xero\n"
        "print(json.dumps(sorted(set(sys.modules) - before)))\n"
    )
    ended = _run(sys.executable, "-c", asked)
    assert json.loads(ended.stdout) == ["tieout_salesforce", "tieout_spotlercrm", "tieout_xero"], ended.stderr


def test_jmespath_is_jmespath() -> None:
    """Jmespath-community installs into the same folder, and silently changes what expressions mean."""
    folder = Path(str(jmespath.__file__)).parent
    assert jmespath.__version__ == version("jmespath")
    assert version("jmespath").startswith("1.1.")
    assert not (folder / "scope.py").exists()
    assert importlib.util.find_spec("jmespath.scope") is None


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds the wheel, installed."""
    if importlib.util.find_spec("hatchling") is None or importlib.util.find_spec("pip") is None:
        pytest.skip("hatchling and pip are needed to build and install the wheel; make test installs them")
    made = tmp_path_factory.mktemp("wheel")
    built = _run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", made)
    assert built.returncode == 0, built.stderr
    (wheel,) = made.glob("tieout-*.whl")
    into = made / "installed"
    quiet = ("--no-deps", "--no-index", "--quiet", "--disable-pip-version-check")
    ended = _run(sys.executable, "-m", "pip", "install", *quiet, "--target", into, wheel)
    assert ended.returncode == 0, ended.stderr
    return into


def test_the_wheel_holds_what_the_source_holds(installed: Path) -> None:
    (wheel,) = installed.parent.glob("*.whl")
    held = set(zipfile.ZipFile(wheel).namelist())
    for source, target in (("engine", ""), ("adapters", ""), ("schemas", "tieout/schemas/"), ("mappings", "")):
        for path in (ROOT / source).rglob("*"):
            name = path.relative_to(ROOT / source).as_posix()
            if path.is_file() and "__pycache__" not in path.parts:
                assert (f"tieout/packs_data/{name}" if source == "mappings" else target + name) in held
    assert "tieout/py.typed" in held


def test_a_source_archive_makes_the_same_wheel(installed: Path, tmp_path: Path) -> None:
    archived = _run(sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", tmp_path)
    assert archived.returncode == 0, archived.stderr
    (archive,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(archive) as packed:
        packed.extractall(tmp_path, filter="data")
    (unpacked,) = (path for path in tmp_path.iterdir() if path.is_dir())
    built = _run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path, cwd=unpacked)
    assert built.returncode == 0, built.stderr
    (first,), (second,) = installed.parent.glob("*.whl"), tmp_path.glob("*.whl")
    assert sorted(zipfile.ZipFile(first).namelist()) == sorted(zipfile.ZipFile(second).namelist())


def test_the_wheel_runs_and_finds_its_schemas_packs_and_adapters(installed: Path, tmp_path: Path) -> None:
    said = _run(installed / "bin" / "tieout", "--version", cwd=tmp_path, PYTHONPATH=str(installed))
    assert said.stdout == f"tieout {version('tieout')}\n", said.stderr
    asked = (
        "import json, tieout\n"
        "from tieout import plugins, resources\n"
        "found = plugins.load()\n"
        "schemas = sorted(one.name for one in resources.schemas().iterdir())\n"
        "print(json.dumps([tieout.__file__, schemas, sorted(found.packs), sorted(found.adapters)]))\n"
    )
    answered = _run(sys.executable, "-c", asked, cwd=tmp_path, PYTHONPATH=str(installed))
    assert answered.returncode == 0, answered.stderr
    where, schemas, packs, adapters = json.loads(answered.stdout)
    assert Path(where).is_relative_to(installed)
    assert schemas == sorted(path.name for path in (ROOT / "schemas").iterdir())
    assert packs == sorted(path.name for path in (ROOT / "mappings").iterdir())
    assert adapters == ["salesforce", "spotlercrm", "xero"]


def test_the_wheel_makes_a_project_and_checks_it(installed: Path, tmp_path: Path) -> None:
    access = {"url": "http://127.0.0.1:9", "client_id": "id", "client_secret": "none", "access_token": "none"}
    (tmp_path / "sandbox.json").write_text(json.dumps({"salesforce": access, "xero": access}))
    tieout = installed / "bin" / "tieout"
    made = _run(tieout, "init", "shop", "--sandbox", "sandbox.json", cwd=tmp_path, PYTHONPATH=str(installed))
    assert made.returncode == 0, made.stderr
    checked = _run(tieout, "check", "-C", "shop", cwd=tmp_path, PYTHONPATH=str(installed))
    assert checked.returncode == 0, checked.stderr
    assert "5 mappings checked" in checked.stdout
