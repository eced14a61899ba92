"""text becomes a picklist

Made by crmspec (migrations) from specs/. A revision that a database has applied is never edited.

    ~ quote.payment_terms type text → picklist, max_length 200 → (none)
    + quote.payment_terms.deposit_30
    + quote.payment_terms.deposit_50
    + quote.payment_terms.monthly_30
    + quote.payment_terms.monthly_60
"""

from crmspec.deploy.migration import run

revision = "0005_989e894e"
down_revision = "0004_c2159753"
branch_labels = None
depends_on = None

FINGERPRINT_BEFORE = "…"
FINGERPRINT_AFTER = "…"


def upgrade() -> None:
    # drop what quote will not have
    run(
        postgresql=[
            'ALTER TABLE "quote" DROP CONSTRAINT "ck_quote_payment_terms_length_max"',
        ],
    )
    # set aside the old values of quote.payment_terms
    run(
        sqlite=[
            'ALTER TABLE "quote" RENAME COLUMN "payment_terms" TO "crmspec_0005_payment_terms"',
            "INSERT INTO crmspec_retired (table_name, stored_as, name, address, revision) VALUES ('quote', 'crmspec_0005_payment_terms', 'payment_terms', 'quote.payment_terms', '0005_989e894e')",
        ],
        postgresql=[
            'ALTER TABLE "quote" RENAME COLUMN "payment_terms" TO "crmspec_0005_payment_terms"',
            "INSERT INTO crmspec_retired (table_name, stored_as, name, address, revision) VALUES ('quote', 'crmspec_0005_payment_terms', 'payment_terms', 'quote.payment_terms', '0005_989e894e')",
        ],
    )
    # add quote.payment_terms
    run(
        postgresql=[
            'ALTER TABLE "quote" ADD COLUMN "payment_terms" text',
        ],
    )
    # fill in values of quote
    run(
        postgresql=[
            """UPDATE "quote" SET "payment_terms" = CASE "crmspec_0005_payment_terms" WHEN '月结30天' THEN 'monthly_30' WHEN '月结60天' THEN 'monthly_60' WHEN '预付30%，货到付清' THEN 'deposit_30' WHEN '预付50%，验收后付清' THEN 'deposit_50' ELSE CASE WHEN "crmspec_0005_payment_terms" NOT IN ('monthly_30', 'monthly_60', 'deposit_30', 'deposit_50') THEN NULL ELSE "crmspec_0005_payment_terms" END END""",
        ],
    )
    # set the rules of quote
    run(
        sqlite=[
            """CREATE TABLE "crmspec_rebuild_quote" (
  "id" TEXT NOT NULL,
  "owner_id" TEXT,
  "created_at" TEXT NOT NULL,
  "created_by_id" TEXT,
  "updated_at" TEXT NOT NULL,
  "updated_by_id" TEXT,
  "version" INTEGER NOT NULL DEFAULT 1,
  "number" TEXT,
  "subject" TEXT,
  "account_id" TEXT NOT NULL,
  "contact_id" TEXT,
  "opportunity_id" TEXT,
  "price_book_id" TEXT,
  "status" TEXT NOT NULL DEFAULT 'draft',
  "quote_date" TEXT,
  "valid_until" TEXT,
  "discount" INTEGER DEFAULT 0,
  "tax_rate" INTEGER DEFAULT 0,
  "delivery_days" INTEGER,
  "payment_terms" TEXT,
  "note" TEXT,
  "document_id" TEXT,
  "kind" TEXT NOT NULL DEFAULT 'customer',
  "supplier_id" TEXT,
  "channel_id" TEXT,
  "sent_on" TEXT,
  "next_follow_up" TEXT,
  "crmspec_0005_payment_terms" TEXT,
  CONSTRAINT "pk_quote" PRIMARY KEY ("id"),
  CONSTRAINT "ck_quote_subject_length_max" CHECK (length("subject") <= 160),
  CONSTRAINT "ck_quote_status_one_of" CHECK ("status" IN ('draft', 'sent', 'accepted', 'rejected', 'expired')),
  CONSTRAINT "ck_quote_discount_at_least" CHECK ("discount" >= 0),
  CONSTRAINT "ck_quote_discount_at_most" CHECK ("discount" <= 6000),
  CONSTRAINT "ck_quote_tax_rate_at_least" CHECK ("tax_rate" >= 0),
  CONSTRAINT "ck_quote_tax_rate_at_most" CHECK ("tax_rate" <= 10000),
  CONSTRAINT "ck_quote_delivery_days_at_least" CHECK ("delivery_days" >= 0),
  CONSTRAINT "ck_quote_payment_terms_one_of" CHECK ("payment_terms" IN ('monthly_30', 'monthly_60', 'deposit_30', 'deposit_50')),
  CONSTRAINT "ck_quote_kind_one_of" CHECK ("kind" IN ('customer', 'supplier', 'channel')),
  CONSTRAINT "fk_quote_owner_id" FOREIGN KEY ("owner_id") REFERENCES "crmspec_person" ("id"),
  CONSTRAINT "fk_quote_created_by_id" FOREIGN KEY ("created_by_id") REFERENCES "crmspec_person" ("id"),
  CONSTRAINT "fk_quote_updated_by_id" FOREIGN KEY ("updated_by_id") REFERENCES "crmspec_person" ("id"),
  CONSTRAINT "fk_quote_account_id" FOREIGN KEY ("account_id") REFERENCES "account" ("id"),
  CONSTRAINT "fk_quote_contact_id" FOREIGN KEY ("contact_id") REFERENCES "contact" ("id") ON DELETE SET NULL,
  CONSTRAINT "fk_quote_opportunity_id" FOREIGN KEY ("opportunity_id") REFERENCES "opportunity" ("id") ON DELETE SET NULL,
  CONSTRAINT "fk_quote_price_book_id" FOREIGN KEY ("price_book_id") REFERENCES "price_book" ("id") ON DELETE SET NULL,
  CONSTRAINT "fk_quote_document_id" FOREIGN KEY ("document_id") REFERENCES "crmspec_file" ("id"),
  CONSTRAINT "fk_quote_supplier_id" FOREIGN KEY ("supplier_id") REFERENCES "account" ("id") ON DELETE SET NULL,
  CONSTRAINT "fk_quote_channel_id" FOREIGN KEY ("channel_id") REFERENCES "partner" ("id") ON DELETE SET NULL
)""",
            '''INSERT INTO "crmspec_rebuild_quote" ("id", "owner_id", "created_at", "created_by_id", "updated_at", "updated_by_id", "version", "number", "subject", "account_id", "contact_id", "opportunity_id", "price_book_id", "status", "quote_date", "valid_until", "discount", "tax_rate", "delivery_days", "payment_terms", "note", "document_id", "kind", "supplier_id", "channel_id", "sent_on", "next_follow_up", "crmspec_0005_payment_terms")
  SELECT "id", "owner_id", "created_at", "created_by_id", "updated_at", "updated_by_id", "version", "number", "subject", "account_id", "contact_id", "opportunity_id", "price_book_id", "status", "quote_date", "valid_until", "discount", "tax_rate", "delivery_days", CASE "crmspec_0005_payment_terms" WHEN '月结30天' THEN 'monthly_30' WHEN '月结60天' THEN 'monthly_60' WHEN '预付30%，货到付清' THEN 'deposit_30' WHEN '预付50%，验收后付清' THEN 'deposit_50' ELSE CASE WHEN "crmspec_0005_payment_terms" NOT IN ('monthly_30', 'monthly_60', 'deposit_30', 'deposit_50') THEN NULL ELSE "crmspec_0005_payment_terms" END END, "note", "document_id", "kind", "supplier_id", "channel_id", "sent_on", "next_follow_up", "crmspec_0005_payment_terms"
  FROM "quote"''',
            'DROP TABLE "quote"',
            'ALTER TABLE "crmspec_rebuild_quote" RENAME TO "quote"',
        ],
        postgresql=[
            """ALTER TABLE "quote" ADD CONSTRAINT "ck_quote_payment_terms_one_of" CHECK ("payment_terms" IN ('monthly_30', 'monthly_60', 'deposit_30', 'deposit_50'))""",
        ],
    )


