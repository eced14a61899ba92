"""add a stage

Made by crmspec (migrations) from specs/. A revision that a database has applied is never edited.

    + pipeline:sales.sampling
"""

from crmspec.deploy.migration import run

revision = "0007_52734181"
down_revision = "0006_cf2361ce"
branch_labels = None
depends_on = None

FINGERPRINT_BEFORE = "…"
FINGERPRINT_AFTER = "…"


def upgrade() -> None:
    # drop what opportunity will not have
    run(
        postgresql=[
            'ALTER TABLE "opportunity" DROP CONSTRAINT "ck_opportunity_stage_one_of"',
        ],
    )
    # set the rules of opportunity
    run(
        sqlite=[
            """CREATE TABLE "crmspec_rebuild_opportunity" (
  "id" TEXT NOT NULL,
  "owner_id" TEXT,
  "created_at" TEXT NOT NULL,
  "created_by_id" TEXT,
  "updated_at" TEXT NOT NULL,
  "updated_by_id" TEXT,
  "version" INTEGER NOT NULL DEFAULT 1,
  "name" TEXT NOT NULL,
  "account_id" TEXT NOT NULL,
  "contact_id" TEXT,
  "stage" TEXT DEFAULT 'qualify',
  "stage_since" TEXT,
  "amount" INTEGER,
  "close_date" TEXT,
  "cost" INTEGER,
  "type" TEXT DEFAULT 'new_business',
  "source" TEXT,
  "campaign_id" TEXT,
  "partner_id" TEXT,
  "next_step" TEXT,
  "lost_reason" TEXT,
  "lost_to_id" TEXT,
  "description" TEXT,
  CONSTRAINT "pk_opportunity" PRIMARY KEY ("id"),
  CONSTRAINT "ck_opportunity_name_length_max" CHECK (length("name") <= 160),
  CONSTRAINT "ck_opportunity_stage_one_of" CHECK ("stage" IN ('qualify', 'needs', 'sampling', 'proposal', 'negotiation', 'won', 'lost')),
  CONSTRAINT "ck_opportunity_amount_at_least" CHECK ("amount" >= 0),
  CONSTRAINT "ck_opportunity_cost_at_least" CHECK ("cost" >= 0),
  CONSTRAINT "ck_opportunity_type_one_of" CHECK ("type" IN ('new_business', 'more_business', 'renewal', 'tender')),
  CONSTRAINT "ck_opportunity_source_one_of" CHECK ("source" IN ('website', 'phone_in', 'referral', 'existing_customer', 'trade_fair', 'campaign', 'search_engine', 'social_media', 'partner', 'cold_call', 'other')),
  CONSTRAINT "ck_opportunity_next_step_length_max" CHECK (length("next_step") <= 200),
  CONSTRAINT "ck_opportunity_lost_reason_one_of" CHECK ("lost_reason" IN ('price', 'product', 'delivery', 'relationship', 'no_budget', 'no_decision')),
  CONSTRAINT "fk_opportunity_owner_id" FOREIGN KEY ("owner_id") REFERENCES "crmspec_person" ("id"),
  CONSTRAINT "fk_opportunity_created_by_id" FOREIGN KEY ("created_by_id") REFERENCES "crmspec_person" ("id"),
  CONSTRAINT "fk_opportunity_updated_by_id" FOREIGN KEY ("updated_by_id") REFERENCES "crmspec_person" ("id"),
  CONSTRAINT "fk_opportunity_account_id" FOREIGN KEY ("account_id") REFERENCES "account" ("id"),
  CONSTRAINT "fk_opportunity_contact_id" FOREIGN KEY ("contact_id") REFERENCES "contact" ("id") ON DELETE SET NULL,
  CONSTRAINT "fk_opportunity_campaign_id" FOREIGN KEY ("campaign_id") REFERENCES "campaign" ("id") ON DELETE SET NULL,
  CONSTRAINT "fk_opportunity_partner_id" FOREIGN KEY ("partner_id") REFERENCES "partner" ("id") ON DELETE SET NULL,
  CONSTRAINT "fk_opportunity_lost_to_id" FOREIGN KEY ("lost_to_id") REFERENCES "competitor" ("id") ON DELETE SET NULL
)""",
            '''INSERT INTO "crmspec_rebuild_opportunity" ("id", "owner_id", "created_at", "created_by_id", "updated_at", "updated_by_id", "version", "name", "account_id", "contact_id", "stage", "stage_since", "amount", "close_date", "cost", "type", "source", "campaign_id", "partner_id", "next_step", "lost_reason", "lost_to_id", "description")
  SELECT "id", "owner_id", "created_at", "created_by_id", "updated_at", "updated_by_id", "version", "name", "account_id", "contact_id", "stage", "stage_since", "amount", "close_date", "cost", "type", "source", "campaign_id", "partner_id", "next_step", "lost_reason", "lost_to_id", "description"
  FROM "opportunity"''',
            'DROP TABLE "opportunity"',
            'ALTER TABLE "crmspec_rebuild_opportunity" RENAME TO "opportunity"',
        ],
        postgresql=[
            """ALTER TABLE "opportunity" ADD CONSTRAINT "ck_opportunity_stage_one_of" CHECK ("stage" IN ('qualify', 'needs', 'sampling', 'proposal', 'negotiation', 'won', 'lost'))""",
        ],
    )


