"""drop a standard field

Made by crmspec (migrations) from specs/. A revision that a database has applied is never edited.

    - account.fax phone
    ~ layout:account sections {'label': {'en': 'Company', 'zh-CN': '基… → {'label': {'en': 'Company', 'zh-CN': '基…
"""

from crmspec.deploy.migration import run

revision = "0003_b8d3a9b5"
down_revision = "0002_58628e59"
branch_labels = None
depends_on = None

FINGERPRINT_BEFORE = "…"
FINGERPRINT_AFTER = "…"


def upgrade() -> None:
    # retire account.fax
    run(
        sqlite=[
            'ALTER TABLE "account" RENAME COLUMN "fax" TO "crmspec_0003_fax"',
            "INSERT INTO crmspec_retired (table_name, stored_as, name, address, revision) VALUES ('account', 'crmspec_0003_fax', 'fax', 'account.fax', '0003_b8d3a9b5')",
        ],
        postgresql=[
            'ALTER TABLE "account" RENAME COLUMN "fax" TO "crmspec_0003_fax"',
            "INSERT INTO crmspec_retired (table_name, stored_as, name, address, revision) VALUES ('account', 'crmspec_0003_fax', 'fax', 'account.fax', '0003_b8d3a9b5')",
        ],
    )


def downgrade() -> None:
    # bring account.fax back
    run(
        sqlite=[
            'ALTER TABLE "account" RENAME COLUMN "crmspec_0003_fax" TO "fax"',
            "DELETE FROM crmspec_retired WHERE table_name = 'account' AND stored_as IN ('crmspec_0003_fax')",
        ],
        postgresql=[
            'ALTER TABLE "account" RENAME COLUMN "crmspec_0003_fax" TO "fax"',
            "DELETE FROM crmspec_retired WHERE table_name = 'account' AND stored_as IN ('crmspec_0003_fax')",
        ],
    )
    # set the rules of account
    run(
        sqlite=[
            """CREATE TABLE "crmspec_rebuild_account" (
  "id" TEXT NOT NULL,
  "owner_id" TEXT,
  "created_at" TEXT NOT NULL,
  "created_by_id" TEXT,
  "updated_at" TEXT NOT NULL,
  "updated_by_id" TEXT,
  "version" INTEGER NOT NULL DEFAULT 1,
  "name" TEXT NOT NULL,
  "number" TEXT,
  "type" TEXT DEFAULT 'prospect',
  "rating" TEXT,
  "industry" TEXT,
  "source" TEXT,
  "parent_id" TEXT,
  "website" TEXT,
  "phone" TEXT,
  "fax" TEXT,
  "email" TEXT,
  "employees" INTEGER,
  "annual_revenue" INTEGER,
  "tax_number" TEXT,
  "billing_address_street" TEXT,
  "billing_address_city" TEXT,
  "billing_address_region" TEXT,
  "billing_address_postcode" TEXT,
  "billing_address_country" TEXT,
  "shipping_address_street" TEXT,
  "shipping_address_city" TEXT,
  "shipping_address_region" TEXT,
  "shipping_address_postcode" TEXT,
  "shipping_address_country" TEXT,
  "description" TEXT,
  "annual_print_spend" INTEGER,
  "payment_terms_days" INTEGER,
  "payment_behaviour" INTEGER,
  "growth_potential" INTEGER,
  "relationship" INTEGER,
  CONSTRAINT "pk_account" PRIMARY KEY ("id"),
  CONSTRAINT "ck_account_name_length_max" CHECK (length("name") <= 120),
  CONSTRAINT "ck_account_type_one_of" CHECK ("type" IN ('prospect', 'customer', 'former_customer', 'partner', 'supplier', 'other')),
  CONSTRAINT "ck_account_rating_one_of" CHECK ("rating" IN ('hot', 'warm', 'cold')),
  CONSTRAINT "ck_account_industry_one_of" CHECK ("industry" IN ('manufacturing', 'wholesale_retail', 'information_technology', 'finance', 'construction', 'transport', 'energy', 'health_care', 'education', 'food', 'hospitality', 'media', 'professional_services', 'government', 'agriculture', 'other')),
  CONSTRAINT "ck_account_source_one_of" CHECK ("source" IN ('website', 'phone_in', 'referral', 'existing_customer', 'trade_fair', 'campaign', 'search_engine', 'social_media', 'partner', 'cold_call', 'other')),
  CONSTRAINT "ck_account_employees_at_least" CHECK ("employees" >= 0),
  CONSTRAINT "ck_account_annual_revenue_at_least" CHECK ("annual_revenue" >= 0),
  CONSTRAINT "ck_account_tax_number_length_max" CHECK (length("tax_number") <= 40),
  CONSTRAINT "ck_account_annual_print_spend_at_least" CHECK ("annual_print_spend" >= 0),
  CONSTRAINT "ck_account_payment_terms_days_at_least" CHECK ("payment_terms_days" >= 0),
  CONSTRAINT "ck_account_payment_terms_days_at_most" CHECK ("payment_terms_days" <= 365),
  CONSTRAINT "ck_account_payment_behaviour_at_least" CHECK ("payment_behaviour" >= 1),
  CONSTRAINT "ck_account_payment_behaviour_at_most" CHECK ("payment_behaviour" <= 5),
  CONSTRAINT "ck_account_growth_potential_at_least" CHECK ("growth_potential" >= 1),
  CONSTRAINT "ck_account_growth_potential_at_most" CHECK ("growth_potential" <= 5),
  CONSTRAINT "ck_account_relationship_at_least" CHECK ("relationship" >= 1),
  CONSTRAINT "ck_account_relationship_at_most" CHECK ("relationship" <= 5),
  CONSTRAINT "fk_account_owner_id" FOREIGN KEY ("owner_id") REFERENCES "crmspec_person" ("id"),
  CONSTRAINT "fk_account_created_by_id" FOREIGN KEY ("created_by_id") REFERENCES "crmspec_person" ("id"),
  CONSTRAINT "fk_account_updated_by_id" FOREIGN KEY ("updated_by_id") REFERENCES "crmspec_person" ("id"),
  CONSTRAINT "fk_account_parent_id" FOREIGN KEY ("parent_id") REFERENCES "account" ("id") ON DELETE SET NULL
)""",
            '''INSERT INTO "crmspec_rebuild_account" ("id", "owner_id", "created_at", "created_by_id", "updated_at", "updated_by_id", "version", "name", "number", "type", "rating", "industry", "source", "parent_id", "website", "phone", "fax", "email", "employees", "annual_revenue", "tax_number", "billing_address_street", "billing_address_city", "billing_address_region", "billing_address_postcode", "billing_address_country", "shipping_address_street", "shipping_address_city", "shipping_address_region", "shipping_address_postcode", "shipping_address_country", "description", "annual_print_spend", "payment_terms_days", "payment_behaviour", "growth_potential", "relationship")
  SELECT "id", "owner_id", "created_at", "created_by_id", "updated_at", "updated_by_id", "version", "name", "number", "type", "rating", "industry", "source", "parent_id", "website", "phone", "fax", "email", "employees", "annual_revenue", "tax_number", "billing_address_street", "billing_address_city", "billing_address_region", "billing_address_postcode", "billing_address_country", "shipping_address_street", "shipping_address_city", "shipping_address_region", "shipping_address_postcode", "shipping_address_country", "description", "annual_print_spend", "payment_terms_days", "payment_behaviour", "growth_potential", "relationship"
  FROM "account"''',
            'DROP TABLE "account"',
            'ALTER TABLE "crmspec_rebuild_account" RENAME TO "account"',
        ],
    )
