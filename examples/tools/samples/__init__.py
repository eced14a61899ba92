"""Sample records for the shipped packages: made by a seeded generator, committed, loaded by `crmspec demo`."""
