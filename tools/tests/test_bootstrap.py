# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parent.parent / "bootstrap.sh"

# Answers the questions that the script asks an interpreter; `-m venv` makes one that accepts anything.
PYTHON = """#!/bin/sh
case "$2" in
*version_info\\ *) exit {too_old} ;;
*ensurepip*) [ -e "{tree}/has-venv" ]; exit ;;
*%d*) echo 3.12; exit ;;
esac
case "$1 $2" in
"-m venv") mkdir -p .tools/bin; printf '#!/bin/sh\\n' > .tools/bin/python; chmod +x .tools/bin/python ;;
*) echo "Python 3.12.1" ;;
esac
"""
APT_GET = '#!/bin/sh\necho "$*" >> "{tree}/apt-get"\ncase "$*" in *python3.12-venv*) touch "{tree}/has-venv" ;; esac\n'


class Machine:
    """A machine whose python3, apt-get and user are what the test says."""

    def __init__(self, tree: Path) -> None:
        self.tree = tree
        (tree / "tools").mkdir()
        (tree / "bin").mkdir()
        shutil.copy(SCRIPT, tree / "tools")
        for name in ("cat", "dirname", "mkdir", "touch", "chmod"):
            (tree / "bin" / name).symlink_to(str(shutil.which(name)))

    def have(self, name: str, script: str) -> None:
        file = self.tree / "bin" / name
        file.write_text(script)
        file.chmod(0o755)

    def have_python(self, name: str = "python3", *, too_old: bool = False) -> None:
        self.have(name, PYTHON.format(tree=self.tree, too_old=int(too_old)))

    def bootstrap(self, *, as_root: bool = True) -> subprocess.CompletedProcess[str]:
        self.have("id", f"#!/bin/sh\necho {0 if as_root else 1000}\n")
        env = {"PATH": str(self.tree / "bin")}
        command = ["/bin/sh", "tools/bootstrap.sh", "uv"]
        return subprocess.run(command, cwd=self.tree, env=env, capture_output=True, text=True, check=False)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_it_names_the_python_it_needs(machine: Machine) -> None:
    machine.have_python(too_old=True)
    result = machine.bootstrap()
    assert result.returncode == 1
    assert "Aftersession needs Python 3.11 or later" in result.stderr


def test_it_finds_a_newer_python_beside_an_old_one(machine: Machine) -> None:
    machine.have_python(too_old=True)
    machine.have_python("python3.12")
    (machine.tree / "has-venv").touch()
    assert machine.bootstrap().returncode == 0
    assert (machine.tree / ".tools" / ".uv").exists()


def test_it_installs_the_package_that_venv_lacks_and_says_so(machine: Machine) -> None:
    machine.have_python()
    machine.have("apt-get", APT_GET.format(tree=machine.tree))
    result = machine.bootstrap()
    assert result.returncode == 0
    assert "Installing the package python3.12-venv" in result.stdout
    assert (machine.tree / "apt-get").read_text().startswith("update -qq\ninstall -y")


def test_it_only_names_the_package_where_it_may_not_install(machine: Machine) -> None:
    machine.have_python()
    machine.have("apt-get", APT_GET.format(tree=machine.tree))
    result = machine.bootstrap(as_root=False)
    assert result.returncode == 1
    assert "install the package python3.12-venv" in result.stderr
    assert not (machine.tree / "apt-get").exists()
