# SPDX-License-Identifier: Apache-2.0
"""`gale new` makes a project that builds, passes its test and runs, with what is installed only."""

import os
import subprocess

import pytest

from conftest import BUILD, CC, C_FLAGS

FILES = [
    ".gitignore",
    "CMakeLists.txt",
    "CMakePresets.json",
    "README.md",
    "src/hello.c",
    "tests/hello_test.c",
]


def run(*words, cwd, env):
    result = subprocess.run(
        list(map(str, words)),
        cwd=cwd,
        env=env,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert result.returncode == 0, f"{words}\n{result.stdout}\n{result.stderr}"
    return result.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The environment of somebody who has Gale installed somewhere and in the PATH."""
    prefix = tmp_path_factory.mktemp("prefix")
    run("cmake", "--install", BUILD, "--prefix", prefix, cwd=BUILD, env=os.environ)
    pc_files = list(prefix.glob("**/gale.pc"))
    assert len(pc_files) == 1
    return {
        **os.environ,
        "PATH": f"{prefix / 'bin'}:{os.environ['PATH']}",
        "PKG_CONFIG_PATH": str(pc_files[0].parent),
        "CC": CC,
        "CFLAGS": " ".join(C_FLAGS),
    }


@pytest.fixture
def project(installed, tmp_path):
    run("gale", "new", "hello", cwd=tmp_path, env=installed)
    return tmp_path / "hello"


def test_it_says_what_is_next(installed, tmp_path):
    said = run("gale", "new", "hello", cwd=tmp_path, env=installed)
    assert "cd hello" in said
    assert "cmake --preset dev" in said
    made = sorted(
        str(file.relative_to(tmp_path / "hello"))
        for file in (tmp_path / "hello").rglob("*")
        if file.is_file()
    )
    assert made == sorted(FILES)


def test_it_builds_passes_its_test_and_runs(installed, project):
    run("cmake", "-B", "build", cwd=project, env=installed)
    output = run("cmake", "--build", "build", cwd=project, env=installed)
    assert "warning" not in output
    run("ctest", "--test-dir", "build", "--output-on-failure", cwd=project, env=installed)
    run("gale", "check", "build/hello.so", cwd=project, env=installed)
    run("gale", "run", "build/hello.so", cwd=project, env=installed)


def test_what_it_says_works(installed, project):
    for line in (project / "README.md").read_text().splitlines():
        if line.startswith("    ") and "pkg-config" not in line:
            run("sh", "-c", line.strip(), cwd=project, env=installed)


def test_its_test_can_fail(installed, project):
    source = project / "src" / "hello.c"
    source.write_text(source.read_text().replace('gale_str_token(&rest, " "', 'gale_str_token(&rest, "c"'))
    run("cmake", "-B", "build", cwd=project, env=installed)
    run("cmake", "--build", "build", cwd=project, env=installed)
    result = subprocess.run(
        ["ctest", "--test-dir", "build", "--output-on-failure"],
        cwd=project,
        env=installed,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode != 0
    assert "not so: " in result.stdout


def test_it_builds_by_hand_with_pkg_config(installed, project):
    flags = run("pkg-config", "--cflags", "gale", cwd=project, env=installed).split()
    assert "-Werror=return-type" in flags
    run(CC, "-shared", "-fPIC", "src/hello.c", "-o", "hello.so", *flags, cwd=project, env=installed)
    run("gale", "run", "hello.so", "--quiet", cwd=project, env=installed)

    probe = run("pkg-config", "--cflags", "--libs", "gale-probe", cwd=project, env=installed).split()
    run(CC, *C_FLAGS, "-Isrc", "tests/hello_test.c", "-o", "t", *probe, cwd=project, env=installed)
    run("./t", cwd=project, env=installed)


def test_an_execute_without_verdict_does_not_compile(installed, project):
    source = project / "src" / "hello.c"
    text = source.read_text()
    assert text.count("    return GALE_ACK;\n") == 1
    source.write_text(text.replace("    return GALE_ACK;\n", ""))
    run("cmake", "-B", "build", cwd=project, env=installed)
    result = subprocess.run(
        ["cmake", "--build", "build"],
        cwd=project,
        env=installed,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode != 0
    assert "return-type" in result.stdout + result.stderr


def test_the_manual_page_and_completions_are_installed(installed):
    prefix = os.path.dirname(installed["PATH"].split(":")[0])
    found = {
        file
        for folder, _, files in os.walk(prefix)
        for file in files
        if "man1" in folder or "completion" in folder or "site-functions" in folder
    }
    pages = {"gale.1", "gale-broker.1", "gale-coord.1", "gale-nimbus.1", "gale-supervisor.1", "gale-ui.1"}
    assert found == pages | {"gale", "_gale", "gale.fish"}
    assert os.path.exists(f"{prefix}/libexec/gale/gale-symbolize")


# ---- what is refused; the program in the build folder is good enough for that ----


@pytest.mark.parametrize("name", ["", "2fast", "a b", "a/b", "../x", "-x", "x" * 65, "test", "all"])
def test_a_bad_name_is_refused(gale, tmp_path, name):
    result = gale("new", "--", name, cwd=tmp_path)
    assert result.returncode == 2
    assert result.stderr.startswith("gale new: ")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_exists_is_left_alone(gale, tmp_path):
    (tmp_path / "hello").mkdir()
    result = gale("new", "hello", cwd=tmp_path)
    assert result.returncode == 1
    assert "'hello' exists already" in result.stderr
    assert list((tmp_path / "hello").iterdir()) == []


def test_another_folder_can_be_chosen(gale, tmp_path):
    result = gale("new", "hello", "--dir", tmp_path / "elsewhere")
    assert result.returncode == 0
    assert (tmp_path / "elsewhere" / "src" / "hello.c").exists()


def test_a_folder_that_cannot_be_made_is_an_error(gale, tmp_path):
    result = gale("new", "hello", "--dir", tmp_path / "no" / "where")
    assert result.returncode == 1
    assert "cannot make folder" in result.stderr
