"""rename a field

Made by crmspec (migrations) from specs/. A revision that a database has applied is never edited.

    ~ account.interest label {'en': 'Rating', 'zh-CN': '公司热度'} → {'en': 'Interest', 'zh-CN': '合作意向'}
    > account.interest was account.rating
"""

from crmspec.deploy.migration import run

revision = "0006_cf2361ce"
down_revision = "0005_989e894e"
branch_labels = None
depends_on = None

FINGERPRINT_BEFORE = "…"
FINGERPRINT_AFTER = "…"


def upgrade() -> None:
    # rename column rating of account to interest
    run(
        sqlite=[
            'ALTER TABLE "account" RENAME COLUMN "rating" TO "interest"',
        ],
        postgresql=[
            'ALTER TABLE "account" RENAME COLUMN "rating" TO "interest"',
        ],
    )
    # rename the constraints of account
    run(
        postgresql=[
            'ALTER TABLE "account" RENAME CONSTRAINT "ck_account_rating_one_of" TO "ck_account_interest_one_of"',
        ],
    )
    # rename indexes
    run(
        postgresql=[
            'ALTER INDEX "ix_account_rating" RENAME TO "ix_account_interest"',
        ],
    )
    # let rows follow: rating to interest
    run(
        sqlite=[
            """UPDATE crmspec_history SET "field" = CASE "field" WHEN 'rating' THEN 'interest' END WHERE object = 'account' AND "field" IN ('rating')""",
            """UPDATE crmspec_search SET "field" = CASE "field" WHEN 'rating' THEN 'interest' END WHERE object = 'account' AND "field" IN ('rating')""",
            """UPDATE crmspec_retired SET "address" = CASE "address" WHEN 'account.rating' THEN 'account.interest' END WHERE "address" IN ('account.rating')""",
            """UPDATE crmspec_counter SET "name" = CASE "name" WHEN 'account.rating' THEN 'account.interest' END WHERE "name" IN ('account.rating')""",
        ],
        postgresql=[
            """UPDATE crmspec_history SET "field" = CASE "field" WHEN 'rating' THEN 'interest' END WHERE object = 'account' AND "field" IN ('rating')""",
            """UPDATE crmspec_search SET "field" = CASE "field" WHEN 'rating' THEN 'interest' END WHERE object = 'account' AND "field" IN ('rating')""",
            """UPDATE crmspec_retired SET "address" = CASE "address" WHEN 'account.rating' THEN 'account.interest' END WHERE "address" IN ('account.rating')""",
            """UPDATE crmspec_counter SET "name" = CASE "name" WHEN 'account.rating' THEN 'account.interest' END WHERE "name" IN ('account.rating')""",
        ],
    )
    # drop what account will not have
    run(
        sqlite=[
            'DROP INDEX "ix_account_rating"',
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
  "interest" TEXT,
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
  CONSTRAINT "ck_account_interest_one_of" CHECK ("interest" IN ('hot', 'warm', 'cold')),
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
            '''INSERT INTO "crmspec_rebuild_account" ("id", "owner_id", "created_at", "created_by_id", "updated_at", "updated_by_id", "version", "name", "number", "type", "interest", "industry", "source", "parent_id", "website", "phone", "fax", "email", "employees", "annual_revenue", "tax_number", "billing_address_street", "billing_address_city", "billing_address_region", "billing_address_postcode", "billing_address_country", "shipping_address_street", "shipping_address_city", "shipping_address_region", "shipping_address_postcode", "shipping_address_country", "description", "annual_print_spend", "payment_terms_days", "payment_behaviour", "growth_potential", "relationship")
  SELECT "id", "owner_id", "created_at", "created_by_id", "updated_at", "updated_by_id", "version", "name", "number", "type", "interest", "industry", "source", "parent_id", "website", "phone", "fax", "email", "employees", "annual_revenue", "tax_number", "billing_address_street", "billing_address_city", "billing_address_region", "billing_address_postcode", "billing_address_country", "shipping_address_street", "shipping_address_city", "shipping_address_region", "shipping_address_postcode", "shipping_address_country", "description", "annual_print_spend", "payment_terms_days", "payment_behaviour", "growth_potential", "relationship"
  FROM "account"''',
            'DROP TABLE "account"',
            'ALTER TABLE "crmspec_rebuild_account" RENAME TO "account"',
        ],
    )
    # index account
    run(
        sqlite=[
            'CREATE INDEX "ix_account_interest" ON "account" ("interest")',
        ],
    )


def downgrade() -> None:
    # rename column interest of account to rating
    run(
        sqlite=[
            'ALTER TABLE "account" RENAME COLUMN "interest" TO "rating"',
        ],
        postgresql=[
            'ALTER TABLE "account" RENAME COLUMN "interest" TO "rating"',
        ],
    )
    # rename the constraints of account
    run(
        postgresql=[
            'ALTER TABLE "account" RENAME CONSTRAINT "ck_account_interest_one_of" TO "ck_account_rating_one_of"',
        ],
    )
    # rename indexes
    run(
        postgresql=[
            'ALTER INDEX "ix_account_interest" RENAME TO "ix_account_rating"',
        ],
    )
    # let rows follow: interest to rating
    run(
        sqlite=[
            """UPDATE crmspec_history SET "field" = CASE "field" WHEN 'interest' THEN 'rating' END WHERE object = 'account' AND "field" IN ('interest')""",
            """UPDATE crmspec_search SET "field" = CASE "field" WHEN 'interest' THEN 'rating' END WHERE object = 'account' AND "field" IN ('interest')""",
            """UPDATE crmspec_retired SET "address" = CASE "address" WHEN 'account.interest' THEN 'account.rating' END WHERE "address" IN ('account.interest')""",
            """UPDATE crmspec_counter SET "name" = CASE "name" WHEN 'account.interest' THEN 'account.rating' END WHERE "name" IN ('account.interest')""",
        ],
        postgresql=[
            """UPDATE crmspec_history SET "field" = CASE "field" WHEN 'interest' THEN 'rating' END WHERE object = 'account' AND "field" IN ('interest')""",
            """UPDATE crmspec_search SET "field" = CASE "field" WHEN 'interest' THEN 'rating' END WHERE object = 'account' AND "field" IN ('interest')""",
            """UPDATE crmspec_retired SET "address" = CASE "address" WHEN 'account.interest' THEN 'account.rating' END WHERE "address" IN ('account.interest')""",
            """UPDATE crmspec_counter SET "name" = CASE "name" WHEN 'account.interest' THEN 'account.rating' END WHERE "name" IN ('account.interest')""",
        ],
    )
    # drop what account will not have
    run(
        sqlite=[
            'DROP INDEX "ix_account_interest"',
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
    # index account
    run(
        sqlite=[
            'CREATE INDEX "ix_account_rating" ON "account" ("rating")',
        ],
    )
