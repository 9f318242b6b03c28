"""The engines, each against a stand-in of its service where it has one."""

from collections.abc import Iterator

import pytest

from tests.support.text_services import ENGINES, Desk, text_service


@pytest.fixture(params=ENGINES)
def desk(request: pytest.FixtureRequest) -> Iterator[Desk]:
    """Each engine in turn."""
    if request.param == "extractive":
        yield Desk(request.param, None)
        return
    with text_service(request.param) as service:
        yield Desk(request.param, service)
