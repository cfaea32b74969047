# SPDX-License-Identifier: Apache-2.0
"""One site for the whole session: a network, a control plane, and an appliance with an imported bundle."""
import os

import pytest

from lab.site import Site


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """The site; it has no machine yet."""
    if os.geteuid() != 0:
        pytest.skip("network namespaces need root")
    with Site(tmp_path_factory.mktemp("site")) as built:
        assert not built.route_out()
        yield built


@pytest.fixture
def machine(site):
    """machine(...) makes a machine of the site; all of a test's are switched off and discarded after it."""
    made = []

    def make(**options):
        made.append(site.machine(**options))
        return made[-1]
    yield make
    for each in made:
        each.discard()


@pytest.fixture(autouse=True)
def windows_closed(request):
    """No window of one test is open in the next."""
    yield
    if "site" not in request.fixturenames:
        return
    appliance = request.getfixturevalue("site").appliance
    for window in appliance.items("enrol"):
        appliance.run("enrol", "close", window["id"], check=False)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item):
    """A failed test shows the end of what the appliance said."""
    report = (yield).get_result()
    built = getattr(item, "funcargs", {}).get("site")
    if report.failed and built and built.appliance and built.appliance.process:
        report.sections.append(("slipwayd", built.appliance.process.output.tail(60)))
