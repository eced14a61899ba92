"""take a field from a role

Made by crmspec (migrations) from specs/. A revision that a database has applied is never edited.

    ~ role:sales_manager fields {'product.cost': 'edit', 'opportunity.c… → {'product.cost': 'edit', 'opportunity.c…
    ~ role:sales_rep fields {'opportunity.cost': 'none', 'opportuni… → {'opportunity.cost': 'none', 'opportuni…
"""

from crmspec.deploy.migration import run

revision = "0008_6c3be4d4"
down_revision = "0007_52734181"
branch_labels = None
depends_on = None

FINGERPRINT_BEFORE = "…"
FINGERPRINT_AFTER = "…"


def upgrade() -> None:
    """Change no table: only what the release says of screens, reports and rights."""


def downgrade() -> None:
    """Change no table."""