def downgrade() -> None:
    # drop what opportunity will not have
    run(
        postgresql=[
            'ALTER TABLE "opportunity" DROP CONSTRAINT "ck_opportunity_stage_one_of"',
        ],
    )
    # set the rules of opportunity
    run(
        sqlite=[
            """CREATE TABLE "crmspec_rebuild_opportunity" (
  "id" TEXT NOT NULL,
  "owner_id" TEXT,
  "created_at" TEXT NOT NULL,
  "created_by_id" TEXT,
  "updated_at" TEXT NOT NULL,
  "updated_by_id" TEXT,
  "version" INTEGER NOT NULL DEFAULT 1,
  "name" TEXT NOT NULL,
  "account_id" TEXT NOT NULL,
  "contact_id" TEXT,
  "stage" TEXT DEFAULT 'qualify',
  "stage_since" TEXT,
  "amount" INTEGER,
  "close_date" TEXT,
  "cost" INTEGER,
  "type" TEXT DEFAULT 'new_business',
  "source" TEXT,
  "campaign_id" TEXT,
  "partner_id" TEXT,
  "next_step" TEXT,
  "lost_reason" TEXT,
  "lost_to_id" TEXT,
  "description" TEXT,
  CONSTRAINT "pk_opportunity" PRIMARY KEY ("id"),
  CONSTRAINT "ck_opportunity_name_length_max" CHECK (length("name") <= 160),
  CONSTRAINT "ck_opportunity_stage_one_of" CHECK ("stage" IN ('qualify', 'needs', 'proposal', 'negotiation', 'won', 'lost')),
  CONSTRAINT "ck_opportunity_amount_at_least" CHECK ("amount" >= 0),
  CONSTRAINT "ck_opportunity_cost_at_least" CHECK ("cost" >= 0),
  CONSTRAINT "ck_opportunity_type_one_of" CHECK ("type" IN ('new_business', 'more_business', 'renewal', 'tender')),
  CONSTRAINT "ck_opportunity_source_one_of" CHECK ("source" IN ('website', 'phone_in', 'referral', 'existing_customer', 'trade_fair', 'campaign', 'search_engine', 'social_media', 'partner', 'cold_call', 'other')),
  CONSTRAINT "ck_opportunity_next_step_length_max" CHECK (length("next_step") <= 200),
  CONSTRAINT "ck_opportunity_lost_reason_one_of" CHECK ("lost_reason" IN ('price', 'product', 'delivery', 'relationship', 'no_budget', 'no_decision')),
  CONSTRAINT "fk_opportunity_owner_id" FOREIGN KEY ("owner_id") REFERENCES "crmspec_person" ("id"),
  CONSTRAINT "fk_opportunity_created_by_id" FOREIGN KEY ("created_by_id") REFERENCES "crmspec_person" ("id"),
  CONSTRAINT "fk_opportunity_updated_by_id" FOREIGN KEY ("updated_by_id") REFERENCES "crmspec_person" ("id"),
  CONSTRAINT "fk_opportunity_account_id" FOREIGN KEY ("account_id") REFERENCES "account" ("id"),
  CONSTRAINT "fk_opportunity_contact_id" FOREIGN KEY ("contact_id") REFERENCES "contact" ("id") ON DELETE SET NULL,
  CONSTRAINT "fk_opportunity_campaign_id" FOREIGN KEY ("campaign_id") REFERENCES "campaign" ("id") ON DELETE SET NULL,
  CONSTRAINT "fk_opportunity_partner_id" FOREIGN KEY ("partner_id") REFERENCES "partner" ("id") ON DELETE SET NULL,
  CONSTRAINT "fk_opportunity_lost_to_id" FOREIGN KEY ("lost_to_id") REFERENCES "competitor" ("id") ON DELETE SET NULL
)""",
            '''INSERT INTO "crmspec_rebuild_opportunity" ("id", "owner_id", "created_at", "created_by_id", "updated_at", "updated_by_id", "version", "name", "account_id", "contact_id", "stage", "stage_since", "amount", "close_date", "cost", "type", "source", "campaign_id", "partner_id", "next_step", "lost_reason", "lost_to_id", "description")
  SELECT "id", "owner_id", "created_at", "created_by_id", "updated_at", "updated_by_id", "version", "name", "account_id", "contact_id", "stage", "stage_since", "amount", "close_date", "cost", "type", "source", "campaign_id", "partner_id", "next_step", "lost_reason", "lost_to_id", "description"
  FROM "opportunity"''',
            'DROP TABLE "opportunity"',
            'ALTER TABLE "crmspec_rebuild_opportunity" RENAME TO "opportunity"',
        ],
        postgresql=[
            """ALTER TABLE "opportunity" ADD CONSTRAINT "ck_opportunity_stage_one_of" CHECK ("stage" IN ('qualify', 'needs', 'proposal', 'negotiation', 'won', 'lost'))""",
        ],
    )
