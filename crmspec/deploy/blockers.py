"""Who is in the way: the transactions that others have open on PostgreSQL, in words for people."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa

from crmspec.deploy.database import redacted

_SHOWN_MAX = 3
# Another's lock on one of the tables comes before an older transaction that has none: it is the likelier cause. Of
# other people's sessions a role without pg_monitor sees the locks, but neither the query nor since when.
_OPEN = sa.text("""
SELECT a.pid, coalesce(a.usename, 'the server'), coalesce(nullif(a.application_name, ''), 'no name'),
       coalesce(a.state, 'state not shown'), coalesce(to_char(a.xact_start, 'HH24:MI:SS'), 'some time'),
       left(coalesce(a.query, ''), 120), a.on_them
FROM (SELECT *, EXISTS (SELECT FROM pg_locks AS l JOIN pg_class AS c ON c.oid = l.relation
                        WHERE l.pid = s.pid AND l.granted AND l.locktype = 'relation' AND c.relname = ANY (:tables)
                          AND c.relnamespace = current_schema()::regnamespace) AS on_them
      FROM pg_stat_activity AS s WHERE datname = current_database() AND pid <> pg_backend_pid()
        AND NOT starts_with(coalesce(application_name, ''), 'crmspec deploy')) AS a
WHERE a.xact_start < clock_timestamp() - interval '150 milliseconds' OR (a.xact_start IS NULL AND a.on_them)
ORDER BY a.on_them DESC, a.xact_start LIMIT :shown_max""").bindparams(sa.bindparam("tables", type_=sa.ARRAY(sa.Text)))
_FORGOTTEN = sa.text("SELECT gid, owner, prepared FROM pg_prepared_xacts WHERE database = current_database() "
                     "ORDER BY prepared LIMIT :shown_max")


def in_the_way(connection: sa.Connection, tables: Collection[str] = ()) -> str:
    """Name the longest transactions under way, those with a lock on one of the tables first; empty if there is none."""
    rows = connection.execute(_OPEN, {"tables": sorted(tables), "shown_max": _SHOWN_MAX}).all()
    on_them = [row for row in rows if row.on_them]
    shown = [
        f"process {pid} of {user} ({redacted(name)}, {activity}, since {since}): {redacted(' '.join(query.split()))}"
        for pid, user, name, activity, since, query, _ in on_them or rows]
    forgotten = connection.execute(_FORGOTTEN, {"shown_max": _SHOWN_MAX}).all()
    shown += [f"the prepared transaction `{gid}` of {owner}, since {since:%Y-%m-%d %H:%M:%S}"
              for gid, owner, since in forgotten]
    connection.rollback()
    return "; ".join(shown)
