"""`serve` and `demo`."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from crmspec.access import verify_login
from crmspec.deploy import open_database
from tests.cli.conftest import Crm

CRMSPEC = Path(sys.executable).with_name("crmspec")


@contextmanager
def serving(site: Crm, *arguments: str) -> Iterator[str]:
    """Serve a project on a free port; give the address."""
    command = [str(CRMSPEC), "-C", str(site.folder), "serve", "--port", "0", *arguments]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            line = process.stderr.readline()
            found = re.search(r"http://\S+?(?=/\s)", line)
            assert found, line + process.stderr.read()
            yield found[0]
        finally:
            process.terminate()
            process.communicate()


def page(address: str) -> str:
    """Read a page."""
    with urllib.request.urlopen(address, timeout=30) as answer:
        text: str = answer.read().decode()
    return text


def test_demo_makes_a_crm_with_somebody_for_every_role(tmp_path: Path, database_url: str) -> None:
    """The contracted object: where it lies, its database, and log-ins that work, for every role."""
    folder = tmp_path / "demo"
    given = ["--database", database_url] if database_url.startswith("postgresql") else []
    value = Crm(tmp_path)(
        "demo", "standard", "--dir", str(folder), *given, "--no-serve", "--format", "json").ok().json
    assert set(value) == {"format_version", "dir", "database", "people"}
    assert value["dir"] == str(folder)
    assert Crm(folder)("validate").code == 0
    roles = {role for person in value["people"] for role in person["roles"]}
    assert {"administrator", "sales_manager", "sales_rep", "service_agent", "marketer", "executive"} <= roles
    engine = open_database(value["database"])
    with engine.begin() as connection:
        person = value["people"][0]
        assert verify_login(connection, person["login"], person["password"])
        assert connection.execute(sa.text("SELECT count(*) FROM account")).scalar_one() >= 150
        assert connection.execute(sa.text("SELECT count(*) FROM activity")).scalar_one() >= 1000
    engine.dispose()
    given = ["--dir", str(tmp_path / "again"), "--database", value["database"]]
    again = Crm(tmp_path)("demo", "standard", *given, "--no-serve")
    assert (again.code, "CRM913" in again.err) == (1, True)


def test_demo_overwrites_nothing(crm: Crm) -> None:
    """A folder with files in it is refused, and so is a template that there is not."""
    for arguments, code in ((("standard", "--dir", "."), "CRM812"), (("../x", "--dir", "new"), "CRM811")):
        answer = crm("demo", *arguments, "--no-serve")
        assert (answer.code, code in answer.err) == (1, True)


def test_a_running_server_follows_a_new_release(crm: Crm) -> None:
    """What the log-in page says of the company changes with the deploy, without a restart."""
    crm("deploy").ok()
    with serving(crm) as address:
        assert page(f"{address}/health") == "ok\n"
        before = page(f"{address}/log-in")
        crm.write("specs/company.yaml", "organization:\n  company: {name: Brandneu GmbH}\n")
        crm("deploy").ok()
        after = page(f"{address}/log-in")
    assert ("Brandneu" in before, "Brandneu" in after) == (False, True)


def test_a_server_behind_a_proxy_lives_under_its_prefix(crm: Crm) -> None:
    """Every address has the prefix."""
    crm("deploy").ok()
    with serving(crm, "--prefix", "/crm") as address:
        text = page(f"{address}/log-in")
    assert 'action="/crm/log-in"' in text


def test_what_cannot_be_served_is_said(crm: Crm) -> None:
    """No database, an empty one, a port in use: one message each."""
    assert "crmspec deploy" in crm("serve").err
    crm("deploy").ok()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        answer = crm("serve", "--port", str(taken.getsockname()[1]))
    assert (answer.code, "in use" in answer.err) == (1, True)
    assert crm("serve", "--port", "99999").code == 2


def test_a_provider_needs_an_address_and_its_secret(crm: Crm, monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot work is refused before anybody comes."""
    crm.replace("crmspec.yaml", '  local: {database: "sqlite:///crm.db"}', """\
  local:
    database: "sqlite:///crm.db"
    open_id: {issuer: "https://login.example.com", client_id: crm, client_secret: "${CRM_TEST_SECRET}"}""")
    crm("deploy").ok()
    assert "CRM694" in crm("serve", "--port", "0").err
    crm.replace("crmspec.yaml", '    open_id:', '    url: "https://crm.example.com"\n    open_id:')
    monkeypatch.delenv("CRM_TEST_SECRET", raising=False)
    answer = crm("serve", "--port", "0")
    assert (answer.code, "CRM520" in answer.err, "CRM_TEST_SECRET" in answer.err) == (1, True, True)