def downgrade() -> None:
    # drop what quote will not have
    run(
        postgresql=[
            'ALTER TABLE "quote" DROP CONSTRAINT "ck_quote_payment_terms_one_of"',
        ],
    )
    # set aside the old values of quote.payment_terms
    run(
        sqlite=[
            'ALTER TABLE "quote" RENAME COLUMN "payment_terms" TO "crmspec_0005_undone_payment_terms"',
        ],
        postgresql=[
            'ALTER TABLE "quote" RENAME COLUMN "payment_terms" TO "crmspec_0005_undone_payment_terms"',
        ],
    )
    # bring quote.payment_terms back
    run(
        sqlite=[
            'ALTER TABLE "quote" RENAME COLUMN "crmspec_0005_payment_terms" TO "payment_terms"',
            "DELETE FROM crmspec_retired WHERE table_name = 'quote' AND stored_as IN ('crmspec_0005_payment_terms')",
        ],
        postgresql=[
            'ALTER TABLE "quote" RENAME COLUMN "crmspec_0005_payment_terms" TO "payment_terms"',
            "DELETE FROM crmspec_retired WHERE table_name = 'quote' AND stored_as IN ('crmspec_0005_payment_terms')",
        ],
    )
    # fill in values of quote
    run(
        postgresql=[
            """UPDATE "quote" SET "payment_terms" = CASE WHEN CASE WHEN NOT coalesce("payment_terms" NOT IN ('月结30天', '月结60天', '预付30%，货到付清', '预付50%，验收后付清') AND ("payment_terms" NOT IN ('monthly_30', 'monthly_60', 'deposit_30', 'deposit_50')), FALSE) THEN (CASE "payment_terms" WHEN '月结30天' THEN 'monthly_30' WHEN '月结60天' THEN 'monthly_60' WHEN '预付30%，货到付清' THEN 'deposit_30' WHEN '预付50%，验收后付清' THEN 'deposit_50' ELSE CASE WHEN "payment_terms" NOT IN ('monthly_30', 'monthly_60', 'deposit_30', 'deposit_50') THEN NULL ELSE "payment_terms" END END) IS NOT DISTINCT FROM "crmspec_0005_undone_payment_terms" ELSE FALSE END THEN "payment_terms" ELSE "crmspec_0005_undone_payment_terms" END""",
            'ALTER TABLE "quote" DROP COLUMN "crmspec_0005_undone_payment_terms"',
        ],
    )
    # set the rules of quote
    run(
        sqlite=[
            """CREATE TABLE "crmspec_rebuild_quote" (
  "id" TEXT NOT NULL,
  "owner_id" TEXT,
  "created_at" TEXT NOT NULL,
  "created_by_id" TEXT,
  "updated_at" TEXT NOT NULL,
  "updated_by_id" TEXT,
  "version" INTEGER NOT NULL DEFAULT 1,
  "number" TEXT,
  "subject" TEXT,
  "account_id" TEXT NOT NULL,
  "contact_id" TEXT,
  "opportunity_id" TEXT,
  "price_book_id" TEXT,
  "status" TEXT NOT NULL DEFAULT 'draft',
  "quote_date" TEXT,
  "valid_until" TEXT,
  "discount" INTEGER DEFAULT 0,
  "tax_rate" INTEGER DEFAULT 0,
  "delivery_days" INTEGER,
  "payment_terms" TEXT,
  "note" TEXT,
  "document_id" TEXT,
  "kind" TEXT NOT NULL DEFAULT 'customer',
  "supplier_id" TEXT,
  "channel_id" TEXT,
  "sent_on" TEXT,
  "next_follow_up" TEXT,
  "crmspec_0005_undone_payment_terms" TEXT,
  CONSTRAINT "pk_quote" PRIMARY KEY ("id"),
  CONSTRAINT "ck_quote_subject_length_max" CHECK (length("subject") <= 160),
  CONSTRAINT "ck_quote_status_one_of" CHECK ("status" IN ('draft', 'sent', 'accepted', 'rejected', 'expired')),
  CONSTRAINT "ck_quote_discount_at_least" CHECK ("discount" >= 0),
  CONSTRAINT "ck_quote_discount_at_most" CHECK ("discount" <= 6000),
  CONSTRAINT "ck_quote_tax_rate_at_least" CHECK ("tax_rate" >= 0),
  CONSTRAINT "ck_quote_tax_rate_at_most" CHECK ("tax_rate" <= 10000),
  CONSTRAINT "ck_quote_delivery_days_at_least" CHECK ("delivery_days" >= 0),
  CONSTRAINT "ck_quote_payment_terms_length_max" CHECK (length("payment_terms") <= 200),
  CONSTRAINT "ck_quote_kind_one_of" CHECK ("kind" IN ('customer', 'supplier', 'channel')),
  CONSTRAINT "fk_quote_owner_id" FOREIGN KEY ("owner_id") REFERENCES "crmspec_person" ("id"),
  CONSTRAINT "fk_quote_created_by_id" FOREIGN KEY ("created_by_id") REFERENCES "crmspec_person" ("id"),
  CONSTRAINT "fk_quote_updated_by_id" FOREIGN KEY ("updated_by_id") REFERENCES "crmspec_person" ("id"),
  CONSTRAINT "fk_quote_account_id" FOREIGN KEY ("account_id") REFERENCES "account" ("id"),
  CONSTRAINT "fk_quote_contact_id" FOREIGN KEY ("contact_id") REFERENCES "contact" ("id") ON DELETE SET NULL,
  CONSTRAINT "fk_quote_opportunity_id" FOREIGN KEY ("opportunity_id") REFERENCES "opportunity" ("id") ON DELETE SET NULL,
  CONSTRAINT "fk_quote_price_book_id" FOREIGN KEY ("price_book_id") REFERENCES "price_book" ("id") ON DELETE SET NULL,
  CONSTRAINT "fk_quote_document_id" FOREIGN KEY ("document_id") REFERENCES "crmspec_file" ("id"),
  CONSTRAINT "fk_quote_supplier_id" FOREIGN KEY ("supplier_id") REFERENCES "account" ("id") ON DELETE SET NULL,
  CONSTRAINT "fk_quote_channel_id" FOREIGN KEY ("channel_id") REFERENCES "partner" ("id") ON DELETE SET NULL
)""",
            '''INSERT INTO "crmspec_rebuild_quote" ("id", "owner_id", "created_at", "created_by_id", "updated_at", "updated_by_id", "version", "number", "subject", "account_id", "contact_id", "opportunity_id", "price_book_id", "status", "quote_date", "valid_until", "discount", "tax_rate", "delivery_days", "payment_terms", "note", "document_id", "kind", "supplier_id", "channel_id", "sent_on", "next_follow_up", "crmspec_0005_undone_payment_terms")
  SELECT "id", "owner_id", "created_at", "created_by_id", "updated_at", "updated_by_id", "version", "number", "subject", "account_id", "contact_id", "opportunity_id", "price_book_id", "status", "quote_date", "valid_until", "discount", "tax_rate", "delivery_days", CASE WHEN CASE WHEN NOT coalesce("payment_terms" NOT IN ('月结30天', '月结60天', '预付30%，货到付清', '预付50%，验收后付清') AND ("payment_terms" NOT IN ('monthly_30', 'monthly_60', 'deposit_30', 'deposit_50')), FALSE) THEN (CASE "payment_terms" WHEN '月结30天' THEN 'monthly_30' WHEN '月结60天' THEN 'monthly_60' WHEN '预付30%，货到付清' THEN 'deposit_30' WHEN '预付50%，验收后付清' THEN 'deposit_50' ELSE CASE WHEN "payment_terms" NOT IN ('monthly_30', 'monthly_60', 'deposit_30', 'deposit_50') THEN NULL ELSE "payment_terms" END END) IS "crmspec_0005_undone_payment_terms" ELSE FALSE END THEN "payment_terms" ELSE "crmspec_0005_undone_payment_terms" END, "note", "document_id", "kind", "supplier_id", "channel_id", "sent_on", "next_follow_up", "crmspec_0005_undone_payment_terms"
  FROM "quote"''',
            'DROP TABLE "quote"',
            'ALTER TABLE "crmspec_rebuild_quote" RENAME TO "quote"',
            'ALTER TABLE "quote" DROP COLUMN "crmspec_0005_undone_payment_terms"',
        ],
        postgresql=[
            'ALTER TABLE "quote" ADD CONSTRAINT "ck_quote_payment_terms_length_max" CHECK (length("payment_terms") <= 200)',
        ],
    )
