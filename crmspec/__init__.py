"""Config-as-code for CRM."""

__version__ = "0.1.0"
