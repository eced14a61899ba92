"""The CRM that the tests of records work on, built once more for this room."""

from tests.records.conftest import crm, deployed, secret_key

__all__ = ["crm", "deployed", "secret_key"]
