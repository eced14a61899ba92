"""Words for the closed lists of the language: operators, periods, verbs, scopes, levels, field types, statuses."""

from __future__ import annotations

import gettext
import re

from crmspec.server.formatting import N_

OPERATORS = {
    "contains": N_("contains"), "not_contains": N_("does not contain"), "in": N_("is in"), "is": N_("is"),
    "is_not": N_("is not"), "any_of": N_("is any of"), "none_of": N_("is none of"), "starts_with": N_("starts with"),
    "ends_with": N_("ends with"), "at_least": N_("at least"), "at_most": N_("at most"), "more_than": N_("more than"),
    "less_than": N_("less than"), "before": N_("before"), "after": N_("after"), "from": N_("on or after"),
    "until": N_("on or before"), "between": N_("between"), "is_empty": N_("is empty"),
    "is_not_empty": N_("is not empty"),
}
PERIODS = {
    "today": N_("today"), "yesterday": N_("yesterday"), "tomorrow": N_("tomorrow"), "this_week": N_("this week"),
    "last_week": N_("last week"), "next_week": N_("next week"), "this_month": N_("this month"),
    "last_month": N_("last month"), "next_month": N_("next month"), "this_quarter": N_("this quarter"),
    "last_quarter": N_("last quarter"), "next_quarter": N_("next quarter"), "this_year": N_("this year"),
    "last_year": N_("last year"), "next_year": N_("next year"),
    "last_7_days": N_("the last 7 days"), "last_30_days": N_("the last 30 days"),
    "last_90_days": N_("the last 90 days"), "next_7_days": N_("the next 7 days"),
    "next_30_days": N_("the next 30 days"),
}
_COUNTED = re.compile(r"(last|next)_(\d{1,4})_(days|weeks|months|years)\Z")
_COUNTED_WORDS = {
    ("last", "days"): N_("the last %(n)s days"), ("next", "days"): N_("the next %(n)s days"),
    ("last", "weeks"): N_("the last %(n)s weeks"), ("next", "weeks"): N_("the next %(n)s weeks"),
    ("last", "months"): N_("the last %(n)s months"), ("next", "months"): N_("the next %(n)s months"),
    ("last", "years"): N_("the last %(n)s years"), ("next", "years"): N_("the next %(n)s years"),
}


def period_words(words: gettext.NullTranslations, name: str) -> str:
    """Return a stretch of days in a language, a counted one such as `last_45_days` too."""
    found = _COUNTED.match(name)
    if name in PERIODS or found is None:
        return words.gettext(PERIODS.get(name, name))
    return words.gettext(_COUNTED_WORDS[found[1], found[3]]) % {"n": int(found[2])}


VERBS = {
    "create": N_("Create"), "read": N_("Read"), "update": N_("Update"), "delete": N_("Delete"),
    "transfer": N_("Transfer"), "export": N_("Export"), "import": N_("Import"), "share": N_("Share"),
}
SCOPES = {
    "own": N_("own"), "team": N_("team"), "subordinates": N_("subordinates"), "department": N_("department"),
    "department_below": N_("department and below"), "all": N_("all"),
}
LEVELS = {"none": N_("hidden"), "masked": N_("masked"), "read": N_("read only"), "edit": N_("edit")}
HISTORY = {
    "created": N_("created this"), "updated": N_("made changes"), "deleted": N_("deleted this"),
    "restored": N_("restored this"), "moved": N_("moved this"), "transferred": N_("handed this over"), "activity": "",
}
AUDITED = {
    "action": N_("action"), "after": N_("after"), "as": N_("as"), "before": N_("before"), "device": N_("device"),
    "field": N_("field"), "known": N_("known person"), "left": N_("left"), "login": N_("login"),
    "method": N_("method"), "minutes": N_("minutes"), "name": N_("name"), "of": N_("of"), "path": N_("path"),
    "positions": N_("positions"), "records": N_("records"), "release": N_("release"), "report": N_("report"),
    "revision": N_("revision"), "role": N_("role"), "roles": N_("roles"), "rows": N_("rows"), "status": N_("status"),
    "why": N_("why"),
}
SIGNS = {"+": N_("added"), "~": N_("changed"), ">": N_("renamed"), "-": N_("removed"), "!": N_("hazard")}
ERRORS = {
    400: (N_("That request makes no sense"), N_("Something in the address or the form could not be understood.")),
    401: (N_("This token opens nothing"), N_("It is not known, has ended, or was revoked. Ask for another one.")),
    403: (N_("You may not do this"),
          N_("Your roles do not allow it. Ask an administrator if you need it for your work.")),
    404: (N_("There is nothing here"),
          N_("It may have been deleted or renamed, or you may not see it. Links in old messages can be out of date.")),
    405: (N_("That cannot be done here"), N_("The address exists, but not for this kind of request.")),
    408: (N_("That took too long"), N_("The request did not come in whole. Try again on a better connection.")),
    409: (N_("Somebody else was quicker"), N_("The record was changed while you worked on it. Look at it again.")),
    413: (N_("That is too large"), N_("Send less at a time, or a smaller file.")),
    429: (N_("Too many tries"), N_("Wait a little before you try again.")),
    500: (N_("Something broke on our side"), N_("Nothing was saved. The fault has been written to the log.")),
    503: (N_("Back in a moment"),
          N_("The database does not answer, or a release is being deployed. Try again shortly.")),
}
# The links of an explanation, as `access` says them; a test holds the two lists together.
REASONS = (
    N_("there is no object `%(object)s`"),
    N_("stands in for %(person)s"),
    N_("holds the position `%(position)s`, which brings %(roles)s"),
    N_("holds the role `%(role)s` directly"),
    N_("holds no position and no role"),
    N_("role %(way)s grants `%(verb)s` on `%(object)s` with scope `%(scope)s`"),
    N_("no role grants `%(verb)s` on `%(object)s`, and what is not granted is denied"),
    N_("`%(verb)s` needs `read`, and no role grants that on `%(object)s`"),
    N_("`%(verb)s` is granted by the roles %(roles)s; positions that bring one: %(positions)s"),
    N_(
        "`%(verb)s` on other records is granted by the roles %(roles)s; positions that bring one: "
        "%(positions)s"
    ),
    N_("the restriction `%(rule)s` lets it through: %(where)s"),
    N_("the restriction `%(rule)s` holds it back: it lets through only where %(where)s"),
    N_("the record follows its parent in `%(field)s`, which lets it through"),
    N_("the record follows its parent in `%(field)s`, which does not let it through"),
    N_("`%(object)s` is open to everybody who has the verb: default_access is `%(access)s`"),
    N_("the scope `all` reaches every record"),
    N_("the record's owner%(owner)s is in scope %(scopes)s"),
    N_("the sharing rule `%(rule)s` opens it"),
    N_("this one record is shared with them: `%(access)s`"),
    N_("the record has no owner: only the scope `all` reaches it"),
    N_("the record's owner%(owner)s is in none of the scopes %(scopes)s"),
    N_("no sharing rule opens it to them, and nobody shared it with them"),
    N_("`%(verb)s` reaches the record, but `read` does not, and `%(verb)s` needs it"),
    N_(
        "no role names `%(field)s`, so it is as the verbs say; its level is `%(level)s`, and `%(verb)s` "
        "needs `%(needed)s`"
    ),
    N_(
        "role %(way)s sets `%(field)s` to `%(named)s`; its level is `%(level)s`, and `%(verb)s` needs "
        "`%(needed)s`"
    ),
)
