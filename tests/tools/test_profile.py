"""Property tests are judged by what they find, never by how busy the machine is."""

from hypothesis import HealthCheck, settings


def test_no_example_fails_for_being_slow() -> None:
    assert settings().deadline is None
    assert HealthCheck.too_slow in settings().suppress_health_check
